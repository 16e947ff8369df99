/// Golden files: what a report said when somebody last looked at it.
///
/// golden/NAME.txt and golden/NAME.json; NAME begins with the schema's name in docs/schemas, by
/// which tests/system/test_schemas.py checks the JSON. With DRIVERCTL_RENEW_GOLDEN=1 in the
/// environment a file that differs is written anew, and the test fails all the same: look at the
/// difference (git diff), then run it again without.
#pragma once

#include "driverctl/report/print.h"
#include "host/base/file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace tests {

inline void expectGolden(const std::string& name, const std::string& said) {
    const auto file =
        std::filesystem::path(DRIVERCTL_SOURCE_DIR) / "tests/unit/driverctl/report/golden" / name;
    const std::string golden = host::readFileIfExists(file).value_or("");
    if (golden != said && std::getenv("DRIVERCTL_RENEW_GOLDEN") != nullptr) {
        std::ofstream(file, std::ios::binary) << said;
        FAIL() << file << " was written anew: look at the difference, then run the test again";
    }
    EXPECT_EQ(golden, said) << file << ", see tests/unit/driverctl/report/golden.h";
}

/// Both forms of a report.
template <typename Report>
void expectGoldenReport(const std::string& name, const Report& report) {
    expectGolden(name + ".txt", toText(report));
    expectGolden(name + ".json", driverctl::documentOf(toJson(report)));
}

} // namespace tests
