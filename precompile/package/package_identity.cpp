#include "precompile/package/package_identity.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "precompile/package/driver_version.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>

namespace precompile {

namespace {

/// As Node Feature Discovery writes a kernel's version into a node's label.
std::string asLabel(std::string kernel) {
    std::ranges::replace_if(
        kernel,
        [](unsigned char character) {
            return std::isalnum(character) == 0 &&
                   std::string_view("._-").find(static_cast<char>(character)) ==
                       std::string_view::npos;
        },
        '_');
    return kernel;
}

} // namespace

bool isNamePart(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.size() <= 128 &&
           std::ranges::all_of(text, [](char character) {
               return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
                      std::string_view("._+-~").find(character) != std::string_view::npos;
           });
}

PackageIdentity identityFor(const distribution::Target& target, const DriverSettings& driver) {
    return {.target = target,
            .driver = driver.version,
            .flavour = driver.flavour.value(),
            .tag = driver.tag};
}

std::string PackageIdentity::fileName() const {
    return fmt::format("nvidia-modules-{}-{}-{}{}{}.tar", driver, toString(flavour), target.kernel,
                       tag.empty() ? "" : "-", tag);
}

std::string PackageIdentity::directoryName() const {
    return fmt::format("{}-{}-{}", target.osId, target.osRelease, target.architecture);
}

std::string PackageIdentity::describe() const {
    return fmt::format("driver {} ({}){} of {} {} ({}){}", driver, toString(flavour),
                       target.kernel.empty() ? "" : " for kernel " + target.kernel, target.osId,
                       target.osRelease, target.architecture, tag.empty() ? "" : ", tag " + tag);
}

bool PackageIdentity::fits(const PackageIdentity& wanted) const {
    PackageIdentity looked = *this;
    if (wanted.target.kernel.empty()) {
        looked.target.kernel.clear();
    }
    return looked == wanted;
}

std::vector<std::string> operatorTags(const PackageIdentity& identity) {
    constexpr std::string_view kMajorOnly[] = {"rhel", "rocky", "ol"};
    const auto& target = identity.target;
    const bool majorOnly = std::ranges::find(kMajorOnly, target.osId) != std::end(kMajorOnly);
    const std::string os =
        target.osId + (majorOnly ? host::split(target.osRelease, '.').front() : target.osRelease);
    std::vector<std::string> tags = {fmt::format("{}-{}", identity.driver, os)};
    if (const std::string kernel = asLabel(target.kernel); !kernel.empty()) {
        tags.push_back(fmt::format("{}-{}-{}", branchOf(identity.driver), kernel, os));
        tags.push_back(fmt::format("{}-{}-{}", identity.driver, kernel, os));
    }
    return tags;
}

nlohmann::ordered_json identityToJson(const PackageIdentity& identity) {
    return {{"os", identity.target.osId},
            {"release", identity.target.osRelease},
            {"architecture", identity.target.architecture},
            {"kernel", identity.target.kernel},
            {"driver", identity.driver},
            {"flavour", toString(identity.flavour)},
            {"tag", identity.tag}};
}

void validate(const PackageIdentity& identity) {
    const auto require = [](std::string_view what, const std::string& value) {
        if (!isNamePart(value)) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("{} '{}' cannot be part of a package's name", what, value),
                "Use letters, digits and . _ + - ~ only.");
        }
    };
    require("operating system", identity.target.osId);
    require("release", identity.target.osRelease);
    require("architecture", identity.target.architecture);
    require("driver version", identity.driver);
    if (!identity.target.kernel.empty()) {
        require("kernel", identity.target.kernel);
    }
    if (!identity.tag.empty()) {
        require("tag", identity.tag);
    }
}

} // namespace precompile
