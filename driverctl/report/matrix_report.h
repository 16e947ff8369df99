/// What `driverctl matrix` says: a row for each package.
#pragma once

#include "precompile/matrix/cells.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct MatrixReport {
    std::vector<precompile::CellResult> results;

    [[nodiscard]] bool good() const;
};

/// docs/schemas/matrix.schema.json
nlohmann::ordered_json toJson(const MatrixReport& report);
/// One line a cell under a heading, and a last line that counts.
std::string toText(const MatrixReport& report);

} // namespace driverctl
