#include "toolkit/edits/requirements.h"

#include "host/base/text.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <fmt/format.h>
#include <iterator>

namespace toolkit {

namespace {

enum class Property { Cuda, Driver, Arch, Brand };

constexpr std::string_view kProperties[] = {"cuda", "driver", "arch", "brand"};
constexpr std::string_view kComparisons[] = {"=", "!=", "<", "<=", ">", ">="};
constexpr std::string_view kOperators = "<>=!";

struct Term {
    std::string text;
    Property property;
    std::string comparison;
    std::string value;
};

using Group = std::vector<Term>; ///< that have to hold together

using Version = std::vector<std::uint64_t>;

std::optional<Version> versionOf(std::string_view text) {
    Version version;
    for (const auto& part : host::split(text, '.')) {
        const auto number = host::toNumber<std::uint64_t>(part);
        if (!number) {
            return std::nullopt;
        }
        version.push_back(*number);
    }
    while (!version.empty() && version.back() == 0) { // 12.0 is 12
        version.pop_back();
    }
    return version;
}

[[noreturn]] void refuse(std::string_view term, std::string_view cause) {
    throw InvalidRequirement(fmt::format("the image's requirement '{}' {}", term, cause),
                             "Correct NVIDIA_REQUIRE_* of the image, or set"
                             " NVIDIA_DISABLE_REQUIRE=1.");
}

Term termOf(const std::string& text) {
    const auto begin = text.find_first_of(kOperators);
    const auto end = text.find_first_not_of(kOperators, begin);
    if (begin == std::string::npos || end == std::string::npos) {
        refuse(text, "is no comparison such as cuda>=12.2");
    }
    const auto* const property = std::ranges::find(kProperties, host::lower(text.substr(0, begin)));
    if (property == std::end(kProperties)) {
        refuse(text, "is about none of cuda, driver, arch and brand");
    }
    Term term{.text = text,
              .property = static_cast<Property>(property - std::begin(kProperties)),
              .comparison = text.substr(begin, end - begin),
              .value = text.substr(end)};
    const bool isEquality = term.comparison == "=" || term.comparison == "!=";
    if (std::ranges::find(kComparisons, term.comparison) == std::end(kComparisons) ||
        (term.property == Property::Brand && !isEquality)) {
        refuse(text, fmt::format("compares by '{}'", term.comparison));
    }
    if (term.property != Property::Brand && !versionOf(term.value)) {
        refuse(text, "compares with what is no version");
    }
    return term;
}

/// The groups of a requirement that have a term.
std::vector<Group> groupsOf(const std::string& requirement) {
    std::vector<Group> groups;
    for (const auto& word : host::words(requirement)) {
        Group group;
        for (const auto& term : host::split(word, ',')) {
            if (!term.empty()) {
                group.push_back(termOf(term));
            }
        }
        if (!group.empty()) {
            groups.push_back(std::move(group));
        }
    }
    return groups;
}

bool holds(std::strong_ordering order, std::string_view comparison) {
    return comparison == "="    ? std::is_eq(order)
           : comparison == "!=" ? std::is_neq(order)
           : comparison == "<"  ? std::is_lt(order)
           : comparison == "<=" ? std::is_lteq(order)
           : comparison == ">"  ? std::is_gt(order)
                                : std::is_gteq(order);
}

/// The driver and one GPU that the container sees, or none.
class Facts {
  public:
    Facts(const DriverVersions& driver, const gpu::Gpu* gpu) : driver_(driver), gpu_(gpu) {}

    /// Why one of the group's terms does not hold; nothing where all do.
    [[nodiscard]] std::optional<std::string> against(const Group& group) const {
        for (const Term& term : group) {
            if (auto reason = against(term)) {
                return reason;
            }
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] std::optional<std::string> against(const Term& term) const {
        const bool isOfGpu = term.property == Property::Arch || term.property == Property::Brand;
        if (isOfGpu && gpu_ == nullptr) {
            return std::nullopt;
        }
        const std::string& value = valueOf(term.property);
        const auto name =
            fmt::format("{}{}", kProperties[static_cast<std::size_t>(term.property)],
                        isOfGpu ? fmt::format(" of GPU {}", gpu_->index) : std::string());
        if (value.empty()) {
            return fmt::format("{}, but nobody knows {}{}", term.text, name,
                               isOfGpu ? " without NVML" : "");
        }
        return isMet(term, value)
                   ? std::nullopt
                   : std::optional(fmt::format("{}, but {} is {}", term.text, name, value));
    }

    [[nodiscard]] const std::string& valueOf(Property property) const {
        switch (property) {
        case Property::Cuda:
            return driver_.cuda;
        case Property::Driver:
            return driver_.driver;
        case Property::Arch:
            return gpu_->architecture;
        case Property::Brand:
            break;
        }
        return gpu_->brand;
    }

    static bool isMet(const Term& term, const std::string& value) {
        if (term.property == Property::Brand) {
            return holds(host::lower(value) <=> host::lower(term.value), term.comparison);
        }
        const auto version = versionOf(value);
        return version && holds(*version <=> *versionOf(term.value), term.comparison);
    }

    const DriverVersions& driver_;
    const gpu::Gpu* gpu_;
};

/// Why no group holds, one reason a group; nothing where one does, and of no group at all.
std::vector<std::string> reasonsAgainst(const std::vector<Group>& groups, const Facts& facts) {
    std::vector<std::string> reasons;
    for (const Group& group : groups) {
        auto reason = facts.against(group);
        if (!reason) {
            return {};
        }
        reasons.push_back(std::move(*reason));
    }
    return reasons;
}

std::string remedyFor(std::string_view requirement) {
    constexpr const char* kOff = "or set NVIDIA_DISABLE_REQUIRE=1.";
    return requirement.find("cuda") != std::string_view::npos ||
                   requirement.find("driver") != std::string_view::npos
               ? fmt::format("Update the driver, use an image for an older one, {}", kOff)
               : fmt::format("Give the container another GPU, {}", kOff);
}

} // namespace

std::optional<Unmet> firstUnmet(const std::vector<std::string>& requirements,
                                const DriverVersions& driver,
                                const std::vector<const gpu::Gpu*>& gpus) {
    const auto visible = gpus.empty() ? std::vector<const gpu::Gpu*>{nullptr} : gpus;
    std::vector<std::vector<Group>> groups; // of each requirement
    std::ranges::transform(requirements, std::back_inserter(groups), groupsOf);
    for (std::size_t index = 0; index < requirements.size(); ++index) {
        for (const auto* gpu : visible) {
            auto reasons = reasonsAgainst(groups[index], Facts(driver, gpu));
            if (!reasons.empty()) {
                return Unmet{requirements[index], std::move(reasons),
                             remedyFor(requirements[index])};
            }
        }
    }
    return std::nullopt;
}

} // namespace toolkit
