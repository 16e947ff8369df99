/// The container runtimes whose configuration files are known, and their versions. Values only.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace toolkit::runtimes {

enum class Runtime { Docker, Containerd, Crio, Podman };

/// "docker", "containerd", "crio", "podman".
std::string_view toString(Runtime runtime);

/// Of a daemon, as far as its configuration depends on it.
struct Version {
    unsigned major = 0;
    unsigned minor = 0;

    auto operator<=>(const Version&) const = default;
};

/// "1.7"
std::string toString(Version version);

/// "1.7.24", "v2.1.9" or "1.7.24~ds1": what begins with two numbers; nothing for anything else.
std::optional<Version> parseVersion(std::string_view text);

} // namespace toolkit::runtimes
