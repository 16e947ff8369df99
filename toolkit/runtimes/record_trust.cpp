#include "toolkit/runtimes/record_trust.h"

#include "host/base/error.h"
#include "toolkit/runtimes/places.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace toolkit::runtimes {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const fs::path& record, const std::string& why) {
    throw host::Error(host::Fault::Usage, fmt::format("{}: {}", record.string(), why),
                      "Give the options of the run that is taken back. Where they are the same, "
                      "somebody else wrote the record: remove it, and take the configuration back "
                      "by hand.");
}

/// By their texts: what a link above leads to is the owners' question.
bool liesIn(const fs::path& file, const fs::path& directory) {
    for (fs::path above = file.parent_path(); above.has_relative_path();
         above = above.parent_path()) {
        if (above == directory) {
            return true;
        }
    }
    return false;
}

/// Root alone can be made to do what the record's owner may not.
void requireOwner(const Record& record, const fs::path& path, const std::string& name,
                  const ConfigFiles& files) {
    struct stat own {};
    if (::geteuid() != 0 || ::lstat(files.onHost(path).c_str(), &own) != 0) {
        return;
    }
    if (!S_ISREG(own.st_mode)) {
        refuse(path, "it is no plain file");
    }
    if (own.st_uid == 0) {
        return;
    }
    std::vector<fs::path> touched;
    for (const RecordedFile& file : record.files) {
        touched.insert(touched.end(), {file.path, file.path.parent_path(),
                                       backupOf(file.path, name), quietDirectory(file.path)});
    }
    touched.insert(touched.end(), record.directories.begin(), record.directories.end());
    for (const fs::path& touchedPath : touched) {
        struct stat other {};
        if (::stat(files.onHost(touchedPath).c_str(), &other) == 0 && other.st_uid != own.st_uid) {
            refuse(path,
                   fmt::format("user {} owns it, and not {}", own.st_uid, touchedPath.string()));
        }
    }
}

} // namespace

void requireTrusted(const Record& record, const fs::path& path, const std::string& name,
                    const std::vector<fs::path>& planned, const ConfigFiles& files) {
    for (const RecordedFile& file : record.files) {
        if (std::ranges::find(planned, file.path) == planned.end()) {
            refuse(path, fmt::format("it names {}, which is not configured with these options",
                                     file.path.string()));
        }
    }
    for (const fs::path& directory : record.directories) {
        if (std::ranges::none_of(planned,
                                 [&](const fs::path& file) { return liesIn(file, directory); })) {
            refuse(path, fmt::format("it names the directory {}, which has none of the files that "
                                     "are configured with these options",
                                     directory.string()));
        }
    }
    requireOwner(record, path, name, files);
}

} // namespace toolkit::runtimes
