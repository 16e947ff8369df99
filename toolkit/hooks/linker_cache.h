/// The dynamic linker's cache of a container, made by an ldconfig of ours that sees the container's
/// root and can do nothing to it.
///
/// ldconfig runs in namespaces of its own (mounts, processes), with no capability, no environment
/// and no descriptor of ours. Its / is a copy of the root that is read-only, where no program and
/// no device can be opened, and /proc and /sys are empty; nothing in it leads out of it. The cache
/// is written into a file system in memory of which the container knows nothing.
#pragma once

#include "toolkit/hooks/container_root.h"
#include "toolkit/hooks/ldconfig_program.h"

#include <chrono>
#include <string>

namespace toolkit {

/// The bytes of a cache of what the root's /etc/ld.so.conf names. Throws host::Error, with
/// ldconfig's own last words when it fails, and when it takes longer than `limit`.
std::string linkerCache(const ContainerRoot& root, const LdconfigProgram& ldconfig,
                        std::chrono::milliseconds limit);

} // namespace toolkit
