#include "driverctl/cli/command_line.h"
#include "driverctl/cli/node.h"
#include "driverctl/report/log.h"
#include "driverctl/report/remedy.h"
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/standard_output.h"
#include "host/process/signals.h"

#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace {

using driverctl::ExitCode;

int report(const host::Error& error, int code) {
    driverctl::log(driverctl::LogLevel::Error, driverctl::tell(error),
                   {{"exit_code", code},
                    {"cause", error.what()},
                    {"remedy", driverctl::advice(error.remedy())}});
    return code;
}

void setUpLog(const driverctl::LogSettings& log) {
    driverctl::configureLog(log.format,
                            log.verbose ? driverctl::LogLevel::Debug
                            : log.quiet ? driverctl::LogLevel::Warning
                                        : driverctl::LogLevel::Info,
                            driverctl::terminalOf(environ));
}

int run(int argc, char** argv) {
    setUpLog({.format = driverctl::wantedLogFormat(argc, argv)});
    auto invocation = driverctl::parseCommandLine(argc, argv);
    if (!invocation) {
        return static_cast<int>(ExitCode::Done);
    }
    setUpLog(invocation->config.options.log);
    driverctl::adviseFor(invocation->command);
    for (const std::string& warning : driverctl::unknownVariables(environ)) {
        driverctl::logWarning(warning + ".");
    }
    if (invocation->printConfig) {
        driverctl::applyNode(invocation->config);
        driverctl::applyDriver(invocation->config);
        std::cout << driverctl::printConfig(invocation->config);
        return static_cast<int>(ExitCode::Done);
    }
    return static_cast<int>(
        driverctl::run(*invocation->command, std::move(invocation->config), invocation->arguments));
}

} // namespace

int main(int argc, char** argv) {
    ::signal(SIGCHLD, SIG_DFL); // else nobody learns how children end, whoever started us so
    try {
        host::StandardOutput output(STDOUT_FILENO, host::openStandardDescriptors());
        const int code = run(argc, argv);
        output.finish();
        return code;
    } catch (const host::Interrupted& signal) {
        return report(host::Error(signal.what()),
                      static_cast<int>(ExitCode::Signal) + signal.number());
    } catch (const host::Error& error) {
        return report(error, static_cast<int>(driverctl::exitCodeOf(error.fault())));
    } catch (const std::filesystem::filesystem_error& error) {
        return report(
            host::Error(error.what(), "Look at that path, its permissions and its space."),
            static_cast<int>(ExitCode::Failed));
    } catch (const std::exception& error) {
        return report(host::Error(std::string("internal error: ") + error.what(),
                                  "Report it with the command line and this message."),
                      static_cast<int>(ExitCode::Failed));
    }
}
