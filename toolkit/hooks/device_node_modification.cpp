#include "toolkit/hooks/device_node_modification.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"
#include "toolkit/hooks/detached_mount.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

namespace toolkit {

namespace {

constexpr std::size_t kLargestParameters = 64 << 10;
constexpr unsigned kReadable = 0444; // as the kernel's

/// A mount that is there for a while.
class Attached {
  public:
    Attached(const DetachedMount& mount, const host::Fd& place, std::string_view object)
        : mount_(mount) {
        mount.attachTo(place.get(), object);
    }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;
    Attached(Attached&&) = delete;
    Attached& operator=(Attached&&) = delete;
    ~Attached() { mount_.detach(); }

  private:
    const DetachedMount& mount_;
};

/// A file in memory with this content, protected. It can be copied out of its file system only
/// while that is mounted: for so long it is on `somewhere`, a directory.
DetachedMount fileInMemory(const std::string& content, const host::Fd& somewhere) {
    constexpr const char* kName = "params";
    const auto memory = DetachedMount::memory(2 * kLargestParameters);
    const host::Fd file(
        ::openat(memory.fd(), kName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kReadable));
    if (!file) {
        host::throwErrno("make", kName);
    }
    host::writeAll(file.get(), content, kName);
    if (::fchmod(file.get(), kReadable) != 0) {
        host::throwErrno("make readable", kName);
    }
    const Attached attached(memory, somewhere, kName);
    auto copy = DetachedMount::copyOf(file.get(), kName);
    copy.protect();
    return copy;
}

} // namespace

std::optional<std::string> withoutModification(std::string_view parameters) {
    constexpr std::string_view kName = "ModifyDeviceFiles:";
    std::string changed;
    bool found = false;
    for (const std::string& line : host::split(parameters, '\n')) {
        changed += changed.empty() ? "" : "\n";
        if (line.starts_with(kName) && host::trimmed(line.substr(kName.size())) != "0") {
            changed += std::string(kName) + " 0";
            found = true;
        } else {
            changed += line;
        }
    }
    return found ? std::optional(changed) : std::nullopt;
}

void disableDeviceNodeModification(const ContainerRoot& root) {
    const std::filesystem::path parameters = "/proc/driver/nvidia/params";
    const host::Fd target = root.openFile(parameters);
    const auto wanted = target ? withoutModification(host::readWhole(
                                     target, root.tree().onHost(parameters), kLargestParameters))
                               : std::nullopt;
    if (!wanted) {
        return;
    }
    root.requireUnshared(target, parameters);
    const host::Fd directory = root.tree().open(parameters.parent_path(), O_PATH | O_DIRECTORY);
    fileInMemory(*wanted, directory).attachTo(target.get(), parameters.string());
}

} // namespace toolkit
