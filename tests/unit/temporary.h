/// A directory for one test, and short ways to fill it.
#pragma once

#include "host/base/file.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tests {

class Directory {
  public:
    /// Writes a file, its directories included; returns its path.
    std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const {
        const auto file = path() / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
        return file;
    }
    [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

  private:
    host::TempDir directory_{std::filesystem::temp_directory_path(), "driverctl-test-"};
};

} // namespace tests
