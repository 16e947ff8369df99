#include "toolkit/runtimes/daemon.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/memory_file.h"
#include "host/base/rooted.h"
#include "host/base/text.h"
#include "host/process/process.h"
#include "host/process/search_path.h"

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <vector>

namespace toolkit::runtimes {

namespace fs = std::filesystem;

namespace {

constexpr auto kPatience = std::chrono::seconds(20);
constexpr Version kFirstDockerdThatValidates{23, 0};

struct Answer {
    bool success = false;
    std::string output; ///< of stdout
    std::string words;  ///< of stderr
};

std::vector<std::string> programDirectories() {
    const char* const path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): never set
    auto directories =
        host::split(fmt::format("{}:{}", path != nullptr ? path : "", host::kSearchPath), ':');
    std::erase_if(directories,
                  [](const std::string& directory) { return !directory.starts_with('/'); });
    return directories;
}

/// Nothing from what cannot be started, or takes too long.
std::optional<Answer> ask(const fs::path& root, std::vector<std::string> argv) {
    const auto path = fmt::format("PATH={}", fmt::join(programDirectories(), ":"));
    Answer answer;
    const auto output = host::memoryFile("answer");
    try {
        host::Process process({.argv = std::move(argv),
                               .environment = std::vector{path},
                               .root = root == "/" ? fs::path{} : root,
                               .output = output.get(),
                               .onLine = [&answer](std::string_view line) {
                                   answer.words += line;
                                   answer.words += '\n';
                               }});
        const auto status = process.waitFor(kPatience);
        if (!status) {
            return std::nullopt;
        }
        answer.success = status->success();
    } catch (const host::Error&) {
        return std::nullopt;
    }
    ::lseek(output.get(), 0, SEEK_SET);
    answer.output = host::readWhole(output, "a daemon's answer");
    return answer;
}

/// containerd writes lines of its log before the one that counts.
std::string lastLine(const std::string& words) {
    return host::split(host::trimmed(words), '\n').back();
}

} // namespace

std::optional<DaemonProgram> DaemonProgram::find(std::string_view name, const fs::path& root) {
    const host::Rooted rooted(root);
    for (const auto& directory : programDirectories()) {
        const auto file = fs::path(directory) / name;
        const auto found = rooted.openIfThere(file, O_PATH);
        if (found && ::faccessat(found.get(), "", X_OK, AT_EMPTY_PATH) == 0) {
            return DaemonProgram(file, root);
        }
    }
    return std::nullopt;
}

fs::path DaemonProgram::pathOf(const host::Fd& file) const {
    std::error_code none; // the process has another number there than in a container
    const auto process = fs::read_symlink(onHost("/proc/self"), none);
    return process.empty() ? fs::path() : "/proc" / process / "fd" / std::to_string(file.get());
}

std::optional<Version> DaemonProgram::version() const {
    const auto answer = ask(root_, {file_.string(), "--version"});
    return answer && answer->success ? host::versionInAnswer(answer->output) : std::nullopt;
}

std::optional<Verdict> DaemonProgram::judge(const fs::path& configuration) const {
    return verdictOn(host::Rooted(root_).exists(configuration) ? configuration : "/dev/null");
}

std::optional<Verdict> DaemonProgram::judge(const host::Fd& configuration) const {
    const auto path = pathOf(configuration);
    return path.empty() ? std::nullopt : verdictOn(path);
}

std::optional<Verdict> DaemonProgram::verdictOn(const fs::path& file) const {
    const bool docker = file_.filename() == "dockerd";
    if (!docker && file_.filename() != "containerd") {
        return std::nullopt;
    }
    if (docker && version().value_or(Version{}) < kFirstDockerdThatValidates) {
        return std::nullopt;
    }
    const auto answer =
        docker ? ask(root_, {file_.string(), "--validate", "--config-file", file.string()})
               : ask(root_, {file_.string(), "--config", file.string(), "config", "dump"});
    if (!answer) {
        return std::nullopt;
    }
    if (!answer->success) {
        const auto words = lastLine(answer->words);
        return Verdict{.refusal = words.empty() ? "it fails and does not say why" : words};
    }
    return Verdict{.effective = docker ? "" : answer->output};
}

} // namespace toolkit::runtimes
