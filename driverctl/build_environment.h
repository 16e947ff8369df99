/// An operating system as the commands see it: what packages for it are named after, and a root to
/// compile them in.
///
/// Two implementations: a Flatcar release (flatcar/ does the work) and a plain directory that holds
/// toolchain and kernel headers. A distribution is a value that costs nothing; acquire() does what
/// takes time. What acquire() returns owns its mounts, in the caller's private mount namespace.
#pragma once

#include "distribution/build_root.h"
#include "driverctl/cli/options.h"
#include "precompile/package/manifest.h"

#include <memory>

namespace host {
class SignalSet;
}

namespace driverctl {

class BuildEnvironment {
  public:
    BuildEnvironment() = default;
    BuildEnvironment(const BuildEnvironment&) = delete;
    BuildEnvironment& operator=(const BuildEnvironment&) = delete;
    BuildEnvironment(BuildEnvironment&&) = delete;
    BuildEnvironment& operator=(BuildEnvironment&&) = delete;
    virtual ~BuildEnvironment() = default;
    [[nodiscard]] virtual const distribution::BuildRoot& buildRoot() const = 0;
};

class Distribution {
  public:
    Distribution() = default;
    Distribution(const Distribution&) = delete;
    Distribution& operator=(const Distribution&) = delete;
    Distribution(Distribution&&) = delete;
    Distribution& operator=(Distribution&&) = delete;
    virtual ~Distribution() = default;
    /// What a package for it is named after; the kernel is empty when only acquire() can tell it.
    [[nodiscard]] virtual precompile::PackageIdentity identity() const = 0;
    /// Needs a private mount namespace.
    [[nodiscard]] virtual std::unique_ptr<BuildEnvironment>
    acquire(host::SignalSet& stop) const = 0;
};

/// The one that the options name; a mirror is asked only which release "current" is. Throws
/// host::Error(Fault::Usage) that lists every option which is missing for that.
std::unique_ptr<Distribution> chooseDistribution(const Options& options, host::SignalSet& stop);

} // namespace driverctl
