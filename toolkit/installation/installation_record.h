/// What an installation has put into its directory, and which runtimes it has configured:
/// `.driverctl-installation.json` there.
///
/// A name may have several prints: while an older file is being replaced, both are ours. Throws
/// host::Error, also for a record that is damaged.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toolkit {

/// A container runtime's configuration that leads to the directory: all that taking it back needs.
struct ConfiguredRuntime {
    std::string runtime;     ///< "docker"
    std::string name;        ///< "nvidia"
    std::string config = {}; ///< empty: where it usually is
    std::string dropIn = {}; ///< the same
    /// A hook's file there, and no runtime; empty: where the runtime looks for hooks.
    std::optional<std::string> hooks = {};
    std::string configHome = {}; ///< of the user whose own configuration it is; empty: the system's

    bool operator==(const ConfiguredRuntime&) const = default;
};

struct InstallationRecord {
    bool madeDirectory = false;
    std::vector<ConfiguredRuntime> runtimes = {};
    std::map<std::filesystem::path, std::vector<std::string>> prints; ///< by name in the directory

    void add(const std::filesystem::path& name, const std::string& print);
    [[nodiscard]] bool has(const std::filesystem::path& name, const std::string& print) const;
};

/// What a file or a link is known again by; nothing where neither is.
std::optional<std::string> printOf(const std::filesystem::path& path);
std::string printOfContent(std::string_view content);
std::string printOfLink(std::string_view target);

/// Nothing where nothing was installed.
std::optional<InstallationRecord> readRecord(const std::filesystem::path& directory);
void writeRecord(const std::filesystem::path& directory, const InstallationRecord& record);
void removeRecord(const std::filesystem::path& directory);

} // namespace toolkit
