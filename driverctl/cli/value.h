/// What the values of settings and of commands' arguments have in common: the words that they may
/// be, their secrets, and how a wrong one is refused.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

/// Values by name, as the command line, the environment or a file gives them.
using Layer = std::map<std::string, std::vector<std::string>, std::less<>>;

/// The number behind an enum's value; -1 for none.
template <typename Enum>
int codeOf(Enum value) {
    return static_cast<int>(value);
}
template <typename Enum>
int codeOf(const std::optional<Enum>& value) {
    return value ? codeOf(*value) : -1;
}
inline int codeOf(std::nullopt_t /*none*/) {
    return -1;
}

/// A word that a value can be, and what it stands for where that is an enum's.
struct Word {
    Word(const char* word) : text(word) {}
    template <typename Value>
    Word(const char* word, Value value) : text(word), code(codeOf(value)) {}

    std::string_view text;
    int code = 0;
};

/// What in a value nobody but its user may read.
enum class Secret {
    None,
    Password, ///< of an address
    Pin,      ///< of a PKCS#11 URI
};

/// What a value may be.
struct Rules {
    std::string_view name;
    const std::vector<Word>& choices; ///< empty: any value
    Secret secret;
};

/// The value as it may be seen by everybody: its secret is hidden.
std::string shown(Secret secret, const std::string& value);

/// Throws host::Error(Fault::Usage) that names `origin`, the value (its secret hidden), what is
/// `wanted` instead and the nearest choice.
[[noreturn]] void refuse(const Rules& rules, const std::string& value, std::string_view origin,
                         std::string_view wanted);

/// Refuses a value with a NUL character, with a secret that --print-config has hidden, and one that
/// is none of the choices.
void check(const Rules& rules, const std::string& value, std::string_view origin);

/// Throws host::Error(Fault::Usage) for a file or directory that is not there or may not be read,
/// so that this has one exit code whatever command comes upon it. `kind` is FILE or DIR. An empty
/// name and a PKCS#11 URI are nothing that could be read.
void requireReadable(const std::string& name, std::string_view kind);

} // namespace driverctl
