/// What is wrong with a CDI specification, in words.
///
/// As strict as the strictest reader: readers decode a file with unknown fields refused, and drop
/// all of it for one mistake. Pure; a document may be any JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace toolkit::cdi {

struct Problem {
    std::string place; ///< "devices[0].name"; empty: the whole document
    std::string text;  ///< "device name ends with a letter or digit"
};

std::string toString(const Problem& problem); ///< "devices[0].name: device name ends with …"

/// All that is wrong; empty is good.
std::vector<Problem> validate(const nlohmann::json& specification);

} // namespace toolkit::cdi
