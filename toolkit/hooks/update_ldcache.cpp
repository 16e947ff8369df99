#include "toolkit/hooks/update_ldcache.h"

#include "host/base/error.h"
#include "toolkit/hooks/linker_cache.h"
#include "toolkit/hooks/linker_configuration.h"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>

namespace toolkit {

namespace {

constexpr const char* kCache = "/etc/ld.so.cache";
// A cold cache of a large image on a slow disk takes a few.
constexpr std::chrono::seconds kLimit{30};

} // namespace

std::vector<std::string> parseFolders(const std::vector<std::string>& texts) {
    std::vector<std::string> folders;
    for (const std::string& text : texts) {
        if (!text.starts_with('/') || text.find_first_of(" \t\n:#") != std::string::npos) {
            throw host::Error(host::Fault::Usage, fmt::format("'{}' is no folder", text),
                              "Give an absolute path without blanks, colons and number signs");
        }
        folders.push_back(std::filesystem::path(text).lexically_normal());
    }
    return folders;
}

void updateLdcache(const ContainerRoot& root, const std::vector<std::string>& folders,
                   const std::vector<ProgramPlace>& places) {
    placeLinkerConfiguration(root, folders);
    root.placeFile(kCache, linkerCache(root, sealLdconfig(places), kLimit));
}

} // namespace toolkit
