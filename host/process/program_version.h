/// What programs say of their version when they are asked: "podman version 4.3.1", "containerd
/// github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6", "Docker version 26.1.5+dfsg1, build
/// a72d7cd". Pure functions.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace host {

/// As far as anything here depends on it.
struct ProgramVersion {
    unsigned major = 0;
    unsigned minor = 0;
    // clang-tidy 14 takes the 0 that such a comparison is made with for a pointer.
    // NOLINTNEXTLINE(modernize-use-nullptr)
    auto operator<=>(const ProgramVersion&) const = default;
};

std::string toString(const ProgramVersion& version); ///< "1.7"

/// Of what begins with one or two numbers: "1.7.24", "v2.1.9", "1.7.24~ds1", or "2", which is 2.0.
std::optional<ProgramVersion> parseVersion(std::string_view text);

/// The first word that is one, and has a dot.
std::optional<ProgramVersion> versionInAnswer(std::string_view answer);

} // namespace host
