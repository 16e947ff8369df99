/// A container runtime is told of our runtime, or of our hook, in its own configuration files; and
/// all of that is taken back.
///
/// configure() and remove() change files so that every byte that is not about us stays, each file
/// at once, new files before those that lead to them: a kill at any moment leaves a configuration
/// that is valid. What is needed to take it back lies beside the files in a record
/// (toolkit/runtimes/record.h), with a copy of each file as it was. A second run changes nothing.
/// Two runs at once wait for each other. What cannot be understood, and what would change anything
/// else, is host::Error with Fault::Usage, which names file, line and column; nothing is written
/// then. When a write fails, what was written before it is taken back.
#pragma once

#include "toolkit/runtimes/config_files.h"
#include "toolkit/runtimes/runtime_settings.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace toolkit::runtimes {

struct FileChange {
    std::filesystem::path path;
    std::optional<std::string> before; ///< nothing: there was no file
    std::optional<std::string> after;  ///< nothing: the file is deleted
};

/// What was done, or would be.
struct Outcome {
    std::vector<FileChange> changes;   ///< in the order of writing; empty: all is as it shall be
    std::vector<std::string> replaced; ///< sentences: what of somebody else's gave way
    std::vector<std::string> warnings; ///< sentences
    /// What makes the daemon read its files again: "systemctl reload docker"; empty: nothing is
    /// needed.
    std::string activation;
};

/// Asks a daemon's own parser whether it takes the text for that file. Its error, or an empty text.
using DaemonCheck =
    std::function<std::string(const std::filesystem::path& file, const std::string& text)>;

/// What the settings leave open.
struct Wish {
    RuntimeSettings settings;
    std::filesystem::path config = {};   ///< the runtime's main file; empty: where it usually is
    std::filesystem::path dropIn = {};   ///< a file of our own; empty: where it usually is
    std::optional<Version> version = {}; ///< of the daemon; nothing: unknown
    DaemonCheck check = {};              ///< asked of files before and after; none: nobody
};

enum class Stage { Precreate, Prestart, CreateContainer };

/// A hook's file instead of a runtime, as podman, CRI-O and Sarus read it.
struct HookWish {
    Runtime runtime = Runtime::Podman;
    bool rootless = false;
    std::filesystem::path configHome = "/root/.config";
    std::filesystem::path directory = {}; ///< or a *.json file; empty: where the runtime looks
    std::optional<Stage> stage = {};      ///< nothing: what the runtime can do best
    std::filesystem::path program = {};   ///< driverctl-hook; empty: /usr/bin/driverctl
    std::filesystem::path config = {};    ///< a config.toml, handed on as Sarus does it
};

enum class Mode { Real, DryRun };

Outcome configure(const Wish& wish, const ConfigFiles& files, Mode mode);
Outcome configureHook(const HookWish& wish, const ConfigFiles& files, Mode mode);
/// Takes back what configure() did for that runtime, runtime name and files.
Outcome remove(const Wish& wish, const ConfigFiles& files, Mode mode);
Outcome removeHook(const HookWish& wish, const ConfigFiles& files, Mode mode);

} // namespace toolkit::runtimes
