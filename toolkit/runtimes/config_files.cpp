#include "toolkit/runtimes/config_files.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <algorithm>
#include <fmt/format.h>
#include <fnmatch.h>
#include <iterator>

namespace toolkit::runtimes {

namespace fs = std::filesystem;

fs::path ConfigFiles::onHost(const fs::path& path) const {
    return root_ / path.relative_path();
}

std::optional<std::string> ConfigFiles::read(const fs::path& file, std::size_t limit) const {
    const fs::path path = onHost(file);
    std::error_code error;
    const bool isLink = fs::is_symlink(fs::symlink_status(path, error));
    if (isLink && !fs::exists(path, error)) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{} is a link that leads nowhere", file.string()),
                          "Remove it, or make the file that it leads to.");
    }
    try {
        return host::readRegularFileIfExists(path, limit);
    } catch (const host::Error& unreadable) {
        throw host::Error(host::Fault::Usage, unreadable.what(),
                          "Look at that path and its permissions.");
    }
}

std::vector<fs::path> ConfigFiles::list(const fs::path& directory) const {
    std::vector<fs::path> files;
    for (const auto& entry : host::entriesOf(onHost(directory))) {
        std::error_code error;
        if (fs::is_regular_file(entry, error)) {
            files.push_back(directory / entry.filename());
        }
    }
    return files;
}

std::vector<fs::path> ConfigFiles::matching(const fs::path& pattern) const {
    std::vector<fs::path> found = {"/"};
    if (pattern.native().find('*') == std::string::npos) {
        found = {pattern};
    } else {
        for (const fs::path& part : pattern.relative_path()) {
            found = entriesLike(part, found);
        }
    }
    std::error_code error;
    std::erase_if(found,
                  [&](const fs::path& file) { return !fs::is_regular_file(onHost(file), error); });
    return found;
}

std::vector<fs::path> ConfigFiles::entriesLike(const fs::path& pattern,
                                               const std::vector<fs::path>& directories) const {
    std::vector<fs::path> found;
    for (const fs::path& directory : directories) {
        for (const fs::path& entry : host::entriesOf(onHost(directory))) {
            if (::fnmatch(pattern.c_str(), entry.filename().c_str(), 0) == 0) {
                found.push_back(directory / entry.filename());
            }
        }
    }
    return found;
}

std::vector<fs::path> containersConfFiles(const std::vector<fs::path>& folders,
                                          const ConfigFiles& files) {
    std::vector<fs::path> paths;
    for (const fs::path& folder : folders) {
        paths.push_back(folder / "containers.conf");
        const auto dropIns = &folder == &folders.front() ? std::vector<fs::path>{}
                                                         : files.list(folder / "containers.conf.d");
        std::ranges::copy_if(dropIns, std::back_inserter(paths),
                             [](const fs::path& file) { return file.extension() == ".conf"; });
    }
    return paths;
}

} // namespace toolkit::runtimes
