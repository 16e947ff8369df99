/// The daemon's own word about files that are going to be changed: that it takes them, and that
/// nothing but our runtime changes in what they come to.
///
/// The daemon reads the changed file from this process's memory, by way of /proc: nothing is
/// written for it, and whoever may read the files may ask. A file that containerd imports is judged
/// together with the main file.
#pragma once

#include "toolkit/runtimes/configure.h"
#include "toolkit/runtimes/daemon.h"

namespace toolkit::runtimes {

/// What is known of a node's daemons.
struct DaemonQuestions {
    std::function<std::optional<Version>(Runtime)> version;
    std::function<DaemonCheck(const Wish&)> check;
};

/// By the programs of docker and containerd in that root, where they are.
DaemonQuestions daemonsIn(const std::filesystem::path& root = "/");

/// What the wish leaves open of the daemon: its version, unless the settings say it, and its word.
/// Throws host::Error (Fault::Usage) for a version that is none.
void complete(Wish& wish, const DaemonQuestions& daemon);

/// For the wish's files, in the program's root. The result may outlive both.
DaemonCheck daemonCheck(const DaemonProgram& program, const Wish& wish);

/// The keys ("/plugins/…") that mean something else in two of containerd's configurations, and are
/// neither of the runtime with this name, nor which runtime is the default, nor whether CDI is on,
/// nor which files were read.
std::vector<std::string> differencesBeside(const std::string& name, const std::string& before,
                                           const std::string& after);

} // namespace toolkit::runtimes
