#include "driverctl/cli/config.h"

#include "driverctl/cli/config_file.h"
#include "driverctl/cli/groups.h"
#include "driverctl/cli/list.h"
#include "driverctl/cli/nearest.h"
#include "host/base/printable.h"
#include "host/base/secret.h"
#include "host/process/home_directory.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <unistd.h>
#include <utility>

namespace driverctl {

namespace {

constexpr std::string_view kPrefix = "DRIVERCTL_";

/// XDG's base directories: a relative one is none, by their specification.
std::optional<std::string> lookUp(const char* const* variables, std::string_view name) {
    for (; *variables != nullptr; ++variables) {
        const std::string_view entry = *variables;
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
            const auto value = entry.substr(name.size() + 1);
            const bool counts = !name.starts_with("XDG_") || value.starts_with('/');
            return counts ? std::optional(std::string(value)) : std::nullopt;
        }
    }
    return std::nullopt;
}

bool isPattern(std::string_view name) {
    return name.ends_with('*');
}

/// What `pattern` stands for: "A=1" of each variable.
std::vector<std::string> lookUpAll(const char* const* variables, std::string_view pattern) {
    pattern.remove_suffix(1);
    std::vector<std::string> items;
    for (; *variables != nullptr; ++variables) {
        const std::string_view entry = *variables;
        if (entry.starts_with(pattern)) {
            items.emplace_back(entry.substr(pattern.size()));
        }
    }
    return items;
}

/// As a flag or a variable gives it: a list as "a,b".
std::vector<std::string> valuesIn(const Setting& row, const std::string& text) {
    return row.isList() ? splitList(text) : std::vector<std::string>{text};
}

/// Of one of its variables, where that is set.
std::optional<std::vector<std::string>> valuesOf(const Setting& row, const char* const* variables,
                                                 std::string_view name) {
    if (isPattern(name)) {
        auto items = lookUpAll(variables, name);
        return items.empty() ? std::nullopt : std::optional(std::move(items));
    }
    const auto value = lookUp(variables, name);
    return value && (row.guards || !value->empty()) ? std::optional(valuesIn(row, *value))
                                                    : std::nullopt;
}

std::optional<std::filesystem::path> configFile(const std::optional<std::filesystem::path>& named) {
    if (named) {
        return named;
    }
    const auto variable = lookUp(environ, kFileVariable);
    if (variable && !variable->empty()) {
        return *variable;
    }
    std::error_code error; // a file that cannot be looked at is one that cannot be read
    const bool there = std::filesystem::exists(kDefaultFile, error) || error;
    return there ? std::optional<std::filesystem::path>(kDefaultFile) : std::nullopt;
}

std::string_view nameOf(std::string_view variable) {
    return variable.substr(0, variable.find('='));
}

bool isKnown(std::string_view variable) {
    return variable == kFileVariable || std::ranges::any_of(settings(), [&](const Setting& row) {
               return std::ranges::any_of(row.environment, [variable](std::string_view name) {
                   return isPattern(name) ? variable.starts_with(name.substr(0, name.size() - 1))
                                          : variable == name;
               });
           });
}

/// What Kubernetes sets in every container for a service that is named driverctl, or
/// driverctl-something.
bool isServiceLink(std::string_view variable) {
    const auto has = [variable](std::string_view part) {
        return variable.find(part) != std::string_view::npos;
    };
    return has("_SERVICE_HOST") || has("_SERVICE_PORT") || has("_PORT_") ||
           variable.ends_with("_PORT");
}

std::filesystem::path home(const char* const* variables) {
    return host::homeDirectory(lookUp(variables, "HOME").value_or(""));
}

/// Where podman and docker keep what they log in with, podman's first.
std::vector<std::string> logInFiles(const char* const* variables) {
    std::vector<std::string> files;
    const auto add = [&](std::string_view variable, const std::string& name) {
        if (const auto directory = lookUp(variables, variable); directory && !directory->empty()) {
            files.push_back(*directory + name);
        }
    };
    add("XDG_RUNTIME_DIR", "/containers/auth.json");
    add("DOCKER_CONFIG", "/config.json");
    files.push_back(home(variables) / ".docker/config.json");
    return files;
}

/// What the specification of XDG's base directories says, but for its own variable, which is one of
/// a setting.
std::filesystem::path userConfiguration(const char* const* variables) {
    return home(variables) / ".config";
}

} // namespace

void Config::apply(const Layer& layer, const std::string& origin) {
    for (const auto& [name, values] : layer) {
        assign(options, setting(name), values, origin);
        origins[name] = origin;
    }
}

void Config::applyBelow(const Layer& layer, const std::string& origin) {
    Layer missing = layer;
    std::erase_if(missing, [this](const auto& item) { return origins.contains(item.first); });
    apply(missing, origin);
}

Layer environmentLayer(const char* const* variables, const IsRead& isRead,
                       std::map<std::string, std::string, std::less<>>& origins) {
    Layer layer;
    for (const Setting& row : settings()) {
        for (const std::string_view name : row.environment) {
            const bool counts = name.starts_with(kPrefix) || isRead(row.name);
            const auto values = counts ? valuesOf(row, variables, name) : std::nullopt;
            if (values) {
                layer[std::string(row.name)] = *values;
                origins[std::string(row.name)] = fmt::format("environment {}", name);
                break;
            }
        }
    }
    return layer;
}

Config loadConfig(const Layer& flags, const std::optional<std::filesystem::path>& file,
                  const IsRead& isRead) {
    Config config;
    config.options.registry.authFiles = logInFiles(environ);
    config.options.runtime.configHome = userConfiguration(environ);
    if (const auto path = configFile(file)) {
        config.apply(readConfigFile(*path), fmt::format("file {}", path->string()));
    }
    std::map<std::string, std::string, std::less<>> origins;
    for (const auto& [name, values] : environmentLayer(environ, isRead, origins)) {
        config.apply({{name, values}}, origins.at(name));
    }
    for (const auto& [name, texts] : flags) {
        std::vector<std::string> values;
        for (const std::string& text : texts) {
            std::ranges::move(valuesIn(setting(name), text), std::back_inserter(values));
        }
        config.apply({{name, values}}, fmt::format("flag --{}", name));
    }
    return config;
}

std::vector<std::string> environmentWithoutSettings() {
    std::vector<std::string> others;
    for (const char* const* variable = environ; *variable != nullptr; ++variable) {
        const std::string_view name = nameOf(*variable);
        if (!isKnown(name) && !name.starts_with(kPrefix)) {
            others.emplace_back(*variable);
        }
    }
    return others;
}

std::vector<std::string> unknownVariables(const char* const* variables) {
    std::vector<std::string_view> endings = {kFileVariable.substr(kPrefix.size())};
    for (const Setting& row : settings()) {
        if (row.environment.front().starts_with(kPrefix)) {
            endings.push_back(row.environment.front().substr(kPrefix.size()));
        }
    }
    std::vector<std::string> warnings;
    for (; *variables != nullptr; ++variables) {
        const std::string_view name = nameOf(*variables);
        if (name.starts_with(kPrefix) && !isKnown(name) && !isServiceLink(name)) {
            const auto meant = nearest(name.substr(kPrefix.size()), endings);
            warnings.push_back(fmt::format(
                "the environment's {} is no setting{}", name,
                meant.empty() ? "" : fmt::format(" (did you mean '{}{}'?)", kPrefix, meant)));
        }
    }
    return warnings;
}

Terminal terminalOf(const char* const* variables) {
    const auto type = lookUp(variables, "TERM");
    if (!type || type->empty() || *type == "dumb") {
        return Terminal::Dumb;
    }
    const auto plain = lookUp(variables, "NO_COLOR");
    return plain && !plain->empty() ? Terminal::Plain : Terminal::Coloured;
}

LogFormat logFormatOf(const std::optional<std::string>& flag,
                      const std::optional<std::filesystem::path>& file) {
    auto word = flag ? flag : lookUp(environ, setting("log-format").environment.front());
    if (!flag && (!word || word->empty())) {
        const auto path = configFile(file);
        word = path ? logFormatIn(*path) : std::nullopt;
    }
    const auto& formats = setting("log-format").choices;
    const auto format = std::ranges::find(formats, word.value_or(""), &Word::text);
    return format == formats.end() ? LogSettings{}.format : static_cast<LogFormat>(format->code);
}

std::string printConfig(const Config& config) {
    std::string out;
    for (const Setting& row : settings()) {
        const auto values = valuesOf(config.options, row);
        const bool text = std::ranges::all_of(values, &host::isUtf8);
        const bool empty = std::ranges::all_of(values, &std::string::empty);
        const auto known = config.origins.find(row.name);
        const std::string origin = known == config.origins.end() ? "default" : known->second;
        // TOML has no bytes that are no UTF-8, and no file may switch off what guards something.
        out += fmt::format("{}{} = {}  # {}{}\n", text && !(row.guards && empty) ? "" : "# ",
                           row.name, format(config.options, row),
                           host::printable(host::withoutSecrets(origin)), text ? "" : ", no UTF-8");
    }
    return out;
}

} // namespace driverctl
