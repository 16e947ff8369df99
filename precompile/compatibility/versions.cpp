#include "precompile/compatibility/versions.h"

#include "host/base/text.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <tuple>
#include <vector>

namespace precompile {

namespace {

auto seriesOf(const KernelVersion& version) {
    return std::tuple(version.major, version.minor);
}

bool isDigit(char letter) {
    return std::isdigit(static_cast<unsigned char>(letter)) != 0;
}

/// "6.6.145" of "6.6.145.1": a fourth number is a vendor's own.
std::string_view firstThree(std::string_view number) {
    auto end = number.find('.');
    for (int more = 0; more < 2 && end != std::string_view::npos; ++more) {
        end = number.find('.', end + 1);
    }
    return number.substr(0, end);
}

} // namespace

std::string KernelVersion::toString() const {
    return patch ? fmt::format("{}.{}.{}", major, minor, *patch)
                 : fmt::format("{}.{}", major, minor);
}

std::optional<KernelVersion> kernelVersionFrom(std::string_view text) {
    std::vector<unsigned> numbers;
    for (const std::string& part : host::split(text, '.')) {
        const auto number = host::toNumber<unsigned>(part);
        if (!number) {
            return std::nullopt;
        }
        numbers.push_back(*number);
    }
    if (numbers.size() == 2) {
        return KernelVersion{numbers[0], numbers[1]};
    }
    return numbers.size() == 3 ? std::optional(KernelVersion{numbers[0], numbers[1], numbers[2]})
                               : std::nullopt;
}

std::optional<KernelVersion> versionOfRelease(std::string_view release) {
    const auto end = std::ranges::find_if(
        release, [](char letter) { return letter != '.' && !isDigit(letter); });
    const std::string_view number(release.begin(), end);
    const std::string_view rest(end, release.end());
    auto version = kernelVersionFrom(firstThree(number));
    if (version && version->patch == 0U && rest.size() > 1 && rest[0] == '-' && isDigit(rest[1])) {
        version->patch.reset();
    }
    return version;
}

std::optional<KernelVersion> versionOfBanner(std::string_view banner) {
    constexpr std::string_view kMark = "Debian ";
    const auto at = banner.find(kMark);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto number = banner.substr(at + kMark.size());
    return kernelVersionFrom(number.substr(0, number.find_first_not_of("0123456789.")));
}

bool KernelRange::holds(const KernelVersion& kernel) const {
    if (first) {
        if (seriesOf(kernel) < seriesOf(*first)) {
            return false;
        }
        if (seriesOf(kernel) == seriesOf(*first) && first->patch &&
            (!kernel.patch || *kernel.patch < *first->patch)) {
            return false;
        }
    }
    if (last) {
        if (seriesOf(*last) < seriesOf(kernel)) {
            return false;
        }
        if (seriesOf(kernel) == seriesOf(*last) && last->patch &&
            (!kernel.patch || *last->patch < *kernel.patch)) {
            return false;
        }
    }
    return true;
}

} // namespace precompile
