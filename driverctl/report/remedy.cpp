#include "driverctl/report/remedy.h"

#include "driverctl/commands/all.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <vector>

namespace driverctl {

namespace {

constexpr std::string_view kCommandMark = "command:";

const Command*& running() {
    static const Command* command = nullptr;
    return command;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> parts;
    for (auto at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
        parts.push_back(text.substr(0, at));
        text.remove_prefix(at + separator.size());
    }
    parts.push_back(text);
    return parts;
}

/// Null: the command lacks it.
const Argument* argumentOf(const Command& command, std::string_view name) {
    const auto found = std::ranges::find(command.arguments, name, &Argument::name);
    return found == command.arguments.end() ? nullptr : &*found;
}

bool isKnown(std::string_view name) {
    return std::ranges::find(settings(), name, &Setting::name) != settings().end() ||
           std::ranges::any_of(kCommands, [name](const Command* command) {
               return argumentOf(*command, name) != nullptr;
           });
}

bool has(const Command& command, std::string_view name) {
    return std::ranges::count(settingsOf(command), name) != 0;
}

/// Nothing: the command lacks the setting.
std::optional<std::string> settingOf(const Command* command, std::string_view name) {
    if (command == nullptr || has(*command, name)) {
        return fmt::format("--{}", name);
    }
    if (const std::string plural = fmt::format("{}s", name); has(*command, plural)) {
        return "--" + plural;
    }
    const Argument* argument = argumentOf(*command, name);
    if (argument == nullptr) {
        return std::nullopt;
    }
    return fmt::format("{}{}", argument->isFlag() ? "--" : "the argument ", name);
}

/// Of "package import trust": 'driverctl package import --trust'.
std::string commandOf(std::string_view words) {
    std::string name; // the longest that the words begin with
    for (const Command* command : kCommands) {
        if (fmt::format("{} ", words).starts_with(fmt::format("{} ", command->name)) &&
            command->name.size() > name.size()) {
            name = command->name;
        }
    }
    std::string text = "'driverctl " + name;
    if (name.size() < words.size()) {
        text += fmt::format(" --{}", fmt::join(split(words.substr(name.size() + 1), " "), " --"));
    }
    return text + "'";
}

/// With every name replaced; nothing when one is of a setting that the command lacks.
std::optional<std::string> inWordsOf(const Command* command, std::string_view text) {
    std::string said;
    for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{')) {
        const auto close = std::min(text.find('}', open), text.size());
        const std::string_view name = text.substr(open + 1, close - open - 1);
        said += text.substr(0, open);
        if (name.starts_with(kCommandMark)) {
            said += commandOf(name.substr(kCommandMark.size()));
        } else if (isKnown(name)) {
            const auto setting = settingOf(command, name);
            if (!setting) {
                return std::nullopt;
            }
            said += *setting;
        } else {
            said += text.substr(open, close + 1 - open); // of somebody's file name
        }
        text.remove_prefix(std::min(close + 1, text.size()));
    }
    return said + std::string(text);
}

/// The parts that the command can do, joined as they were.
std::string whatCanBeDone(const Command* command, std::string_view sentence) {
    std::vector<std::string> ways;
    for (const std::string_view way : split(sentence, ", or ")) {
        if (auto said = inWordsOf(command, way)) {
            ways.push_back(std::move(*said));
        }
    }
    std::string text = fmt::format("{}", fmt::join(ways, ", or "));
    if (!text.empty()) { // the first may have been left out
        text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    }
    return text;
}

} // namespace

std::string remedyFor(const Command* command, std::string_view remedy) {
    const bool ends = remedy.ends_with('.');
    if (ends) {
        remedy.remove_suffix(1);
    }
    std::vector<std::string> sentences;
    for (const std::string_view sentence : split(remedy, ". ")) {
        sentences.push_back(whatCanBeDone(command, sentence));
    }
    std::erase(sentences, "");
    const bool dot = ends && !sentences.empty();
    return fmt::format("{}{}", fmt::join(sentences, ". "), dot ? "." : "");
}

void adviseFor(const Command* command) {
    running() = command;
}

std::string advice(std::string_view remedy) {
    return remedyFor(running(), remedy);
}

std::string tell(std::string_view cause, std::string_view remedy) {
    const std::string said = advice(remedy);
    return fmt::format("{}.{}{}", cause, said.empty() ? "" : " ", said);
}

std::string tell(const host::Error& error) {
    return tell(error.what(), error.remedy());
}

} // namespace driverctl
