/// What `driverctl plan` says: what init would do now, and why.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace driverctl {

struct PlanReport {
    std::string driver;
    std::string flavour;
    std::string kernel;
    std::string package; ///< where it is; empty: nobody has it
    std::string action;  ///< loader::Action as a word
    int exitCode = 0;    ///< that init would end with
    std::vector<std::string> reasons;
    std::vector<std::string> remedies; ///< as advice() says them
    struct Step {
        std::string name;
        std::string undoneBy; ///< empty: by nothing
    };
    std::optional<std::vector<Step>> steps; ///< that init would take, where they are asked for
};

/// docs/schemas/plan.schema.json
nlohmann::ordered_json toJson(const PlanReport& report);
std::string toText(const PlanReport& report);

} // namespace driverctl
