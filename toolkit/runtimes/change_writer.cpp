#include "toolkit/runtimes/change_writer.h"

#include "host/base/atomic_file.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <algorithm>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace toolkit::runtimes {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kFileMode = 0644;
constexpr unsigned kDirectoryMode = 0755;

/// With what it leads to: a file that was put elsewhere since, with a link in its place.
void unlinkFile(const fs::path& path) {
    if (const fs::path target = host::linkTarget(path); target != path) {
        unlinkFile(target);
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        host::throwErrno("remove", path.string());
    }
    host::syncDirectory(path.parent_path());
}

} // namespace

ChangeWriter::~ChangeWriter() {
    if (done_) {
        return;
    }
    for (auto change = undo_.rbegin(); change != undo_.rend(); ++change) {
        try {
            put(*change, {});
        } catch (const host::Error&) { // the first error is the one that is told
        }
    }
    for (auto directory = made_.rbegin(); directory != made_.rend(); ++directory) {
        ::rmdir(files_.onHost(*directory).c_str());
    }
}

std::vector<fs::path> ChangeWriter::missingDirectories(const std::vector<fs::path>& paths) const {
    std::set<fs::path> missing; // an upper one is the smaller text
    for (const fs::path& path : paths) {
        fs::path directory = path.parent_path();
        for (std::error_code error;
             directory.has_relative_path() && !fs::exists(files_.onHost(directory), error);
             directory = directory.parent_path()) {
            missing.insert(directory);
        }
    }
    return {missing.begin(), missing.end()};
}

void ChangeWriter::makeDirectories(const std::vector<fs::path>& directories) {
    for (const fs::path& directory : directories) {
        const fs::path path = files_.onHost(directory);
        if (::mkdir(path.c_str(), kDirectoryMode) != 0) {
            if (errno == EEXIST) {
                continue;
            }
            host::throwErrno("make the directory", path.string());
        }
        made_.push_back(directory);
        giveToOwnerAbove(path);
    }
}

void ChangeWriter::removeDirectories(const std::vector<fs::path>& directories) {
    for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory) {
        ::rmdir(files_.onHost(*directory).c_str()); // somebody may have put something there
    }
}

/// Root makes a user's files, too; anybody else has them already.
void ChangeWriter::giveToOwnerAbove(const fs::path& path) const {
    struct stat above {};
    if (::geteuid() == 0 && ::stat(path.parent_path().c_str(), &above) == 0 &&
        ::lchown(path.c_str(), above.st_uid, above.st_gid) != 0) {
        host::throwErrno("change the owner of", path.string());
    }
}

void ChangeWriter::put(const FileChange& change, const fs::path& model) const {
    const fs::path path = files_.onHost(change.path);
    std::error_code error;
    if (!change.after) {
        unlinkFile(path);
    } else if (fs::exists(path, error)) {
        host::replaceFile(path, *change.after);
    } else {
        host::AtomicFile file(path);
        host::writeAll(file.fd(), *change.after, path.string());
        const fs::path other = model.empty() ? fs::path() : files_.onHost(model);
        if (!model.empty() && fs::exists(other, error)) {
            file.commitLike(other);
        } else {
            file.commit(kFileMode);
            giveToOwnerAbove(path);
        }
    }
}

void ChangeWriter::write(const FileChange& change, const fs::path& model) {
    if (files_.read(change.path, ConfigFiles::kLargestRecord) != change.before) {
        throw host::Error(change.path.string() + " was changed by somebody else meanwhile",
                          "Run this again.");
    }
    undo_.push_back({change.path, change.after, change.before});
    put(change, model);
}

} // namespace toolkit::runtimes
