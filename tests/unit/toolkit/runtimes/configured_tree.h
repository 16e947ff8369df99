/// A node's files in a directory, and what configuring them makes of them.
#pragma once

#include "host/base/error.h"
#include "host/base/file.h"
#include "toolkit/runtimes/configure.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>

namespace tests {

class ConfiguredTree {
  public:
    using Files = std::map<std::string, std::string>;

    ConfiguredTree() = default;
    explicit ConfiguredTree(const Files& files) {
        for (const auto& [path, text] : files) {
            write(path, text);
        }
    }

    [[nodiscard]] toolkit::runtimes::ConfigFiles files() const {
        return toolkit::runtimes::ConfigFiles(tree_.path());
    }
    [[nodiscard]] std::filesystem::path onHost(const std::filesystem::path& path) const {
        return files().onHost(path);
    }
    [[nodiscard]] std::string read(const std::filesystem::path& path) const {
        return files().read(path).value_or("(no such file)");
    }
    void write(const std::filesystem::path& path, const std::string& text) const {
        const auto file = onHost(path);
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
    }
    /// All of them, and directories with a slash behind them.
    [[nodiscard]] Files all() const {
        Files all;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(tree_.path())) {
            const auto name = "/" + entry.path().lexically_relative(tree_.path()).string();
            entry.is_directory() ? all[name + "/"] = "" : all[name] = host::readFile(entry.path());
        }
        return all;
    }

  private:
    /// In memory, where syncing costs nothing.
    static std::filesystem::path parent() {
        const std::filesystem::path memory = "/dev/shm";
        return ::access(memory.c_str(), W_OK) == 0 ? memory
                                                   : std::filesystem::temp_directory_path();
    }

    host::TempDir tree_{parent(), "driverctl-test-"};
};

/// The error of something that is refused as wrong usage; empty when it is not refused.
template <typename Body>
std::string refusalOf(const Body& body) {
    try {
        body();
    } catch (const host::Error& error) {
        return error.fault() == host::Fault::Usage ? error.what()
                                                   : std::string("no usage: ") + error.what();
    }
    return "";
}

} // namespace tests
