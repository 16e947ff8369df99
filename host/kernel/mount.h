/// Mounts, and the mount table.
///
/// MountPoint is bound to a scope and is meant for a private mount namespace; mounts that outlive
/// the process are NodeActions'. Everything throws SystemError naming source and target.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace host {

/// Moves the calling thread (the process must have only this one) into its own mount namespace with
/// private propagation, so that no mount made afterwards is seen outside and all of them end with
/// the last process in it, however it ends.
void enterPrivateMountNamespace();

/// One mount; unmounted by unmount() or, with errors swallowed and lazily, by the destructor.
class MountPoint {
  public:
    /// mount(2). `flags` are MS_*; `options` the file system's own data string.
    MountPoint(const std::string& source, const std::filesystem::path& target,
               const std::string& type, unsigned long flags = 0, const std::string& options = {});
    MountPoint(MountPoint&& other) noexcept;
    MountPoint& operator=(MountPoint&&) = delete;
    MountPoint(const MountPoint&) = delete;
    MountPoint& operator=(const MountPoint&) = delete;
    ~MountPoint();

    [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }
    void unmount();

  private:
    std::filesystem::path target_;
};

/// An overlay whose upper and work directories lie below `scratch` (which must not be on an overlay
/// itself: ENOTSUP-like failures name that). The lower directory stays untouched.
MountPoint mountOverlay(const std::filesystem::path& lower, const std::filesystem::path& scratch,
                        const std::filesystem::path& target);

/// One line of /proc/<pid>/mountinfo, octal escapes decoded.
struct MountInfo {
    int id = 0;
    int parentId = 0;
    std::string root; ///< the mounted subtree of the file system
    std::filesystem::path target;
    std::string options;
    bool shared = false; ///< has a "shared:N" field
    std::string type;
    std::string source;
    std::string systemOptions; ///< those of the file system: "rw,devices"
};

/// Parses the text of a mountinfo file; a malformed line is an Error naming it.
std::vector<MountInfo> parseMountInfo(std::string_view text);

/// All mounts of this process whose target is `directory` or lies below it, in the order of the
/// table. `proc` is /proc.
std::vector<MountInfo> mountsBelow(const std::filesystem::path& directory,
                                   const std::filesystem::path& proc = "/proc");

} // namespace host
