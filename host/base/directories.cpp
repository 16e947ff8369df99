#include "host/base/directories.h"

#include "host/base/error.h"

#include <algorithm>

namespace host {

void makeDirectories(const std::filesystem::path& directory, const std::string& remedy) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
        throwWriteError("create", directory.string(), error.value(), remedy);
    }
}

std::vector<std::filesystem::path> entriesOf(const std::filesystem::path& directory,
                                             std::error_code& error) {
    std::vector<std::filesystem::path> paths;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        paths.push_back(entry->path());
    }
    std::ranges::sort(paths, {}, &std::filesystem::path::native);
    return paths;
}

std::vector<std::filesystem::path> entriesOf(const std::filesystem::path& directory) {
    std::error_code ignored;
    return entriesOf(directory, ignored);
}

std::vector<std::filesystem::path> entriesBelow(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> paths;
    for (std::filesystem::path& path : entriesOf(directory)) {
        std::error_code gone;
        const auto status = std::filesystem::symlink_status(path, gone);
        paths.push_back(std::move(path));
        if (std::filesystem::is_directory(status)) {
            const auto below = entriesBelow(paths.back());
            paths.insert(paths.end(), below.begin(), below.end());
        }
    }
    return paths;
}

} // namespace host
