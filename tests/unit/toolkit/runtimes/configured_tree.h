/// A node's files in a directory, and what configuring them makes of them.
#pragma once

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"
#include "toolkit/runtimes/configure.h"

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>

namespace tests {

class ConfiguredTree {
  public:
    using Files = std::map<std::string, std::string>;

    ConfiguredTree() = default;
    explicit ConfiguredTree(const Files& files) {
        for (const auto& [path, text] : files) {
            tree_.write(std::filesystem::path(path).relative_path(), text);
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
        tree_.write(path.relative_path(), text);
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
    Directory tree_;
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
