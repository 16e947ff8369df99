/// driverctl-hook: the program that container runtimes start as an OCI hook. Statically linked, so
/// that it runs in any mount namespace and on any host.
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/printable.h"
#include "host/process/environment.h"
#include "toolkit/bundle/sentence.h"
#include "toolkit/edits/hook_name.h"
#include "toolkit/hooks/hook.h"
#include "toolkit/shim/runtime_log.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

void printHelp() {
    std::printf("Changes a container that is being made so that it can use NVIDIA's driver.\n\n"
                "usage: %s HOOK [OPTIONS] <STATE\n\n"
                "STATE is the container's, as OCI runtimes give it to hooks.\n",
                toolkit::kHookName);
    for (const toolkit::Hook& hook : toolkit::hooks()) {
        std::printf("\n%s: %s%s\n", std::string(hook.name).c_str(),
                    std::string(hook.summary).c_str(),
                    hook.need == toolkit::Hook::Need::Nice ? "; a failure is a warning" : "");
        for (const auto& option : hook.options) {
            std::printf("  %s %s\n", std::string(option.name).c_str(),
                        std::string(option.value).c_str());
        }
    }
}

/// What runtimes and an administrator shall hear: on standard error, and in the log of config.toml
/// once there is one. What cannot be written is lost.
class Log {
  public:
    void open(const std::filesystem::path& file) {
        constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
        constexpr mode_t kMode = 0644;
        file_ = host::Fd(::open(file.c_str(), kFlags, kMode));
        if (!file_) {
            warn(host::SystemError("write the log", file.string(), errno).what());
        }
    }
    void warn(const std::string& sentence) const {
        say(toolkit::LogLevel::Warning, "warning", sentence);
    }
    void fail(const std::string& sentence) const {
        say(toolkit::LogLevel::Error, "error", sentence);
    }

  private:
    /// One line.
    void say(toolkit::LogLevel level, const char* word, const std::string& sentence) const {
        std::fprintf(stderr, "%s: %s: %s.\n", toolkit::kHookName, word, sentence.c_str());
        const auto line = toolkit::logLine(level, sentence, std::time(nullptr), false);
        static_cast<void>(::write(file_.get(), line.data(), line.size()) < 0);
    }

    host::Fd file_;
};

/// What a process gets from the one that starts it, whatever that was.
void leaveHabitsOfTheRuntime() {
    constexpr unsigned kWritableByOwner = 022;
    ::umask(kWritableByOwner);
    ::signal(SIGCHLD, SIG_DFL); // else nobody learns how ldconfig ended
    ::signal(SIGPIPE, SIG_IGN); // a warning that nobody reads is no reason to fail
}

int run(const std::string& program, const std::vector<std::string>& words,
        const std::map<std::string, std::string>& environment, Log& log) {
    if (words.size() == 1 && words.front() == "--help") {
        printHelp();
        return 0;
    }
    if (words.size() == 1 && words.front() == "--version") {
        std::printf("%s %s\n", toolkit::kHookName, DRIVERCTL_VERSION);
        return 0;
    }
    // Sarus' files name a configuration first, whatever the program is called.
    const bool isNvidias =
        toolkit::isNvidiasHook(program) || (!words.empty() && words.front().starts_with('-'));
    const auto call = isNvidias ? toolkit::parseNvidiasCall(words) : toolkit::parseHookCall(words);
    if (call) {
        toolkit::runHook(
            *call,
            {.environment = environment,
             .openLog = [&log](const std::filesystem::path& file) { log.open(file); }},
            {.warn = [&log](const std::string& text) { log.warn(host::printable(text)); },
             .forgive =
                 [&log](const host::Error& error) { log.warn(toolkit::sentenceOf(error)); }});
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    Log log;
    try {
        host::openStandardDescriptors();
        leaveHabitsOfTheRuntime();
        // It may be the image's: what knows nothing of that, such as the C library, gets none.
        const auto environment = host::environmentOf(::environ);
        ::clearenv();
        const std::vector<std::string> words(argv, argv + argc);
        if (words.empty()) {
            return kWrongUsage; // who starts it so will not read why
        }
        return run(std::filesystem::path(words.front()).filename(),
                   {words.begin() + 1, words.end()}, environment, log);
    } catch (const host::Error& error) {
        log.fail(toolkit::sentenceOf(error));
        return error.fault() == host::Fault::Usage ? kWrongUsage : kFailed;
    } catch (const std::exception& error) {
        log.fail(host::printable(error.what()));
        return kFailed;
    }
}
