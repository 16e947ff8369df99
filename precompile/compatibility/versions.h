/// Versions of kernels and drivers, as ranges of them are written down. Values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace precompile {

/// 6.12.102. A range's end may leave the last number out: the whole series.
struct KernelVersion {
    unsigned major = 0;
    unsigned minor = 0;
    /// Nothing: not known.
    std::optional<unsigned> patch = {};
    bool operator==(const KernelVersion&) const = default;
    [[nodiscard]] std::string toString() const;
};

/// Of a text such as "6.12.102" or "6.12"; nothing for another.
std::optional<KernelVersion> kernelVersionFrom(std::string_view text);

/// What uname -r tells. Distributions that count themselves (Debian's 6.1.0-56-amd64 is 6.1.192,
/// Ubuntu's 5.15.0-1070-aws) tell the series only; a fourth number (Azure Linux' 6.6.145.1-1.azl3)
/// is a vendor's own.
std::optional<KernelVersion> versionOfRelease(std::string_view release);

/// What uname -v tells of Debian's kernels: "… Debian 6.1.192-2 (2026-11-16)". Nothing of others.
std::optional<KernelVersion> versionOfBanner(std::string_view banner);

struct KernelRange {
    std::optional<KernelVersion> first = {}; ///< nothing: from the beginning
    std::optional<KernelVersion> last = {};  ///< itself included; nothing: and all later ones
    /// A kernel of which not enough is known is not held.
    [[nodiscard]] bool holds(const KernelVersion& kernel) const;
};

} // namespace precompile
