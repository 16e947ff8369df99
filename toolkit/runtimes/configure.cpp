#include "toolkit/runtimes/configure.h"

#include "host/base/error.h"
#include "host/base/file_lock.h"
#include "toolkit/runtimes/change_writer.h"
#include "toolkit/runtimes/containerd.h"
#include "toolkit/runtimes/crio.h"
#include "toolkit/runtimes/docker.h"
#include "toolkit/runtimes/hook_file.h"
#include "toolkit/runtimes/places.h"
#include "toolkit/runtimes/podman.h"
#include "toolkit/runtimes/record.h"
#include "toolkit/runtimes/record_trust.h"
#include "toolkit/runtimes/removal.h"
#include "toolkit/runtimes/runtime_files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>

namespace toolkit::runtimes {

namespace fs = std::filesystem;

namespace {

Runtime runtimeOf(const Wish& wish) {
    return wish.settings.runtime.value_or(Runtime::Docker);
}

/// With what to do about the errno with which files cannot be changed.
host::Error explained(const host::SystemError& error) {
    switch (error.code()) {
    case EACCES:
        return host::Error(
            error.what(),
            "Run this as root; for a user's own runtime as that user, with {rootless}.");
    case EPERM:
        return host::Error(
            error.what(),
            "Run this as root, and take the flags i and a from the path (lsattr, chattr).");
    case EROFS:
        return host::Error(error.what(),
                           "Mount that directory writable, or name a file elsewhere.");
    case EBUSY: // a mount, that no rename replaces
        return host::Error(error.what(),
                           "Mount the directory of the file, and not the file alone.");
    default:
        return host::Error(error.what(), error.remedy());
    }
}

/// One configuration, whatever it is of.
struct Job {
    fs::path file; ///< that the record is named after
    std::string name;
    std::function<Plan()> plan;
    std::function<std::vector<fs::path>()> planned; ///< files that a plan can change
    /// Why the files may not be as these changes would leave them.
    std::function<std::optional<host::Error>(const std::vector<FileChange>&)> objection;
    DaemonCheck check = {};
    std::function<std::string(bool restart)> activation; ///< text of Outcome::activation
};

std::string activationOf(Runtime runtime, bool rootless, bool restart) {
    return runtime == Runtime::Podman
               ? ""
               : fmt::format("systemctl {}{} {}", rootless ? "--user " : "",
                             restart || runtime != Runtime::Docker ? "restart" : "reload",
                             toString(runtime));
}

Plan planOf(const Wish& wish, const ConfigFiles& files) {
    switch (runtimeOf(wish)) {
    case Runtime::Containerd:
        return planContainerd(wish, files);
    case Runtime::Crio:
        return planCrio(wish, files);
    case Runtime::Podman:
        return planPodman(wish, files);
    case Runtime::Docker:
        break;
    }
    return planDocker(wish, files);
}

void requireSense(const RuntimeSettings& settings) {
    const auto isOdd = [](unsigned char c) { return c <= ' ' || c == '/' || c == 0x7f; };
    if (settings.name.empty() || std::ranges::any_of(settings.name, isOdd)) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("'{}' is no name of a runtime", settings.name),
                          "Choose another {runtime-name}.");
    }
    if (!settings.program.is_absolute()) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{} is no absolute path: not every runtime looks for its "
                                      "programs in $PATH",
                                      settings.program.string()),
                          "Name it from / on, with {runtime-path}.");
    }
}

void refuseRootlessCrio(Runtime runtime, bool rootless) {
    if (runtime == Runtime::Crio && rootless) {
        throw host::Error(host::Fault::Usage, "CRI-O is the system's: no user has one",
                          "Leave {rootless} out.");
    }
}

Job jobOf(const Wish& wish, const ConfigFiles& files) {
    requireSense(wish.settings);
    refuseRootlessCrio(runtimeOf(wish), wish.settings.rootless);
    return {.file = recordedFile(wish),
            .name = wish.settings.name,
            .plan = [&] { return planOf(wish, files); },
            .planned = [&] { return plannedFiles(wish, files); },
            .objection =
                [&](const std::vector<FileChange>& changes) {
                    return lackOfDefault(changes, wish.settings.name, defaultRuntime(wish, files),
                                         files);
                },
            .check = wish.check,
            .activation =
                [&](bool restart) {
                    return activationOf(runtimeOf(wish), wish.settings.rootless, restart);
                }};
}

Job jobOf(const HookWish& wish, const ConfigFiles& files) {
    refuseRootlessCrio(wish.runtime, wish.rootless);
    return {.file = hookFile(wish),
            .name = "hook",
            .plan = [&] { return planHook(wish, files); },
            .planned = [&] { return std::vector{hookFile(wish)}; },
            .objection = [](const auto& /*changes*/) { return std::nullopt; },
            .activation = [](bool /*restart*/) { return std::string(); }};
}

/// Held as long as the files are read and changed.
host::FileLock lockFor(const Job& job, const ConfigFiles& files) {
    const fs::path directory = files.onHost(quietDirectory(job.file));
    host::Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) {
        host::throwErrno("open", directory.string());
    }
    return {std::move(fd), directory.string()};
}

std::optional<std::string> readRecordText(const Job& job, const ConfigFiles& files) {
    return files.read(recordOf(job.file, job.name), ConfigFiles::kLargestRecord);
}

std::optional<Record> readRecord(const Job& job, const ConfigFiles& files) {
    const auto text = readRecordText(job, files);
    return text ? std::optional(parseRecord(*text, recordOf(job.file, job.name).string()))
                : std::nullopt;
}

Outcome outcomeOf(const Plan& plan, const Job& job) {
    Outcome outcome{.replaced = plan.replaced, .warnings = plan.warnings};
    for (const FilePlan& file : plan.files) {
        if (file.before != file.after) {
            outcome.changes.push_back({file.path, file.before, file.after});
        }
    }
    if (!outcome.changes.empty()) {
        outcome.activation = job.activation(plan.needsRestart);
    }
    return outcome;
}

void askDaemon(const Plan& plan, const DaemonCheck& check) {
    for (const FilePlan& file : plan.files) {
        if (!check || !file.isJudged || file.before == file.after) {
            continue;
        }
        for (const auto& [text, when] : {std::pair(file.before.value_or(""), "as it is"),
                                         std::pair(file.after, "as it would be")}) {
            const std::string refusal = check(file.path, text);
            if (!refusal.empty()) {
                throw host::Error(host::Fault::Usage,
                                  fmt::format("{}: the daemon refuses the file {}: {}",
                                              file.path.string(), when, refusal),
                                  "Mend the file first.");
            }
        }
    }
}

/// A file as it would be without us, seen from what is there now.
std::optional<std::string> withoutUs(const FilePlan& file, const RecordedFile& known) {
    if (!file.before) {
        return std::nullopt;
    }
    host::EditedDocument document(file.format, *file.before, file.path.string(), "");
    undo(document, known.keys);
    return document.text();
}

class Configuring {
  public:
    Configuring(const Job& job, const ConfigFiles& files, ChangeWriter& writer)
        : job_(job), files_(files), writer_(writer),
          record_(readRecord(job, files)
                      .value_or(Record{.lackedDefault = job.objection({}).has_value()})) {}

    void write(const Plan& plan, const std::vector<fs::path>& directories) {
        record_.directories.insert(record_.directories.end(), directories.begin(),
                                   directories.end());
        for (const FilePlan& file : plan.files) {
            note(file);
        }
        const fs::path path = recordOf(job_.file, job_.name);
        writer_.write({path, readRecordText(job_, files_), toText(record_)});
        for (const FilePlan& file : plan.files) {
            if (file.before != file.after) {
                writer_.write({file.path, file.before, file.after});
            }
        }
    }

  private:
    /// In the record, with a copy of the file as it was before the first of us.
    void note(const FilePlan& file) {
        const RecordedFile* const known = record_.find(file.path);
        if (file.before == file.after && known == nullptr) {
            return;
        }
        RecordedFile noted{
            .path = file.path,
            .format = file.format,
            .hasBackup = file.before.has_value(),
            .after = file.after,
            .keys = joined(known == nullptr ? std::vector<KeyChange>{} : known->keys, file.keys)};
        if (known != nullptr && file.before == known->after) {
            noted.hasBackup = known->hasBackup;
        } else {
            backUp(file, known == nullptr ? file.before : withoutUs(file, *known));
        }
        std::erase_if(record_.files, [&](const auto& old) { return old.path == file.path; });
        record_.files.push_back(std::move(noted));
    }

    void backUp(const FilePlan& file, const std::optional<std::string>& text) {
        const fs::path path = backupOf(file.path, job_.name);
        const auto old = files_.read(path);
        if (text && old != text) {
            writer_.write({path, old, text}, file.path);
        }
    }

    const Job& job_;
    const ConfigFiles& files_;
    ChangeWriter& writer_;
    Record record_;
};

Outcome configure(const Job& job, const ConfigFiles& files, Mode mode) {
    Plan plan = job.plan();
    Outcome outcome = outcomeOf(plan, job);
    if (outcome.changes.empty()) {
        return outcome;
    }
    if (mode == Mode::DryRun) {
        askDaemon(plan, job.check);
        return outcome;
    }
    std::vector<fs::path> paths = {recordOf(job.file, job.name)};
    for (const FileChange& change : outcome.changes) {
        paths.push_back(change.path);
        paths.push_back(backupOf(change.path, job.name));
    }
    ChangeWriter writer(files);
    const auto directories = writer.missingDirectories(paths);
    writer.makeDirectories(directories);
    const auto lock = lockFor(job, files);
    plan = job.plan(); // somebody else may have come first
    askDaemon(plan, job.check);
    outcome = outcomeOf(plan, job);
    if (!outcome.changes.empty()) {
        Configuring(job, files, writer).write(plan, directories);
    }
    writer.done();
    return outcome;
}

Outcome remove(const Job& job, const ConfigFiles& files, Mode mode) {
    if (!readRecord(job, files)) {
        return {};
    }
    const auto lock = lockFor(job, files);
    const auto record = readRecord(job, files);
    if (!record) { // somebody else came first
        return {};
    }
    requireTrusted(*record, recordOf(job.file, job.name), job.name, job.planned(), files);
    const Removal removal = planRemoval(*record, job.name, files);
    if (const auto objection = job.objection(removal.changes);
        objection && !record->lackedDefault) {
        throw host::Error(*objection);
    }
    Outcome outcome{.changes = removal.changes, .warnings = removal.warnings};
    if (!outcome.changes.empty()) {
        outcome.activation = job.activation(false);
    }
    if (mode == Mode::DryRun) {
        return outcome;
    }
    ChangeWriter writer(files);
    for (const FileChange& change : outcome.changes) {
        writer.write(change);
    }
    for (const RecordedFile& file : record->files) {
        if (std::ranges::find(removal.kept, file.path) != removal.kept.end()) {
            continue;
        }
        const fs::path backup = backupOf(file.path, job.name);
        writer.write({backup, files.read(backup), std::nullopt});
    }
    const fs::path path = recordOf(job.file, job.name);
    writer.write({path, readRecordText(job, files), std::nullopt});
    writer.done();
    writer.removeDirectories(record->directories);
    return outcome;
}

Outcome withRemedy(const std::function<Outcome()>& body) {
    try {
        return body();
    } catch (const host::SystemError& error) {
        throw host::Error(explained(error));
    }
}

} // namespace

Outcome configure(const Wish& wish, const ConfigFiles& files, Mode mode) {
    return withRemedy([&] { return configure(jobOf(wish, files), files, mode); });
}

Outcome configureHook(const HookWish& wish, const ConfigFiles& files, Mode mode) {
    return withRemedy([&] { return configure(jobOf(wish, files), files, mode); });
}

Outcome remove(const Wish& wish, const ConfigFiles& files, Mode mode) {
    return withRemedy([&] { return remove(jobOf(wish, files), files, mode); });
}

Outcome removeHook(const HookWish& wish, const ConfigFiles& files, Mode mode) {
    return withRemedy([&] { return remove(jobOf(wish, files), files, mode); });
}

} // namespace toolkit::runtimes
