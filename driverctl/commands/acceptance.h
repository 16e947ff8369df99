/// What a package has to be, as it is configured: where settings become an Acceptance.
#pragma once

#include "driverctl/cli/settings.h"
#include "precompile/package/acceptance.h"

namespace driverctl {

struct SigningKeys;

/// Of one that comes from somewhere, or is about to be loaded: sound, signed by one of `trust`, and
/// with no-patches of sources that were not patched. Reads the keys.
precompile::Acceptance acceptanceOf(const Settings& settings);

/// Of one that is to be as good as a new one: what is not signed by these keys, or was patched
/// where none may be, is built again.
precompile::Acceptance acceptanceOf(const Settings& settings, const SigningKeys& keys);

} // namespace driverctl
