/// The packages of `driverctl matrix`: which there are, which part of them a machine builds, in
/// which order they start, and what came of them. Values and pure functions.
#pragma once

#include "host/base/error.h"
#include "precompile/package/flavour.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

/// One package; its kernel is the release's.
struct Cell {
    std::string release;
    std::string channel; ///< where the release's files are
    std::string driver;
    Flavour flavour = Flavour::Proprietary;
    bool operator==(const Cell&) const = default;
    /// "driver 535.261.03 (open) for release 4593.2.5".
    [[nodiscard]] std::string describe() const;
};

/// By release, driver (as numbers) and flavour; each cell once.
std::vector<Cell> inOrder(std::vector<Cell> cells);

struct Shard {
    unsigned index = 0; ///< from 0, as Kubernetes' JOB_COMPLETION_INDEX
    unsigned count = 1;
    /// A digest of release, driver and flavour decides: every cell is in exactly one of `count`
    /// shards, whatever else is in the matrix. Machines that do not see the same list (a channel
    /// moved on meanwhile) still neither miss a cell nor build one twice.
    [[nodiscard]] bool holds(const Cell& cell) const;
};

/// "2/5", the third of five; empty: 0/1. Throws host::Error(Fault::Usage).
Shard parseShard(const std::string& text);

/// Index of the cell in `waiting` (which is not empty) to start next: the first of a release that
/// no running cell is of, so that the second one finds what the first one fetched and tested; else
/// the first.
std::size_t chooseNext(const std::vector<Cell>& waiting, const std::vector<Cell>& running);

/// Threads for a cell that starts: all of them divided by the cells that will run beside it,
/// rounded up.
unsigned threadsFor(unsigned threads, unsigned jobs, std::size_t unfinished);

enum class CellState {
    Build,       ///< is to be built (--plan)
    Fetch,       ///< is to be fetched: a package source has it (--plan)
    Unavailable, ///< no mirror has the release (--plan)
    Missing,     ///< nobody has it, and it may not be built
    Refused,     ///< is known not to compile
    Cached,      ///< the store has a good package
    Fetched,
    Built,
    Failed,
    Skipped, ///< not started, or stopped by a signal
};
std::string_view toString(CellState state);

struct CellResult {
    Cell cell;
    CellState state = CellState::Build;
    std::string kernel = {};            ///< as the package's manifest says; empty without one
    std::filesystem::path package = {}; ///< Cached, Fetched and Built
    std::string reason = {};            ///< why
    std::string remedy = {};            ///< of Failed, Missing, Refused and Skipped
    bool unverified = false;            ///< Failed because a signature or a digest did not match
    double seconds = 0;                 ///< that the child ran
    std::filesystem::path log = {};     ///< the child's; empty: none was started
};

bool isGood(const CellResult& result);

/// The row of a channel whose current release is not to be had: Failed, with a channel and neither
/// release nor driver.
CellResult deadChannel(const std::string& channel, const host::Error& error);

} // namespace precompile
