#include "precompile/build/build_programs.h"

#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <vector>

namespace precompile {

namespace {

constexpr std::string_view kFolders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                         "/usr/bin",        "/sbin",          "/bin"};

bool isOnPath(const host::Rooted& root, const std::string& program) {
    return std::ranges::any_of(kFolders, [&](const std::filesystem::path& folder) {
        return root.exists(folder / program);
    });
}

} // namespace

std::string buildPath() {
    return fmt::format("{}", fmt::join(kFolders, ":"));
}

void requirePrograms(const host::Rooted& root, const std::string& kernel, bool makesBtf) {
    std::vector<std::string> programs = {"sh", "make", "gcc", "ld", "strip"};
    if (makesBtf) {
        programs.emplace_back("pahole");
    }
    std::erase_if(programs, [&](const auto& program) { return isOnPath(root, program); });
    if (!programs.empty()) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("the build root lacks what compiling for kernel {} runs: {}",
                                      kernel, fmt::join(programs, ", ")),
                          "Install it there.");
    }
}

} // namespace precompile
