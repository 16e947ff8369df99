/// Which packages a matrix has, and the state of each before anything is built.
///
/// Errors are host::Error, with Fault::Usage for what cannot be meant.
#pragma once

#include "distribution/distribution.h"
#include "host/base/observer.h"
#include "precompile/matrix/cells.h"
#include "precompile/matrix/matrix_settings.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/driver_settings.h"
#include "precompile/package/store.h"

#include <string>
#include <vector>

namespace precompile {

class Matrix {
  public:
    /// Of `target` counts the board, and the channel for releases that are named as its current
    /// one; of `driver` the source directory and the tag.
    Matrix(distribution::Distributions known, MatrixSettings settings,
           distribution::TargetSettings target, DriverSettings driver);

    struct Wanted {
        std::vector<Cell> cells = {}; ///< in order, of this shard
        /// The channels whose current release is not to be had: with keepGoing each is a failed
        /// row, in every shard, for none knows which cells are missing.
        std::vector<CellResult> deadChannels = {};
    };
    /// The sources of each cell are complete. Channels are asked for their current release.
    [[nodiscard]] Wanted wanted(host::SignalSet& stop, const host::Observer& observer) const;

    /// The release that a cell is for, and what its package is named after; the kernel is open.
    [[nodiscard]] distribution::TargetSettings releaseOf(const Cell& cell) const;
    [[nodiscard]] PackageIdentity identityOf(const Cell& cell) const;

    /// Cached, or Build with the reason. `whyAnew` says why a package that is there does not count;
    /// empty: it may.
    [[nodiscard]] CellResult assess(const Cell& cell, const Store& store,
                                    const Acceptance& acceptance, const std::string& whyAnew,
                                    const host::Observer& observer) const;

    /// What is to be built by programs of another machine becomes Refused.
    void findForeign(std::vector<CellResult>& results) const;

    /// What is to be built and is known not to compile becomes Refused. What is known besides is
    /// added to the reason. `mayPatch`: carried patches are used.
    void findKnownBreaks(std::vector<CellResult>& results, bool mayPatch, host::SignalSet& stop,
                         const host::Observer& observer) const;

    /// What is to be built of a release that is not there becomes Unavailable.
    void findUnavailable(std::vector<CellResult>& results, host::SignalSet& stop,
                         const host::Observer& observer) const;

  private:
    [[nodiscard]] std::vector<distribution::TargetSettings> names() const;
    [[nodiscard]] std::vector<distribution::TargetSettings>
    releases(Wanted& wanted, host::SignalSet& stop, const host::Observer& observer) const;
    [[nodiscard]] std::vector<std::string> drivers() const;
    [[nodiscard]] std::vector<Flavour> flavoursOf(const std::string& driver) const;

    distribution::Distributions known_;
    MatrixSettings settings_;
    distribution::TargetSettings target_;
    DriverSettings driver_;
};

} // namespace precompile
