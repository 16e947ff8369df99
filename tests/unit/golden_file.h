/// Golden files: what somebody said was right when he last looked at it.
///
/// With DRIVERCTL_RENEW_GOLDEN=1 in the environment a file that differs is written anew, and the
/// test fails all the same: look at the difference (git diff), then run it again without. The
/// longest name of a schema in docs/schemas that a JSON file's name begins with is its schema
/// (tests/system/test_schemas.py).
#pragma once

#include "host/base/file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace tests {

/// `name` is the file's, from the project's root.
inline void expectGoldenFile(const std::filesystem::path& name, const std::string& said) {
    const auto file = std::filesystem::path(DRIVERCTL_SOURCE_DIR) / name;
    const std::string golden = host::readFileIfExists(file).value_or("");
    if (golden != said && std::getenv("DRIVERCTL_RENEW_GOLDEN") != nullptr) {
        std::ofstream(file, std::ios::binary) << said;
        FAIL() << file << " was written anew: look at the difference, then run the test again";
    }
    EXPECT_EQ(golden, said) << file << ", see tests/unit/golden_file.h";
}

} // namespace tests
