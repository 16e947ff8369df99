/// The programs that compiling runs in a build root. One that is not there would otherwise show as
/// make's "Error 127", which says nothing of what to install.
#pragma once

#include "host/base/rooted.h"

#include <string>

namespace precompile {

/// PATH in a build root.
std::string buildPath();

/// Throws host::Error(Fault::Usage) that names all that the root lacks. `makesBtf`: kbuild runs
/// pahole on each module.
void requirePrograms(const host::Rooted& root, const std::string& kernel, bool makesBtf);

} // namespace precompile
