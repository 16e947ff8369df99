/// What a release holds, as the list of packages beside its image says: its kernel and compiler,
/// for 40 kB instead of 500 MB.
///
/// A hint. The list's signature is not asked for: whoever can change it could keep the image back
/// as well.
#pragma once

#include "distribution/distribution.h"
#include "flatcar/developer_image.h"

#include <string>

namespace flatcar {

/// Of lines such as "sys-kernel/coreos-kernel-6.12.102::coreos-overlay" and
/// "sys-devel/gcc-14.3.0::portage-stable". Empty what they do not say, or say twice.
distribution::ReleaseContents contentsFrom(const std::string& packages);

/// Asks each mirror once. Empty where none has the list.
distribution::ReleaseContents contentsOf(const ImageRequest& request);

} // namespace flatcar
