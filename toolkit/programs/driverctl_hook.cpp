/// driverctl-hook: the program that container runtimes start as an OCI hook. Statically linked, so
/// that it runs in any mount namespace and on any host.
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/printable.h"
#include "toolkit/bundle/sentence.h"
#include "toolkit/edits/hook_name.h"
#include "toolkit/hooks/hook.h"

#include <csignal>
#include <cstdio>
#include <exception>
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

/// One line.
void say(const char* level, const std::string& sentence) {
    std::fprintf(stderr, "%s: %s: %s.\n", toolkit::kHookName, level, sentence.c_str());
}

/// What a process gets from the one that starts it, whatever that was.
void leaveHabitsOfTheRuntime() {
    constexpr unsigned kWritableByOwner = 022;
    ::umask(kWritableByOwner);
    ::signal(SIGCHLD, SIG_DFL); // else nobody learns how ldconfig ended
    ::signal(SIGPIPE, SIG_IGN); // a warning that nobody reads is no reason to fail
}

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> variables;
    for (char** variable = ::environ; *variable != nullptr; ++variable) {
        const std::string text = *variable;
        const auto equals = text.find('=');
        variables.emplace(text.substr(0, equals),
                          equals == std::string::npos ? "" : text.substr(equals + 1));
    }
    return variables;
}

host::Observer observer() {
    return {
        .warn = [](const std::string& text) { say("warning", host::printable(text)); },
        .forgive = [](const host::Error& error) { say("warning", toolkit::sentenceOf(error)); },
    };
}

int run(const std::string& program, const std::vector<std::string>& words) {
    if (words.size() == 1 && words.front() == "--help") {
        printHelp();
        return 0;
    }
    if (words.size() == 1 && words.front() == "--version") {
        std::printf("%s %s\n", toolkit::kHookName, DRIVERCTL_VERSION);
        return 0;
    }
    const auto call = toolkit::isNvidiasHook(program) ? toolkit::parseNvidiasCall(words)
                                                      : toolkit::parseHookCall(words);
    if (call) {
        toolkit::runHook(*call, {.environment = environment()}, observer());
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        host::openStandardDescriptors();
        leaveHabitsOfTheRuntime();
        const std::vector<std::string> words(argv, argv + argc);
        if (words.empty()) {
            return kWrongUsage; // who starts it so will not read why
        }
        return run(std::filesystem::path(words.front()).filename(),
                   {words.begin() + 1, words.end()});
    } catch (const host::Error& error) {
        say("error", toolkit::sentenceOf(error));
        return error.fault() == host::Fault::Usage ? kWrongUsage : kFailed;
    } catch (const std::exception& error) {
        say("error", host::printable(error.what()));
        return kFailed;
    }
}
