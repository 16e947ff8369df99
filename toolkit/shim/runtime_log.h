/// Where the shim says what an engine, a user and an administrator shall hear: standard error, the
/// runtime's own log, which engines read, and the log of config.toml.
///
/// Each line is whole in one write. What cannot be written is lost: that is no reason to keep a
/// container from starting.
#pragma once

#include "host/base/fd.h"
#include "toolkit/shim/command_line.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace toolkit {

enum class LogLevel { Error, Warning, Info, Debug };

/// As logrus, NVIDIA's and the runtimes' logger, names them; what it does not know is info.
LogLevel logLevelOf(std::string_view word);

/// One line with its newline: JSON, or text of the same form as runc's.
std::string logLine(LogLevel level, std::string_view message, std::int64_t time, bool asJson);

class RuntimeLog {
  public:
    explicit RuntimeLog(const RuntimeCall& call) : call_(call) {}

    /// Appended to, from `level` on; its directory is made. Says a warning where it cannot be
    /// opened.
    void open(const std::filesystem::path& file, LogLevel level);

    /// Errors and warnings go everywhere, the rest into the file of open(). Of one line.
    void say(LogLevel level, std::string_view message);

  private:
    const RuntimeCall& call_;
    host::Fd file_;
    LogLevel level_ = LogLevel::Info;
};

} // namespace toolkit
