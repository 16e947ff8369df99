/// An operating system as the product sees it: which machines are its, how its releases are named,
/// and a root in which modules for one of them are compiled.
///
/// A Distribution holds how it is configured and costs nothing. What may take long is given the
/// signals that end it and tells an Observer what it does. Another operating system is one more
/// class, and one more entry in the list that Distributions is made of.
///
/// Errors are host::Error, with Fault::Usage for a name that is none.
#pragma once

#include "distribution/build_root.h"
#include "distribution/machine.h"
#include "distribution/target.h"
#include "distribution/target_settings.h"
#include "host/base/observer.h"

#include <memory>
#include <optional>
#include <vector>

namespace host {
class SignalSet;
}

namespace distribution {

/// A build root, and what keeps it there: mounts, in the caller's private mount namespace, which
/// end with the object.
class BuildEnvironment {
  public:
    BuildEnvironment() = default;
    BuildEnvironment(const BuildEnvironment&) = delete;
    BuildEnvironment& operator=(const BuildEnvironment&) = delete;
    BuildEnvironment(BuildEnvironment&&) = delete;
    BuildEnvironment& operator=(BuildEnvironment&&) = delete;
    virtual ~BuildEnvironment() = default;
    [[nodiscard]] virtual const BuildRoot& buildRoot() const = 0;
};

/// What is said to be in a release. A hint: nothing that is built rests on it.
struct ReleaseContents {
    std::string kernel = {};   ///< as uname -r prints it; empty: not known
    std::string compiler = {}; ///< name and version, "gcc-14.3.0"; empty: not known
};

class Distribution {
  public:
    Distribution() = default;
    Distribution(const Distribution&) = delete;
    Distribution& operator=(const Distribution&) = delete;
    Distribution(Distribution&&) = delete;
    Distribution& operator=(Distribution&&) = delete;
    virtual ~Distribution() = default;

    /// What the machine is, with its running kernel; nothing when it is none of this distribution.
    [[nodiscard]] virtual std::optional<Target> detect(const Machine& machine) const = 0;

    /// `given` with what is open in it and follows from the rest or is the machine's. The kernel is
    /// left alone.
    [[nodiscard]] virtual TargetSettings complete(TargetSettings given,
                                                  const Machine& /*machine*/) const {
        return given;
    }

    /// Whether a release of this distribution is meant, by the form of the names alone.
    [[nodiscard]] virtual bool claims(const TargetSettings& wanted) const = 0;

    /// The whole name of a release, or of what is its current one. Nobody is asked for it. Throws
    /// host::Error(Fault::Usage) that lists every part which is missing or malformed.
    [[nodiscard]] virtual TargetSettings fullName(TargetSettings wanted) const = 0;

    /// The release that a full name stands for: kCurrent becomes what it is now, for which a server
    /// may have to be asked.
    [[nodiscard]] virtual TargetSettings resolve(TargetSettings name, host::SignalSet& /*stop*/,
                                                 const host::Observer& /*observer*/) const {
        return name;
    }

    /// What packages for a release are named after; the kernel is empty when only acquire() can
    /// tell it.
    [[nodiscard]] virtual Target targetOf(const TargetSettings& release) const = 0;

    /// Throws host::Error when acquire() could not find the release; cheap beside it.
    virtual void requirePublished(const TargetSettings& /*release*/, host::SignalSet& /*stop*/,
                                  const host::Observer& /*observer*/) const {}

    /// What the release holds, before acquire() fetches it; cheap beside it, and never an error.
    [[nodiscard]] virtual ReleaseContents contentsOf(const TargetSettings& release,
                                                     host::SignalSet& /*stop*/,
                                                     const host::Observer& /*observer*/) const {
        return {.kernel = targetOf(release).kernel};
    }

    /// A root to compile modules for the release in. Needs a private mount namespace.
    [[nodiscard]] virtual std::unique_ptr<BuildEnvironment>
    acquire(const TargetSettings& release, host::SignalSet& stop,
            const host::Observer& observer) const = 0;
};

/// All that the program knows: those that claim less come first.
class Distributions {
  public:
    /// Not empty; the last one knows every machine.
    explicit Distributions(std::vector<std::unique_ptr<Distribution>> all);

    /// What the machine is.
    [[nodiscard]] Target detect(const Machine& machine) const;

    /// `given` with all that is open in it and can be told. The machine's kernel is that of its own
    /// release only: another one decides itself.
    [[nodiscard]] TargetSettings complete(TargetSettings given, const Machine& machine) const;

    /// The one that is meant. Names that nobody claims are the first one's, which says what is
    /// wrong with them.
    [[nodiscard]] const Distribution& of(const TargetSettings& wanted) const;

  private:
    std::vector<std::unique_ptr<Distribution>> all_;
};

} // namespace distribution
