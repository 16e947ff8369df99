#include "flatcar/release.h"

#include "host/error.h"
#include "host/os_release.h"

#include <algorithm>
#include <fmt/format.h>
#include <regex>

namespace flatcar {

namespace {

constexpr std::string_view kChannels[] = {"alpha", "beta", "stable", "lts"}; // by middle number

struct Board {
    std::string_view name;
    std::string_view machine;
};
constexpr Board kBoards[] = {{"amd64-usr", "x86_64"}, {"arm64-usr", "aarch64"}};

bool isChannel(std::string_view text) {
    return std::ranges::find(kChannels, text) != std::end(kChannels);
}

std::string lookUp(const host::KeyValues& values, std::string_view key) {
    const auto found = values.find(key);
    return found == values.end() ? "" : found->second;
}

std::string configuredChannel(const std::filesystem::path& root) {
    for (const char* file : {"etc/flatcar/update.conf", "usr/share/flatcar/update.conf"}) {
        if (const auto values = host::readKeyValues(root / file)) {
            const std::string group = lookUp(*values, "GROUP");
            if (isChannel(group)) {
                return group;
            }
        }
    }
    return "";
}

} // namespace

bool isVersion(std::string_view text) {
    static const std::regex pattern(R"(\d+\.\d+\.\d+(\+[A-Za-z0-9.-]+)?)");
    return std::regex_match(text.begin(), text.end(), pattern);
}

std::optional<std::string> channelOf(std::string_view version) {
    const auto dot = version.find('.');
    if (!isVersion(version) || version[dot + 2] != '.') {
        return std::nullopt;
    }
    const auto middle = static_cast<std::size_t>(version[dot + 1] - '0');
    return middle < std::size(kChannels) ? std::optional<std::string>(kChannels[middle])
                                         : std::nullopt;
}

std::optional<std::string> boardOf(std::string_view machine) {
    const auto* board = std::ranges::find(kBoards, machine, &Board::machine);
    return board == std::end(kBoards) ? std::nullopt : std::optional<std::string>(board->name);
}

std::optional<std::string> machineOf(std::string_view board) {
    const auto* found = std::ranges::find(kBoards, board, &Board::name);
    return found == std::end(kBoards) ? std::nullopt : std::optional<std::string>(found->machine);
}

std::optional<Release> detectRelease(const std::filesystem::path& root) {
    for (const char* file : {"host-etc/os-release", "etc/os-release", "usr/lib/os-release"}) {
        const auto values = host::readKeyValues(root / file);
        if (!values) {
            continue;
        }
        if (lookUp(*values, "ID") != "flatcar") {
            return std::nullopt;
        }
        Release release{lookUp(*values, "VERSION_ID"), configuredChannel(root),
                        lookUp(*values, "FLATCAR_BOARD")};
        if (release.channel.empty()) {
            release.channel = channelOf(release.version).value_or("");
        }
        return release;
    }
    return std::nullopt;
}

void validate(const Release& release) {
    std::string problems;
    const auto require = [&](bool fine, std::string_view what, const std::string& value) {
        if (!fine) {
            problems += fmt::format("{}{} '{}'", problems.empty() ? "" : ", ", what, value);
        }
    };
    require(isVersion(release.version), "release", release.version);
    require(isChannel(release.channel), "channel", release.channel);
    require(machineOf(release.board).has_value(), "board", release.board);
    if (!problems.empty()) {
        throw host::Error(host::Fault::Usage, "not a Flatcar release: " + problems,
                          "Give --release (such as 4593.2.5), --channel and --board.");
    }
}

} // namespace flatcar
