/// Every setting of the program as one typed value, and the table that says how each is named.
///
/// A setting is declared twice and nowhere else: its type and default as a member of its group, its
/// names and help as a row of settings() (settings_*.cpp). Command line, environment, file and
/// --print-config all work from the table.
#pragma once

#include "distribution/target_settings.h"
#include "driverctl/cli/command_settings.h"
#include "driverctl/cli/log_settings.h"
#include "flatcar/mirror_settings.h"
#include "loader/life_settings.h"
#include "loader/metrics/metrics_settings.h"
#include "precompile/build/build_settings.h"
#include "precompile/matrix/matrix_settings.h"
#include "precompile/package/driver_settings.h"
#include "precompile/package/signing_settings.h"
#include "precompile/package/store_settings.h"
#include "precompile/share/registry_settings.h"
#include "precompile/share/search_settings.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace driverctl {

/// All that is configured, in groups: a function takes the one that it needs.
struct Options {
    LogSettings log;
    distribution::TargetSettings target;
    precompile::DriverSettings driver;
    precompile::StoreSettings store;
    flatcar::MirrorSettings mirror;
    precompile::BuildSettings build;
    precompile::SigningSettings signing;
    precompile::SearchSettings search;
    precompile::RegistrySettings registry;
    precompile::MatrixSettings matrix;
    loader::LifeSettings life;
    loader::MetricsSettings metrics;
    CommandSettings command;
    Arguments arguments;
};

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

/// A word that a setting can be, and what it stands for where the value is an enum's.
struct Word {
    Word(const char* word) : text(word) {}
    template <typename Value>
    Word(const char* word, Value value) : text(word), code(codeOf(value)) {}

    std::string_view text;
    int code = 0;
};

/// An enum's value, or none, that the words of Setting::choices stand for.
class Choice {
  public:
    template <typename Enum>
    explicit Choice(Enum& value)
        : get_([&value] { return codeOf(value); }),
          set_([&value](int code) { value = static_cast<Enum>(code); }) {}
    template <typename Enum>
    explicit Choice(std::optional<Enum>& value)
        : get_([&value] { return codeOf(value); }), set_([&value](int code) {
              value = code < 0 ? std::nullopt : std::optional(static_cast<Enum>(code));
          }) {}

    [[nodiscard]] int get() const { return get_(); }
    void set(int code) const { set_(code); }

  private:
    std::function<int()> get_;
    std::function<void(int)> set_;
};

/// Where the value of a setting is.
using Slot = std::variant<std::string*, std::filesystem::path*, bool*, unsigned*,
                          std::vector<std::string>*, Choice>;

/// What in a setting's value nobody but its user may read.
enum class Secret {
    None,
    Password, ///< of an address
    Pin,      ///< of a PKCS#11 URI
};

struct Setting {
    std::string_view name;       ///< long flag without dashes, and key in the file
    std::string_view flags = {}; ///< further flags ("-k"), comma separated
    /// Variables in order of precedence; the second is the name that NVIDIA's driver container
    /// uses. Without one the row is an argument of an action ("--dry-run"), which no configuration
    /// file may give.
    std::vector<std::string_view> environment = {};
    Slot (*in)(Options&) = nullptr;
    std::string_view placeholder = {}; ///< what the help calls the value: FILE, DIR, URL; N
    std::string_view help = {};
    std::vector<Word> choices = {}; ///< empty: any value
    /// Other words for a choice, as NVIDIA's driver container knows them: {"true", "open"}.
    std::vector<std::pair<std::string_view, std::string_view>> synonyms = {};
    Secret secret = Secret::None;
    /// It makes the program check or sign something: an empty value, which would switch that off,
    /// is refused wherever it is given.
    bool guards = false;
    bool isInput = false; ///< names files or directories that have to be there

    [[nodiscard]] bool inFile() const { return !environment.empty(); }
    template <typename Value>
    [[nodiscard]] bool is() const {
        Options any;
        return std::holds_alternative<Value>(in(any));
    }
    [[nodiscard]] bool isList() const { return is<std::vector<std::string>*>(); }
};

std::span<const Setting> settings();

/// Throws std::logic_error for a name that no row has: commands list settings by name.
const Setting& setting(std::string_view name);

/// Parses `values` (one for all but lists; flags take true/false) into the slot. Throws
/// host::Error(Fault::Usage) naming setting, value (its secret hidden) and `origin`. Refused are
/// also empty values where the default is none or that guard something, and values whose secret
/// --print-config has hidden.
void assign(Options& options, const Setting& setting, const std::vector<std::string>& values,
            std::string_view origin);

/// Throws host::Error(Fault::Usage) for an input of the setting that is not there or may not be
/// read, so that this has one exit code whatever command comes upon it.
void requireInput(const Options& options, const Setting& setting);

/// The value in the words that assign() takes.
std::vector<std::string> valuesOf(const Options& options, const Setting& setting);

/// The value as it may be seen by everybody: its secret is hidden.
std::string shown(const Setting& setting, const std::string& value);

/// The value as a TOML right-hand side, its secrets hidden.
std::string format(const Options& options, const Setting& setting);

} // namespace driverctl
