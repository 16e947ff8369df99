/// driverctl-hook: the program that container runtimes start as an OCI hook. Statically linked, so
/// that it runs in any mount namespace and on any host.
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/printable.h"
#include "toolkit/edits/hook_name.h"
#include "toolkit/hooks/hook.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <sys/stat.h>
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

void say(const char* level, const std::string& text, const std::string& remedy = {}) {
    const std::string line = remedy.empty() ? text : text + ". " + remedy;
    std::fprintf(stderr, "%s: %s: %s.\n", toolkit::kHookName, level, host::printable(line).c_str());
}

/// What a process gets from the one that starts it, whatever that was.
void leaveHabitsOfTheRuntime() {
    constexpr unsigned kWritableByOwner = 022;
    ::umask(kWritableByOwner);
    ::signal(SIGCHLD, SIG_DFL); // else nobody learns how ldconfig ended
    ::signal(SIGPIPE, SIG_IGN); // a warning that nobody reads is no reason to fail
}

int run(const std::vector<std::string>& words) {
    if (words.size() == 1 && words.front() == "--help") {
        printHelp();
        return 0;
    }
    if (words.size() == 1 && words.front() == "--version") {
        std::printf("%s %s\n", toolkit::kHookName, DRIVERCTL_VERSION);
        return 0;
    }
    const host::Observer observer{
        .warn = [](const std::string& text) { say("warning", text); },
        .forgive = [](const host::Error& error) { say("warning", error.what(), error.remedy()); },
    };
    toolkit::runHook(toolkit::parseHookCall(words), 0, observer);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        host::openStandardDescriptors();
        leaveHabitsOfTheRuntime();
        return run(std::vector<std::string>(argv + 1, argv + argc));
    } catch (const host::Error& error) {
        say("error", error.what(), error.remedy());
        return error.fault() == host::Fault::Usage ? kWrongUsage : kFailed;
    } catch (const std::exception& error) {
        say("error", error.what());
        return kFailed;
    }
}
