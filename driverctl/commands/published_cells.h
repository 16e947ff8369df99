/// What package sources have of a matrix: of each row that is to be built, and is not there.
///
/// A source that is dead, or lacks the package, is a warning, and the next is asked. A package that
/// is not what it ought to be makes its row fail: built instead, nobody would look at the source.
#pragma once

#include "driverctl/cli/settings.h"
#include "precompile/matrix/matrix.h"

#include <vector>

namespace host {
class SignalSet;
}

namespace driverctl {

enum class Published {
    Say,  ///< the row becomes Fetch
    Take, ///< into the store; it becomes Fetched, where what came is acceptable
};

/// Without no-build the others are built; with it they are Missing, or Failed where a source that
/// could not be asked may have them.
void findPublished(std::vector<precompile::CellResult>& results, Published what,
                   const precompile::Matrix& matrix, const precompile::Acceptance& acceptance,
                   const Settings& settings, host::SignalSet& signals);

} // namespace driverctl
