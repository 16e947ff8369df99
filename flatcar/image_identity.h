/// Whether an image is the release that it was asked for as.
///
/// A signature says who made the bytes, not which release they are: whoever serves a mirror can
/// hand out one release's signed image, or another board's, under the name of any other. What an
/// image is stands inside it only, and is compared before anything of it runs, every time.
#pragma once

#include "flatcar/release.h"

#include <filesystem>

namespace flatcar {

/// Compares os-release (VERSION_ID, VERSION or BUILD_ID, board), usr/share/flatcar/release and the
/// machine that the toolchain's programs are for. `directory` is the image's root; links in it lead
/// nowhere outside. Throws host::Error(Fault::Verification) that names both.
void requireIdentity(const std::filesystem::path& directory, const Release& wanted);

} // namespace flatcar
