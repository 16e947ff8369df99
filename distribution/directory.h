/// A directory that already holds a toolchain and a kernel's build tree, as a Distribution: for
/// Debian, Ubuntu or Fedora hosts and offline builders. "/" is this machine.
///
/// Links in it lead to where they would lead if it was /: in Debian, lib/modules/<kernel>/build is
/// an absolute one.
///
/// Also what a machine is that no other distribution knows: os-release(5) says it.
#pragma once

#include "distribution/distribution.h"

#include <filesystem>
#include <memory>

namespace distribution {

/// Mount points lie below `workDirectory`.
std::unique_ptr<Distribution> makeDirectory(std::filesystem::path workDirectory);

} // namespace distribution
