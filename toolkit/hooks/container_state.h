/// What a container runtime tells a hook on its standard input: the state of a container, as the
/// OCI runtime specification describes it, and where the container's root lies.
///
/// Runtimes are trusted, but one document may not say two things: it is read strictly, and has a
/// size. Throws host::Error.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace toolkit {

struct ContainerState {
    std::filesystem::path bundle; ///< absolute
    /// No part of the specification, but crun gives it; empty: config.json says it.
    std::filesystem::path root;
    pid_t pid = 0; ///< of its first process; 0: not said
};

ContainerState parseContainerState(const std::string& text);

/// The state on `fd`, read to its end.
ContainerState readContainerState(int fd);

/// The container's root as the runtime sees it: the state's own, so that a config.json that this
/// user may not read does no harm; else `root.path` of the bundle's config.json, which may be
/// relative to the bundle.
std::filesystem::path containerRootPath(const ContainerState& state);

} // namespace toolkit
