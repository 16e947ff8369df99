/// What a shell offers for the word that is being typed, from the tables of commands and settings.
///
/// A shell's script (completionScript()) knows nothing: it asks `driverctl completion SHELL` with
/// the words so far, and shows what that answers. Pure; what cannot be understood is offered
/// nothing, and never an error.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

enum class Shell { Bash, Zsh, Fish };

struct Offer {
    enum class Paths { None, Files, Directories };
    struct Word {
        std::string text; ///< the whole word, also where a part of it is there
        std::string help; ///< one line
    };

    std::vector<Word> words;
    Paths paths = Paths::None; ///< the value may be any path, which the shell knows itself
};

/// `words` follow the program's name; the last, which may be empty, is the one that is being typed.
Offer offerFor(std::span<const std::string> words);

/// As the shell's script takes it: a word a line, with its help where the shell shows one; the last
/// line is ":none", ":files" or ":directories".
std::string answerTo(Shell shell, const Offer& offer);

/// What a shell is given to source, or to keep where it looks for such.
std::string_view completionScript(Shell shell);

} // namespace driverctl
