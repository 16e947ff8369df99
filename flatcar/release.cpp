#include "flatcar/release.h"

#include "distribution/machine.h"
#include "host/base/error.h"
#include "host/base/text.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <optional>

namespace flatcar {

namespace {

using host::valueOf;

constexpr std::string_view kChannels[] = {"alpha", "beta", "stable", "lts"}; // by middle number

struct Board {
    std::string_view name;
    std::string_view machine;
};
constexpr Board kBoards[] = {{"amd64-usr", "x86_64"}, {"arm64-usr", "aarch64"}};

constexpr std::string_view kStream = "lts-"; // and a year
constexpr std::string_view kCurrent = "current";
constexpr unsigned kFirstWithChannel = 2765;
constexpr unsigned kFirstLts = 2605;

bool isYear(std::string_view text) {
    constexpr std::size_t kDigits = 4;
    return text.size() == kDigits && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A version taken apart; nothing when it is none.
struct Numbers {
    unsigned major = 0;
    unsigned middle = 0;
    unsigned patch = 0;
};
std::optional<Numbers> numbersOf(std::string_view version) {
    constexpr std::size_t kLongest = 128;
    const auto plus = version.find('+');
    const std::string_view suffix =
        plus == std::string_view::npos ? std::string_view("x") : version.substr(plus + 1);
    const bool plain = std::ranges::all_of(suffix, [](unsigned char character) {
        return std::isalnum(character) != 0 || character == '.' || character == '-';
    });
    if (version.size() > kLongest || suffix.empty() || !plain) {
        return std::nullopt;
    }
    const auto parts = host::split(version.substr(0, plus), '.');
    if (parts.size() != 3) {
        return std::nullopt;
    }
    const auto major = host::toNumber<unsigned>(parts[0]);
    const auto middle = host::toNumber<unsigned>(parts[1]);
    const auto patch = host::toNumber<unsigned>(parts[2]);
    return major && middle && patch ? std::optional(Numbers{*major, *middle, *patch})
                                    : std::nullopt;
}

/// What the running system was published as.
std::string runningGroup(const std::filesystem::path& root) {
    const auto values = host::readKeyValues(root / "usr/share/flatcar/update.conf");
    return values ? valueOf(*values, "GROUP") : "";
}

} // namespace

bool isChannel(std::string_view text) {
    return std::ranges::find(kChannels, text) != std::end(kChannels) ||
           (text.starts_with(kStream) && isYear(text.substr(kStream.size())));
}

bool isVersion(std::string_view text) {
    return numbersOf(text).has_value();
}

std::vector<std::string> channelsOf(std::string_view version) {
    constexpr unsigned kLastBoth = 12;  // 2605.12.0 is the last stable one of 2605
    constexpr unsigned kFirstBoth = 10; // and 2605.10.0 the first lts one
    const auto numbers = numbersOf(version);
    if (!numbers) {
        return {};
    }
    const unsigned middle = numbers->middle;
    if (numbers->major >= kFirstWithChannel || middle == 0) {
        return middle < std::size(kChannels) ? std::vector{std::string(kChannels[middle])}
                                             : std::vector<std::string>{};
    }
    if (numbers->major == kFirstLts && middle > kLastBoth) {
        return {"lts"};
    }
    if (numbers->major == kFirstLts && middle >= kFirstBoth) {
        return {"stable", "lts"};
    }
    return middle == 1 ? std::vector<std::string>{"beta", "stable"}
                       : std::vector<std::string>{"stable", "beta"};
}

std::optional<std::string> channelOf(std::string_view version) {
    const auto channels = channelsOf(version);
    return channels.empty() ? std::nullopt : std::optional(channels.front());
}

std::string serverOf(std::string_view channel) {
    return std::string(channel.starts_with(kStream) ? "lts" : channel);
}

bool isCurrent(std::string_view version) {
    return version == kCurrent || (version.starts_with("current-") &&
                                   isYear(version.substr(std::string_view("current-").size())));
}

std::string currentFolder(std::string_view channel) {
    return channel.starts_with(kStream)
               ? fmt::format("{}-{}", kCurrent, channel.substr(kStream.size()))
               : std::string(kCurrent);
}

std::string channelOfCurrent(std::string_view version, const std::string& channel) {
    return version == kCurrent ? channel : "lts" + std::string(version.substr(kCurrent.size()));
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
    const auto values = distribution::osReleaseOf(root);
    if (!values || valueOf(*values, "ID") != kOsId) {
        return std::nullopt;
    }
    Release release{valueOf(*values, "VERSION_ID"), "", valueOf(*values, "FLATCAR_BOARD")};
    const std::string whole = valueOf(*values, "VERSION");
    if (isVersion(whole) && whole.starts_with(release.version + "+")) {
        release.version = whole;
    }
    const auto numbers = channelsOf(release.version);
    const std::string group = runningGroup(root);
    const bool told = numbers.size() == 1 || !isChannel(group);
    release.channel = told ? channelOf(release.version).value_or("") : group;
    return release;
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
                          "Give {release} (such as 4593.2.5), {channel} and {board}.");
    }
}

} // namespace flatcar
