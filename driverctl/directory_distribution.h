/// A directory that already holds a toolchain and a kernel's build tree as a Distribution: for
/// Debian, Ubuntu or Fedora hosts and offline builders.
#pragma once

#include "driverctl/build_environment.h"

namespace driverctl {

/// `options.target.buildRoot` is the directory; "/" is this machine. Throws
/// host::Error(Fault::Usage) naming what is missing.
std::unique_ptr<Distribution> makeDirectoryDistribution(const Options& options);

} // namespace driverctl
