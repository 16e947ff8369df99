#include "driverctl/reference/completion.h"

#include "driverctl/cli/flag.h"
#include "driverctl/commands/all.h"
#include "driverctl/reference/completion_scripts.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace driverctl {

namespace {

/// What the words before the last one say.
struct Place {
    std::string name; ///< of the command, as far as it was typed: "package "
    const Command* command = nullptr;
    int words = 0;               ///< that the command was given
    bool onlyWords = false;      ///< behind "--"
    std::optional<Flag> waiting; ///< the last one, whose value comes next

    [[nodiscard]] std::vector<Flag> flags() const {
        return command == nullptr ? programsOwnFlags() : flagsOf(*command);
    }
    void read(const std::string& word);
};

const Flag* named(const std::vector<Flag>& flags, std::string_view name) {
    const auto found = std::ranges::find_if(flags, [name](const Flag& flag) {
        return std::ranges::find(flag.names, name) != flag.names.end();
    });
    return found == flags.end() ? nullptr : &*found;
}

bool isFlag(const Place& place, std::string_view word) {
    return !place.onlyWords && word.starts_with('-');
}

void Place::read(const std::string& word) {
    if (std::exchange(waiting, std::nullopt) && !isFlag(*this, word)) {
        return;
    }
    if (word == "--" && !onlyWords) {
        onlyWords = true;
    } else if (isFlag(*this, word)) {
        const auto known = flags();
        const Flag* flag = named(known, word);
        if (flag != nullptr && !flag->placeholder.empty()) {
            waiting = *flag;
        }
    } else if (command != nullptr) {
        ++words;
    } else {
        name += word;
        const auto found = std::ranges::find(kCommands, name, &Command::name);
        command = found == std::end(kCommands) ? nullptr : *found;
        name += ' ';
    }
}

Offer::Paths pathsOf(std::string_view placeholder) {
    const auto has = [placeholder](std::string_view word) {
        return placeholder.find(word) != std::string_view::npos;
    };
    return has("DIR")                                               ? Offer::Paths::Directories
           : has("FILE") || placeholder == "PATH" || has("PROGRAM") ? Offer::Paths::Files
                                                                    : Offer::Paths::None;
}

void add(Offer& offer, std::string text, std::string_view help, std::string_view typed) {
    if (text.starts_with(typed) &&
        std::ranges::find(offer.words, text, &Offer::Word::text) == offer.words.end()) {
        offer.words.push_back({std::move(text), std::string(help)});
    }
}

/// `typed` begins with `before`, which is no part of the value.
Offer offerValues(std::string_view placeholder, std::span<const Word> choices, bool isList,
                  std::string_view typed, std::string before) {
    Offer offer{.paths = choices.empty() ? pathsOf(placeholder) : Offer::Paths::None};
    if (const auto comma = typed.rfind(','); isList && comma != std::string_view::npos) {
        before = typed.substr(0, comma + 1);
    }
    for (const Word& choice : choices) {
        if (!choice.text.empty()) {
            add(offer, before + std::string(choice.text), "", typed);
        }
    }
    return offer;
}

Offer offerValues(const Flag& flag, std::string_view typed, std::string before = "") {
    return flag.placeholder.empty()
               ? Offer{}
               : offerValues(flag.placeholder, flag.choices, flag.isList, typed, std::move(before));
}

Offer offerFlags(const std::vector<Flag>& flags, std::string_view typed) {
    if (const auto equals = typed.find('='); equals != std::string_view::npos) {
        const Flag* flag = named(flags, typed.substr(0, equals));
        return flag == nullptr
                   ? Offer{}
                   : offerValues(*flag, typed, std::string(typed.substr(0, equals + 1)));
    }
    Offer offer;
    for (const Flag& flag : flags) {
        add(offer, flag.names.front(), flag.help, typed);
    }
    return offer;
}

/// The next word of each command's name that begins with `name`.
Offer offerCommands(const std::string& name, std::string_view typed) {
    Offer offer;
    for (const Command* command : kCommands) {
        if (command->name.starts_with(name)) {
            const auto rest = command->name.substr(name.size());
            const auto blank = rest.find(' ');
            const bool isGroup = blank != std::string_view::npos;
            add(offer, std::string(rest.substr(0, blank)),
                isGroup ? fmt::format("driverctl {} COMMAND ...", rest.substr(0, blank))
                        : std::string(command->summary),
                typed);
        }
    }
    return offer;
}

/// For the word of that number; the last argument may take any number of them.
Offer offerWords(const Command& command, int number, std::string_view typed) {
    for (const Argument& argument : command.arguments) {
        if (!argument.isFlag()) {
            if (argument.most == kAnyNumber || number < argument.most) {
                return offerValues(argument.placeholder, argument.choices, false, typed, "");
            }
            number -= argument.most;
        }
    }
    return {};
}

/// Of one line, for the scripts, which read a word a line.
std::string escapedForZsh(std::string_view text) {
    std::string escaped;
    for (const char letter : text) {
        escaped += letter == ':' || letter == '\\' ? "\\" : "";
        escaped += letter;
    }
    return escaped;
}

std::string lineFor(Shell shell, const Offer::Word& word) {
    switch (shell) {
    case Shell::Bash:
        break;
    case Shell::Zsh:
        return fmt::format("{}{}{}\n", escapedForZsh(word.text), word.help.empty() ? "" : ":",
                           word.help);
    case Shell::Fish:
        return fmt::format("{}{}{}\n", word.text, word.help.empty() ? "" : " ", word.help);
    }
    return word.text + "\n";
}

} // namespace

Offer offerFor(std::span<const std::string> words) {
    if (words.empty()) {
        return offerFor(std::vector<std::string>{""});
    }
    Place place;
    for (const std::string& word : words.first(words.size() - 1)) {
        place.read(word);
    }
    const std::string& typed = words.back();
    if (place.waiting && !isFlag(place, typed)) {
        return offerValues(*place.waiting, typed);
    }
    if (isFlag(place, typed)) {
        return offerFlags(place.flags(), typed);
    }
    return place.command == nullptr ? offerCommands(place.name, typed)
                                    : offerWords(*place.command, place.words, typed);
}

std::string answerTo(Shell shell, const Offer& offer) {
    std::string answer;
    for (const Offer::Word& word : offer.words) {
        answer += lineFor(shell, word);
    }
    return answer + (offer.paths == Offer::Paths::None    ? ":none\n"
                     : offer.paths == Offer::Paths::Files ? ":files\n"
                                                          : ":directories\n");
}

std::string_view completionScript(Shell shell) {
    switch (shell) {
    case Shell::Bash:
        return kBashScript;
    case Shell::Zsh:
        return kZshScript;
    case Shell::Fish:
        return kFishScript;
    }
    return "";
}

} // namespace driverctl
