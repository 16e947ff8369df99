#include "flatcar/image_identity.h"

#include "distribution/program_machine.h"
#include "host/base/error.h"
#include "host/base/key_values.h"
#include "host/base/rooted.h"

#include <fmt/format.h>
#include <string>

namespace flatcar {

namespace {

host::KeyValues valuesOf(const host::Rooted& root, const char* path) {
    constexpr std::size_t kLargest = 64 << 10;
    const auto text = root.read(path, kLargest);
    return text ? host::parseKeyValues(*text) : host::KeyValues{};
}

[[noreturn]] void refuse(const Release& wanted, const std::string& is) {
    throw host::Error(host::Fault::Verification,
                      fmt::format("what was served as the developer container of release {} for {} "
                                  "is another one: {}",
                                  wanted.version, wanted.board, is),
                      "Do not trust the mirror before it is clear why; name another one with "
                      "{mirror}.");
}

void requireVersion(const host::KeyValues& os, const Release& wanted) {
    const std::string suffix = wanted.version.substr(wanted.base().size());
    const std::string version = host::valueOf(os, "VERSION");
    const std::string id = host::valueOf(os, "VERSION_ID");
    if (id != wanted.base() && id != wanted.version) {
        refuse(wanted, fmt::format("its VERSION_ID is '{}'", id));
    }
    // VERSION_ID drops what tells a nightly build from the release.
    const bool builtAs = !suffix.empty() && version == wanted.base() &&
                         host::valueOf(os, "BUILD_ID") == suffix.substr(1);
    const bool unsaid = suffix.empty() && version.empty();
    if (version != wanted.version && !builtAs && !unsaid) {
        refuse(wanted, fmt::format("its VERSION is '{}', its BUILD_ID '{}'", version,
                                   host::valueOf(os, "BUILD_ID")));
    }
}

} // namespace

void requireIdentity(const std::filesystem::path& directory, const Release& wanted) {
    const host::Rooted root(directory);
    const host::KeyValues os = valuesOf(root, "usr/lib/os-release");
    if (host::valueOf(os, "ID") != "flatcar") {
        refuse(wanted,
               fmt::format("its os-release names the system '{}'", host::valueOf(os, "ID")));
    }
    requireVersion(os, wanted);
    const host::KeyValues release = valuesOf(root, "usr/share/flatcar/release");
    const std::string named = host::valueOf(release, "FLATCAR_RELEASE_VERSION");
    if (!named.empty() && named != wanted.version) {
        refuse(wanted, fmt::format("its FLATCAR_RELEASE_VERSION is '{}'", named));
    }
    for (const std::string& board : {host::firstValueOf(os, {"FLATCAR_BOARD", "COREOS_BOARD"}),
                                     host::valueOf(release, "FLATCAR_RELEASE_BOARD")}) {
        if (!board.empty() && board != wanted.board) {
            refuse(wanted, fmt::format("its board is {}", board));
        }
    }
    for (const char* program : {"usr/bin/gcc", "usr/bin/make", "usr/bin/bash", "bin/bash"}) {
        const auto machine = distribution::machineOfProgram(root, program);
        if (machine && machine != machineOf(wanted.board)) {
            refuse(wanted, fmt::format("its {} is a program for {}", program, *machine));
        }
    }
}

} // namespace flatcar
