#include "toolkit/edits/image_environment.h"

#include "host/base/text.h"
#include "toolkit/edits/request.h"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

namespace toolkit {

namespace {

/// A part of a semantic version: digits, without a zero before others.
bool isVersionPart(std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos &&
           (part.size() == 1 || part.front() != '0');
}

/// "9.0" of "9", "9.0", "v9.0.116" and "9.0.116-rc1+2"; nothing for what is no semantic version.
std::optional<std::string> majorMinorOf(std::string_view version) {
    version.remove_prefix(version.starts_with('v') ? 1 : 0);
    const auto suffix = version.find_first_of("-+");
    const auto parts = host::split(version.substr(0, suffix), '.');
    if (parts.size() > 3 || !std::ranges::all_of(parts, isVersionPart) ||
        (suffix != std::string_view::npos && (parts.size() != 3 || suffix + 1 == version.size()))) {
        return std::nullopt;
    }
    const auto major = host::toNumber<std::uint32_t>(parts[0]);
    const auto minor = parts.size() > 1 ? host::toNumber<std::uint32_t>(parts[1]) : 0;
    return major && minor ? std::optional(fmt::format("{}.{}", *major, *minor)) : std::nullopt;
}

bool isTrue(std::string_view value) {
    constexpr std::string_view kTrue[] = {"1", "t", "T", "true", "TRUE", "True"};
    return std::ranges::find(kTrue, value) != std::end(kTrue);
}

} // namespace

ImageEnvironment::ImageEnvironment(const std::vector<std::string>& env) {
    for (const std::string& entry : env) {
        if (const auto end = entry.find('='); end != std::string::npos) {
            variables_.insert_or_assign(entry.substr(0, end), entry.substr(end + 1));
        }
    }
}

std::optional<std::string> ImageEnvironment::find(std::string_view name) const {
    const auto found = variables_.find(name);
    return found == variables_.end() ? std::nullopt : std::optional(found->second);
}

std::string ImageEnvironment::value(std::string_view name) const {
    return find(name).value_or("");
}

bool ImageEnvironment::isLegacy() const {
    return !value("CUDA_VERSION").empty() && value("NVIDIA_REQUIRE_CUDA").empty();
}

std::vector<std::string> ImageEnvironment::requirements() const {
    if (isTrue(value("NVIDIA_DISABLE_REQUIRE"))) {
        return {};
    }
    std::vector<std::string> all;
    for (const auto& [name, value] : variables_) {
        if (name.starts_with("NVIDIA_REQUIRE_") && !name.starts_with("NVIDIA_REQUIRE_JETPACK") &&
            !value.empty()) {
            all.push_back(value);
        }
    }
    if (isLegacy()) {
        const auto version = majorMinorOf(value("CUDA_VERSION"));
        if (!version) {
            throw RequestError(
                RequestError::Kind::BadCudaVersion,
                fmt::format("the image's CUDA_VERSION '{}' is no version", value("CUDA_VERSION")),
                "Set CUDA_VERSION to one such as 9.0, or NVIDIA_DISABLE_REQUIRE=1.");
        }
        all.push_back("cuda>=" + *version);
    }
    return all;
}

} // namespace toolkit
