/// What a command is given to act on, beside the configuration: its words and the flags that only
/// it has.
///
/// Arguments belong to their command: no file and no environment gives them, and --print-config
/// does not list them. Values are checked when an Arguments is made. A command that asks for an
/// argument which its row does not have is a std::logic_error.
#pragma once

#include "driverctl/cli/value.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

struct Argument {
    std::string_view name;
    std::string_view flags = {};       ///< "--output,-o"; empty: words without a flag, in order
    std::string_view placeholder = {}; ///< what the help calls the value; of a flag empty: no value
    std::string_view help = {};
    std::vector<Word> choices = {}; ///< empty: any value
    Secret secret = Secret::None;
    bool isInput = false;    ///< names files or directories that have to be there
    bool mayBeEmpty = false; ///< an empty text is a value as well
    int least = 1;           ///< words
    int most = 1;            ///< words; kAnyNumber: a flag with a value may be repeated, too

    [[nodiscard]] bool isFlag() const { return !flags.empty(); }
    [[nodiscard]] Rules rules() const { return {name, choices, secret}; }
};

inline constexpr int kAnyNumber = -1;

class Arguments {
  public:
    /// Throws host::Error(Fault::Usage) for a value that cannot be. `rows` has to outlive it.
    explicit Arguments(std::span<const Argument> rows, Layer values = {});

    /// Throws host::Error(Fault::Usage) for an input that is not there.
    void requireInputs() const;

    [[nodiscard]] bool has(std::string_view name) const { return !words(name).empty(); }
    /// Empty when it was not given.
    [[nodiscard]] const std::vector<std::string>& words(std::string_view name) const;
    /// The last of them, or an empty one.
    [[nodiscard]] std::string word(std::string_view name) const;
    /// What the word stands for.
    template <typename Enum>
    [[nodiscard]] std::optional<Enum> choice(std::string_view name) const {
        const auto code = codeOfWord(name);
        return code ? std::optional(static_cast<Enum>(*code)) : std::nullopt;
    }

  private:
    [[nodiscard]] const Argument& row(std::string_view name) const;
    [[nodiscard]] std::optional<int> codeOfWord(std::string_view name) const;

    std::span<const Argument> rows_;
    Layer values_;
};

} // namespace driverctl
