/// What was found out about a node: one sentence and one remedy each.
#pragma once

#include <string>
#include <vector>

namespace loader {

enum class Severity {
    Good,
    Warning, ///< works, but not as somebody may expect
    Problem, ///< the driver cannot be loaded
};

struct Finding {
    Severity severity = Severity::Good;
    std::string topic; ///< "gpu", "kernel", "modules", …
    std::string text;
    std::string remedy = {};
};

using Findings = std::vector<Finding>;

/// Throws host::Error(Fault::NotLoadable) with every problem among the findings.
void requireNoProblem(const Findings& findings);

} // namespace loader
