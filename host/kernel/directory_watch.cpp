#include "host/kernel/directory_watch.h"

#include "host/base/error.h"

#include <array>
#include <cstring>
#include <sys/inotify.h>
#include <unistd.h>

namespace host {

namespace {

constexpr std::uint32_t kEvents =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR;
constexpr std::size_t kBuffer = 16 << 10;

} // namespace

DirectoryWatch::DirectoryWatch() : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (!fd_) {
        throwErrno("watch", "directories");
    }
}

void DirectoryWatch::add(const std::filesystem::path& directory) {
    const int watch = ::inotify_add_watch(fd_.get(), directory.c_str(), kEvents);
    if (watch >= 0) {
        directories_[watch] = directory;
    } else if (errno != ENOENT && errno != ENOTDIR) {
        throwErrno("watch the directory", directory.string());
    }
}

std::vector<std::filesystem::path> DirectoryWatch::take() {
    std::vector<std::filesystem::path> paths;
    alignas(inotify_event) std::array<char, kBuffer> buffer{};
    for (ssize_t size = 0; (size = ::read(fd_.get(), buffer.data(), buffer.size())) > 0;) {
        for (const char* at = buffer.data(); at < buffer.data() + size;) {
            inotify_event event{};
            std::memcpy(&event, at, sizeof(event));
            const char* const name = at + sizeof(event);
            at = name + event.len;
            const auto directory = directories_.find(event.wd);
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                for (const auto& [watch, path] : directories_) {
                    paths.push_back(path);
                }
            } else if (directory != directories_.end()) {
                paths.push_back(event.len > 0 ? directory->second / name : directory->second);
            }
        }
    }
    return paths;
}

} // namespace host
