/// Names of Flatcar: releases, channels, boards; and what a node says of itself.
///
/// Pure parsing, and one function that reads a node's files. Sources: os-release(5), update.conf,
/// the Flatcar release servers.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace flatcar {

/// A release as its files are found on a mirror.
struct Release {
    std::string version; ///< 4593.2.5, 4593.2.5+nightly-20260101-2100
    std::string channel; ///< stable, beta, alpha, lts
    std::string board;   ///< amd64-usr, arm64-usr
    bool operator==(const Release&) const = default;
    /// The version without the suffix of a nightly or development build.
    [[nodiscard]] std::string base() const { return version.substr(0, version.find('+')); }
};

/// MAJOR.MINOR.PATCH, with +SUFFIX in development builds.
bool isVersion(std::string_view text);

/// By the middle number: .0 alpha, .1 beta, .2 stable, .3 lts. Nothing for others.
std::optional<std::string> channelOf(std::string_view version);

/// "amd64-usr" for x86_64, "arm64-usr" for aarch64; nothing for machines that Flatcar does not
/// have.
std::optional<std::string> boardOf(std::string_view machine);
/// The other way round.
std::optional<std::string> machineOf(std::string_view board);

/// What a node's files say; parts that they do not say are empty. Nothing when it is no Flatcar
/// node. Reads below `root`: host-etc/os-release (where a container finds the host's),
/// etc/os-release, usr/lib/os-release; etc/flatcar/update.conf, usr/share/flatcar/update.conf. A
/// private update group is no channel; then the version tells it.
std::optional<Release> detectRelease(const std::filesystem::path& root);

/// Throws host::Error(Fault::Usage) naming each part that is missing or malformed.
void validate(const Release& release);

} // namespace flatcar
