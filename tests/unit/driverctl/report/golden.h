/// Golden files of reports: golden/NAME.txt and golden/NAME.json (tests/unit/golden_file.h).
#pragma once

#include "driverctl/report/print.h"
#include "tests/unit/golden_file.h"

#include <string>

namespace tests {

inline void expectGolden(const std::string& name, const std::string& said) {
    expectGoldenFile("tests/unit/driverctl/report/golden/" + name, said);
}

/// Both forms of a report.
template <typename Report>
void expectGoldenReport(const std::string& name, const Report& report) {
    expectGolden(name + ".txt", toText(report));
    expectGolden(name + ".json", driverctl::documentOf(toJson(report)));
}

} // namespace tests
