#include "driverctl/config.h"

#include "host/error.h"
#include "host/file.h"

#include <CLI/Config.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <unistd.h>

namespace driverctl {

namespace {

constexpr const char* kDefaultFile = "/etc/driverctl/driverctl.toml";
constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::string_view kFileVariable = "DRIVERCTL_CONFIG";

std::optional<std::string> lookUp(const char* const* variables, std::string_view name) {
    for (; *variables != nullptr; ++variables) {
        const std::string_view entry = *variables;
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
            return std::string(entry.substr(name.size() + 1));
        }
    }
    return std::nullopt;
}

std::vector<std::string> splitList(const std::string& text) {
    std::vector<std::string> items;
    std::istringstream stream(text);
    for (std::string item; std::getline(stream, item, ',');) {
        if (!item.empty()) {
            items.push_back(item);
        }
    }
    return items;
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
    add("HOME", "/.docker/config.json");
    return files;
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

Layer readConfigFile(const std::filesystem::path& file) {
    std::istringstream text;
    try {
        text.str(host::readFile(file, kLargestFile));
    } catch (const host::Error& error) {
        throw host::Error(host::Fault::Usage, error.what(), "Give a readable file with --config.");
    }
    Layer layer;
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(text)) {
        const auto known = std::ranges::find(settings(), item.fullname(), &Setting::name);
        if (known == settings().end()) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("{}: unknown setting '{}'", file.string(), item.fullname()),
                "Remove it; 'driverctl --print-config' shows all settings.");
        }
        layer[item.name] = item.inputs;
    }
    return layer;
}

Layer environmentLayer(const char* const* variables,
                       std::map<std::string, std::string, std::less<>>& origins) {
    Layer layer;
    for (const Setting& row : settings()) {
        for (const std::string_view name : row.environment) {
            const auto value = lookUp(variables, name);
            if (value && !value->empty()) {
                const bool list =
                    std::holds_alternative<std::vector<std::string> Options::*>(row.member);
                layer[std::string(row.name)] =
                    list ? splitList(*value) : std::vector<std::string>{*value};
                origins[std::string(row.name)] = fmt::format("environment {}", name);
                break;
            }
        }
    }
    return layer;
}

Config loadConfig(const Layer& flags, const std::optional<std::filesystem::path>& file) {
    Config config;
    config.options.authFiles = logInFiles(environ);
    std::optional<std::filesystem::path> path = file;
    if (const auto named = lookUp(environ, kFileVariable); !path && named && !named->empty()) {
        path = *named;
    }
    if (!path && std::filesystem::exists(kDefaultFile)) {
        path = kDefaultFile;
    }
    if (path) {
        config.apply(readConfigFile(*path), fmt::format("file {}", path->string()));
    }
    std::map<std::string, std::string, std::less<>> origins;
    for (const auto& [name, values] : environmentLayer(environ, origins)) {
        config.apply({{name, values}}, origins.at(name));
    }
    for (const auto& [name, values] : flags) {
        config.apply({{name, values}}, fmt::format("flag --{}", name));
    }
    return config;
}

std::vector<std::string> environmentWithoutSettings() {
    std::vector<std::string> others;
    for (const char* const* variable = environ; *variable != nullptr; ++variable) {
        const std::string_view name =
            std::string_view(*variable).substr(0, std::string_view(*variable).find('='));
        const bool known =
            name == kFileVariable || std::ranges::any_of(settings(), [&](auto& row) {
                return std::ranges::find(row.environment, name) != row.environment.end();
            });
        if (!known) {
            others.emplace_back(*variable);
        }
    }
    return others;
}

std::string printConfig(const Config& config) {
    std::string out;
    for (const Setting& row : settings()) {
        const auto origin = config.origins.find(row.name);
        out += fmt::format("{} = {}  # {}\n", row.name, format(config.options, row),
                           origin == config.origins.end() ? "default" : origin->second);
    }
    return out;
}

} // namespace driverctl
