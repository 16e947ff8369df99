#include "toolkit/runtimes/runtime.h"

#include "host/base/text.h"

#include <fmt/format.h>

namespace toolkit::runtimes {

std::string_view toString(Runtime runtime) {
    switch (runtime) {
    case Runtime::Containerd:
        return "containerd";
    case Runtime::Crio:
        return "crio";
    case Runtime::Podman:
        return "podman";
    case Runtime::Docker:
        break;
    }
    return "docker";
}

std::string toString(Version version) {
    return fmt::format("{}.{}", version.major, version.minor);
}

std::optional<Version> parseVersion(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789";
    if (text.starts_with('v')) {
        text.remove_prefix(1);
    }
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) {
        return std::nullopt;
    }
    const auto rest = text.substr(dot + 1);
    const auto major = host::toNumber<unsigned>(text.substr(0, dot));
    const auto minor = host::toNumber<unsigned>(rest.substr(0, rest.find_first_not_of(kDigits)));
    return major && minor ? std::optional(Version{*major, *minor}) : std::nullopt;
}

} // namespace toolkit::runtimes
