/// A setting: how one value of the configuration is named, what it may be, and where it is kept.
///
/// Its type and default are a member of its group's struct, everything else is its row (groups.h).
/// Command line, environment, file and --print-config work from the rows and nothing else.
#pragma once

#include "driverctl/cli/options.h"
#include "driverctl/cli/value.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace driverctl {

/// An enum's value, or none, that the words of Setting::choices stand for.
class Choice {
  public:
    template <typename Enum>
    explicit Choice(Enum& value)
        : place_(&value), get_([&value] { return codeOf(value); }),
          set_([&value](int code) { value = static_cast<Enum>(code); }) {}
    template <typename Enum>
    explicit Choice(std::optional<Enum>& value)
        : place_(&value), get_([&value] { return codeOf(value); }), set_([&value](int code) {
              value = code < 0 ? std::nullopt : std::optional(static_cast<Enum>(code));
          }) {}

    /// One more word beside the enum's: none of its values is wanted.
    template <typename Enum>
    Choice(std::optional<Enum>& value, bool& isNone)
        : place_(&value), get_([&] { return isNone ? kNone : codeOf(value); }), set_([&](int code) {
              isNone = code == kNone;
              value = code < 0 ? std::nullopt : std::optional(static_cast<Enum>(code));
          }) {}
    static constexpr int kNone = -2;

    [[nodiscard]] const void* place() const { return place_; }
    [[nodiscard]] int get() const { return get_(); }
    void set(int code) const { set_(code); }

  private:
    const void* place_;
    std::function<int()> get_;
    std::function<void(int)> set_;
};

/// Where the value of a setting is.
using Slot = std::variant<std::string*, std::filesystem::path*, bool*, unsigned*,
                          std::vector<std::string>*, Choice>;

struct Setting {
    std::string_view name;       ///< long flag without dashes, and key in the file
    std::string_view flags = {}; ///< further flags ("-k"), comma separated
    /// Variables in order of precedence; the second is the name that NVIDIA's driver container
    /// uses. "PREFIX_*" stands for all that begin so: PREFIX_A=1 is the item "A=1" of a list.
    std::vector<std::string_view> environment;
    Slot (*in)(Options&) = nullptr;
    std::string_view placeholder = {}; ///< what the help calls the value: FILE, DIR, URL; N
    std::string_view bare = {};        ///< what the flag without a value says; empty: it needs one
    std::string_view help = {};
    std::vector<Word> choices = {}; ///< empty: any value
    /// Other words for a choice, as NVIDIA's driver container knows them: {"true", "open"}.
    std::vector<std::pair<std::string_view, std::string_view>> synonyms = {};
    Secret secret = Secret::None;
    /// It makes the program check or sign something: an empty value, which would switch that off,
    /// is refused wherever it is given.
    bool guards = false;
    bool isInput = false; ///< names files or directories that have to be there

    template <typename Value>
    [[nodiscard]] bool is() const {
        Options any;
        return std::holds_alternative<Value>(in(any));
    }
    [[nodiscard]] bool isList() const { return is<std::vector<std::string>*>(); }
    [[nodiscard]] Rules rules() const { return {name, choices, secret}; }
};

/// Parses `values` (one for all but lists; flags take true/false) into the slot. Throws
/// host::Error(Fault::Usage) naming setting, value (its secret hidden) and `origin`. Refused are
/// also empty values where the default is none or that guard something.
void assign(Options& options, const Setting& setting, const std::vector<std::string>& values,
            std::string_view origin);

/// Where the value is.
const void* placeOf(const Options& options, const Setting& setting);

/// The value in the words that assign() takes.
std::vector<std::string> valuesOf(const Options& options, const Setting& setting);

/// The value as a TOML right-hand side, its secrets hidden.
std::string format(const Options& options, const Setting& setting);

} // namespace driverctl
