/// os-release(5) and other NAME=value files (update.conf, version.txt): quoted and unquoted values,
/// comments, escapes.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace host {

using KeyValues = std::map<std::string, std::string, std::less<>>;

/// Empty when it is not there.
std::string valueOf(const KeyValues& values, std::string_view key);

/// The first of the keys' values that is not empty; empty: none.
std::string firstValueOf(const KeyValues& values, std::initializer_list<std::string_view> keys);

/// Lines that are no assignment are skipped, as os-release(5) asks of readers.
KeyValues parseKeyValues(std::string_view text);

/// Nothing when the file does not exist.
std::optional<KeyValues> readKeyValues(const std::filesystem::path& file);

} // namespace host
