/// Names of Flatcar: releases, channels, boards; and what a node says of itself.
///
/// Pure parsing, and one function that reads a node's files. Sources: os-release(5), update.conf,
/// the Flatcar release servers.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flatcar {

constexpr const char* kOsId = "flatcar"; ///< in os-release(5)

/// A release as its files are found on a mirror.
struct Release {
    std::string version; ///< 4593.2.5, 4593.2.5+nightly-20260101-2100
    std::string channel; ///< stable, beta, alpha, lts, lts-2024
    std::string board;   ///< amd64-usr, arm64-usr
    bool operator==(const Release&) const = default;
    /// The version without the suffix of a nightly or development build.
    [[nodiscard]] std::string base() const { return version.substr(0, version.find('+')); }
};

/// MAJOR.MIDDLE.PATCH, with +SUFFIX in nightly and development builds.
bool isVersion(std::string_view text);

/// The channels that can have the release, most likely first; empty when its number fits none. From
/// 2765 on the middle number tells the one: 0 alpha, 1 beta, 2 stable, 3 lts. Before, stable had 2
/// to 7 (2605: up to 12), and of 2605, the first lts, 10 to 12 were both.
std::vector<std::string> channelsOf(std::string_view version);
/// The most likely of them.
std::optional<std::string> channelOf(std::string_view version);

/// One of Flatcar's channels or of the streams of lts.
bool isChannel(std::string_view text);

/// "lts" of the stream "lts-2024"; else the channel itself.
std::string serverOf(std::string_view channel);

/// What is asked for as "current" or, of an lts stream, "current-2024": the folder in which a
/// channel's newest release lies.
bool isCurrent(std::string_view version);
/// That folder of a channel: "current-2024" for "lts-2024".
std::string currentFolder(std::string_view channel);
/// The channel whose newest release "current" (then `channel`) or "current-2024" asks for.
std::string channelOfCurrent(std::string_view version, const std::string& channel);

/// "amd64-usr" for x86_64, "arm64-usr" for aarch64; nothing for machines that Flatcar does not
/// have.
std::optional<std::string> boardOf(std::string_view machine);
/// The other way round.
std::optional<std::string> machineOf(std::string_view board);

/// What a node's files say; parts that they do not say are empty. Nothing when it is no Flatcar
/// node. Reads below `root`: host-etc/os-release (where a container finds the host's),
/// etc/os-release, usr/lib/os-release. The version is the whole one of a nightly build. Its number
/// tells the channel; where it does not, usr/share/flatcar/update.conf, which is the running
/// system's. Never /etc/flatcar/update.conf: that is about the next update.
std::optional<Release> detectRelease(const std::filesystem::path& root);

/// Throws host::Error(Fault::Usage) naming each part that is missing or malformed.
void validate(const Release& release);

} // namespace flatcar
