#include "toolkit/installation/installed_files.h"

#include "host/base/atomic_file.h"
#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace toolkit {

namespace fs = std::filesystem;

namespace {

using Kind = InstalledFile::Kind;

/// A link that takes the place of another: one name, of which a killed process leaves at most one.
constexpr const char* kNewLink = ".driverctl-new-link";

unsigned modeOf(Kind kind) {
    return kind == Kind::Program ? 0755 : 0644;
}

std::string printOf(const InstalledFile& file) {
    return file.kind == Kind::Link ? printOfLink(file.content) : printOfContent(file.content);
}

/// Programs that could not be started are worse than none.
void makeUsable(const fs::path& directory) {
    host::makeDirectories(directory, "Give a directory that can be written.");
    struct statvfs status {};
    if (::statvfs(directory.c_str(), &status) == 0 && (status.f_flag & ST_NOEXEC) != 0) {
        throw host::Error(fmt::format("programs in {} cannot be started: it is mounted noexec",
                                      directory.string()),
                          "Give a directory from which programs may be started.");
    }
}

} // namespace

InstalledFiles::InstalledFiles(fs::path directory, const host::Observer& observer)
    : directory_(std::move(directory)), observer_(observer) {}

fs::path InstalledFiles::pathOf(const fs::path& name) const {
    return directory_ / name;
}

/// Those that are not there yet. Throws for a name that somebody else has.
std::vector<InstalledFile> InstalledFiles::toWrite(const std::vector<InstalledFile>& files,
                                                   const InstallationRecord& record) const {
    std::vector<InstalledFile> missing;
    for (const InstalledFile& file : files) {
        const auto path = pathOf(file.name);
        const auto print = toolkit::printOf(path);
        if (print == printOf(file)) {
            continue;
        }
        if (!print || record.has(file.name, *print)) {
            missing.push_back(file);
        } else if (file.kind == Kind::Document) {
            observer_.note(fmt::format("{} is not as it was installed, and stays", path.string()));
        } else {
            throw host::Error(
                fmt::format("{} is there, and was not installed by driverctl as it is",
                            path.string()),
                "Give another directory, or take it out of this one.");
        }
    }
    return missing;
}

void InstalledFiles::put(const std::vector<InstalledFile>& files) {
    const bool isNew = !fs::exists(directory_);
    const auto last = readRecord(directory_);
    InstallationRecord both = last.value_or(InstallationRecord{.madeDirectory = isNew});
    const auto missing = toWrite(files, both);
    InstallationRecord now = both;
    now.prints.clear();
    for (const InstalledFile& file : files) {
        const auto print = toolkit::printOf(pathOf(file.name));
        if (!print || both.has(file.name, *print) || print == printOf(file)) {
            both.add(file.name, printOf(file));
            now.add(file.name, printOf(file));
        }
    }
    try {
        makeUsable(directory_);
        writeRecord(directory_, both);
        std::ranges::for_each(missing, [this](const auto& file) { write(file); });
        removeOthers(both, files);
        writeRecord(directory_, now);
    } catch (...) {
        if (!last) {
            giveUp(isNew);
        }
        throw;
    }
}

/// Never replaces the error that made it necessary.
void InstalledFiles::giveUp(bool madeDirectory) {
    try {
        takeBack();
    } catch (const host::Error& error) {
        observer_.warn(error.what());
    }
    if (madeDirectory) {
        ::rmdir(directory_.c_str()); // where there was not even a record
    }
}

/// Names that an older version had.
void InstalledFiles::removeOthers(const InstallationRecord& record,
                                  const std::vector<InstalledFile>& files) const {
    for (const auto& [name, prints] : record.prints) {
        if (std::ranges::find(files, name, &InstalledFile::name) == files.end()) {
            remove(name, record);
        }
    }
}

void InstalledFiles::write(const InstalledFile& file) const {
    const auto path = pathOf(file.name);
    host::makeDirectories(path.parent_path());
    if (file.kind == Kind::Link) {
        makeLink(file);
        return;
    }
    host::writeFileAtomic(path, file.content, modeOf(file.kind));
}

void InstalledFiles::makeLink(const InstalledFile& link) const {
    const auto path = pathOf(link.name);
    const auto beside = pathOf(kNewLink);
    ::unlink(beside.c_str());
    if (::symlink(link.content.c_str(), beside.c_str()) != 0 ||
        ::rename(beside.c_str(), path.c_str()) != 0) {
        host::throwErrno("create link", path.string());
    }
}

void InstalledFiles::remove(const fs::path& name, const InstallationRecord& record) const {
    const auto path = pathOf(name);
    const auto print = toolkit::printOf(path);
    if (!print) {
        return;
    }
    if (!record.has(name, *print)) {
        observer_.warn(
            fmt::format("{} was changed since it was installed, and stays", path.string()));
        return;
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        host::throwErrno("remove", path.string());
    }
}

void InstalledFiles::takeBack() {
    const auto record = readRecord(directory_);
    if (!record) {
        return;
    }
    for (const auto& [name, prints] : record->prints) {
        remove(name, *record);
    }
    ::unlink(pathOf(kNewLink).c_str());
    removeRecord(directory_);
    for (const auto& [name, prints] : record->prints) {
        removeEmpty(name.parent_path());
    }
    if (record->madeDirectory) {
        ::rmdir(directory_.c_str()); // stays when something of others is in it
    }
}

/// The directory and those above it, up to the installation's own; one with something in it stays.
void InstalledFiles::removeEmpty(const fs::path& name) const {
    for (auto directory = name; !directory.empty() && ::rmdir(pathOf(directory).c_str()) == 0;) {
        directory = directory.parent_path();
    }
}

} // namespace toolkit
