/// One digest of all that tests of a kernel's interfaces can see of a kernel's build tree.
///
/// Two kernels with the same digest answer every test alike: the same release and architecture,
/// configuration, symbol versions, headers and makefiles. Where the build root lies and
/// what else it holds does not count, so that two releases with the same kernel count as one. Links
/// are followed inside the build root. Throws host::Error when something cannot be read.
#pragma once

#include "distribution/build_root.h"

#include <string>

namespace precompile {

std::string digestOfKernel(const distribution::BuildRoot& buildRoot);

} // namespace precompile
