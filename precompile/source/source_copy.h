/// A driver's sources, copied to where they are compiled.
///
/// The copy holds directories and regular files only: links are followed, and one that leads out of
/// the sources' root, in a circle or nowhere is an Error that names it, as is a device or a pipe.
/// What a build leaves in a tree (objects, modules, NVIDIA's conftest results for another kernel)
/// is left out, so that sources that were built once count as the same.
#pragma once

#include "precompile/package/driver_source.h"

#include <filesystem>

namespace precompile {

/// `destination` must not exist yet.
void copySources(const DriverSource& source, const std::filesystem::path& destination);

} // namespace precompile
