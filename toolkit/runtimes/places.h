/// Where the configuration files of each runtime lie, and what is kept beside them. Pure functions.
///
/// Private to this folder and its tests.
#pragma once

#include "toolkit/runtimes/configure.h"

#include <filesystem>
#include <string>

namespace toolkit::runtimes {

/// The runtime's main file, as far as it is read or changed.
std::filesystem::path mainFile(const Wish& wish);
/// A file of our own, where the runtime has such; empty for docker.
std::filesystem::path dropInFile(const Wish& wish);
std::filesystem::path hookFile(const HookWish& wish);

/// The file that the record of a configuration is named after.
std::filesystem::path recordedFile(const Wish& wish);
/// Where notes about a file can lie that no daemon reads: its directory, or the one above that is
/// no directory of drop-ins. CRI-O reads whatever is in crio.conf.d, and below.
std::filesystem::path quietDirectory(const std::filesystem::path& file);
/// "/etc/docker/daemon.json.driverctl-nvidia"
std::filesystem::path recordOf(const std::filesystem::path& file, const std::string& name);
/// "/etc/docker/daemon.json.before-driverctl-nvidia"
std::filesystem::path backupOf(const std::filesystem::path& file, const std::string& name);

} // namespace toolkit::runtimes
