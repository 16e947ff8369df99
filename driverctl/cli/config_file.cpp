#include "driverctl/cli/config_file.h"

#include "driverctl/cli/groups.h"
#include "driverctl/cli/nearest.h"
#include "host/base/documents/toml.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <algorithm>
#include <fmt/format.h>

namespace driverctl {

namespace {

constexpr std::size_t kLargestFile = 1 << 20;

std::string read(const std::filesystem::path& file) {
    try {
        return host::readFile(file, kLargestFile);
    } catch (const host::Error& error) {
        throw host::Error(host::Fault::Usage, error.what(), "Give a readable file with --config.");
    }
}

toml::table parse(std::string_view text, const std::string& name) {
    return host::parseToml(text, name,
                           "The file is TOML: one name = value a line, text in quotes.");
}

const Setting& settingOf(const toml::key& key, const std::string& name) {
    const auto row = std::ranges::find(settings(), key.str(), &Setting::name);
    if (row != settings().end()) {
        return *row;
    }
    std::vector<std::string_view> names;
    std::ranges::transform(settings(), std::back_inserter(names), &Setting::name);
    throw host::Error(host::Fault::Usage,
                      fmt::format("{}: unknown setting '{}'{}", host::placeIn(name, key.source()),
                                  key.str(), suggestion(key.str(), names)),
                      "Remove it; 'driverctl --print-config' shows all settings.");
}

std::optional<std::vector<std::string>> textsOf(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) {
        return std::vector{*text};
    }
    if (!node.is_array()) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const toml::node& item : *node.as_array()) {
        const auto text = item.value_exact<std::string>();
        if (!text) {
            return std::nullopt;
        }
        texts.push_back(*text);
    }
    return texts;
}

/// The words that assign() takes, or nothing for a value of another type than the member's.
struct Words {
    const toml::node& node;

    std::optional<std::vector<std::string>> operator()(bool*) const {
        const auto flag = node.value_exact<bool>();
        return flag ? std::optional{std::vector<std::string>{*flag ? "true" : "false"}}
                    : std::nullopt;
    }
    std::optional<std::vector<std::string>> operator()(unsigned*) const {
        const auto number = node.value_exact<std::int64_t>();
        return number ? std::optional{std::vector{std::to_string(*number)}} : std::nullopt;
    }
    std::optional<std::vector<std::string>> operator()(std::vector<std::string>*) const {
        return textsOf(node);
    }
    std::optional<std::vector<std::string>>
    operator()(const auto&) const { // text, a path, a choice
        return node.is_array() ? std::nullopt : textsOf(node);
    }
};

std::string_view typeOf(const Setting& row) {
    constexpr std::string_view kNames[] = {"text in quotes",
                                           "text in quotes",
                                           "true or false",
                                           "a whole number",
                                           "an array of text: [\"one\", \"two\"]",
                                           "text in quotes"};
    static Options any;
    static_assert(std::size(kNames) == std::variant_size_v<Slot>);
    return kNames[row.in(any).index()];
}

} // namespace

Layer parseConfigFile(std::string_view text, const std::string& name) {
    const toml::table table = parse(text, name);
    Layer layer;
    Options scratch; // what it refuses is refused here, where the place is known
    for (const auto& [key, node] : table) {
        const Setting& row = settingOf(key, name);
        const std::string place = host::placeIn(name, node.source());
        const auto words = std::visit(Words{node}, row.in(scratch));
        if (!words) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("{}: {} has a value of the wrong type", place, row.name),
                              fmt::format("Give {}.", typeOf(row)));
        }
        assign(scratch, row, *words, place);
        layer[std::string(row.name)] = *words;
    }
    return layer;
}

Layer readConfigFile(const std::filesystem::path& file) {
    return parseConfigFile(read(file), file.string());
}

std::optional<std::string> logFormatIn(const std::filesystem::path& file) {
    try {
        return parse(read(file), file.string())["log-format"].value_exact<std::string>();
    } catch (const host::Error&) {
        return std::nullopt;
    }
}

} // namespace driverctl
