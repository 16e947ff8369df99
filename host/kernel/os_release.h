/// os-release(5) and other NAME=value files (update.conf, version.txt): quoted and unquoted values,
/// comments, escapes.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace host {

using KeyValues = std::map<std::string, std::string, std::less<>>;

/// Lines that are no assignment are skipped, as os-release(5) asks of readers.
KeyValues parseKeyValues(std::string_view text);

/// Nothing when the file does not exist.
std::optional<KeyValues> readKeyValues(const std::filesystem::path& file);

/// The running kernel, uname(2).
struct KernelIdentity {
    std::string release; ///< 6.12.102-flatcar
    std::string machine; ///< x86_64, aarch64
};
KernelIdentity runningKernel();

} // namespace host
