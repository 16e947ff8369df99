/// The release that a channel offers now: version.txt in its folder "current".
///
/// Flatcar signs that file; it counts only with a good signature of the pinned key, and only when
/// the version in it is one of that channel. An old version.txt with its signature stays good: a
/// mirror can hold a channel back, not invent a release.
#pragma once

#include "flatcar/developer_image.h"

#include <string>

namespace flatcar {

/// The version; that of `request.release` is not looked at. Throws host::Error, with
/// Fault::Verification when signature, content or channel do not fit.
std::string currentVersion(const ImageRequest& request);

} // namespace flatcar
