#include "toolkit/hooks/ldconfig_program.h"

#include "host/base/error.h"
#include "host/base/memory_file.h"
#include "host/base/rooted.h"
#include "host/linker/elf_object.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <string>

namespace toolkit {

namespace {

constexpr std::size_t kLargestProgram = 16 << 20; ///< bytes; glibc's have one million

std::optional<std::filesystem::path> rootOf(const std::filesystem::path& program) {
    const auto folder = program.parent_path();
    const auto usr = folder.parent_path();
    return program.is_absolute() && folder.filename() == "bin" && usr.filename() == "usr"
               ? std::optional(usr.parent_path())
               : std::nullopt;
}

/// No descriptor: it is not there, or is none.
host::Fd sealIfStatic(const ProgramPlace& place) {
    const host::Rooted root(place.root);
    const host::Fd found = root.openIfThere(place.inside, O_RDONLY);
    const auto object = found ? host::readElfObject(found) : std::nullopt;
    return object && object->startsAlone
               ? host::sealedCopy(root.onHost(place.inside), found, kLargestProgram)
               : host::Fd();
}

} // namespace

std::vector<ProgramPlace> ldconfigPlaces(const std::filesystem::path& hook) {
    std::vector<std::filesystem::path> roots;
    if (const auto own = rootOf(hook); own && *own != "/") {
        roots.push_back(*own);
    }
    roots.emplace_back("/");
    std::vector<ProgramPlace> places;
    for (const auto& root : roots) {
        places.push_back({root, "/sbin/ldconfig.real"});
        places.push_back({root, "/sbin/ldconfig"});
    }
    return places;
}

LdconfigProgram sealLdconfig(const std::vector<ProgramPlace>& places) {
    std::string tried;
    for (const ProgramPlace& place : places) {
        const auto origin = place.root / place.inside.relative_path();
        if (host::Fd file = sealIfStatic(place)) {
            return {.file = std::move(file), .origin = origin};
        }
        tried += (tried.empty() ? "" : ", ") + origin.string();
    }
    throw host::Error(fmt::format("there is no statically linked ldconfig: tried {}", tried),
                      "Name one by the option ldconfig-path of update-ldcache");
}

} // namespace toolkit
