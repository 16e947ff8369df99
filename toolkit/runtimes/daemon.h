/// The programs of docker and containerd: which version they are, and what they themselves make of
/// a configuration file, before it is theirs.
///
/// A program lies in this machine's root or, seen from a container, in a host's, where it then runs
/// (chroot; root is needed for that). It gets nothing of the environment but a PATH, and 20 s. What
/// cannot be started, or is silent, says nothing: whoever asks goes on without the daemon's word.
#pragma once

#include "host/base/fd.h"
#include "toolkit/runtimes/runtime.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace toolkit::runtimes {

/// What a daemon says of a configuration file.
struct Verdict {
    std::string refusal = {}; ///< why it would not start with it, in its words; empty: it would
    /// What the file and those that it imports come to, in TOML (`containerd config dump`). Empty
    /// for docker, and for a file that is refused.
    std::string effective = {};
    [[nodiscard]] bool accepted() const noexcept { return refusal.empty(); }
};

class DaemonProgram {
  public:
    /// `file` is a path in `root`.
    explicit DaemonProgram(std::filesystem::path file, std::filesystem::path root = "/")
        : file_(std::move(file)), root_(std::move(root)) {}

    /// A program of this name in `root`: in the directories of $PATH, and after them in those that
    /// an ordinary user's PATH lacks.
    static std::optional<DaemonProgram> find(std::string_view name,
                                             const std::filesystem::path& root = "/");

    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
    /// A path in `root`, as this process sees it.
    [[nodiscard]] std::filesystem::path onHost(const std::filesystem::path& path) const {
        return root_ / path.relative_path();
    }

    /// Of a file that this process has open, as the program sees it while it is open; empty where
    /// `root` has no /proc that shows this process.
    [[nodiscard]] std::filesystem::path pathOf(const host::Fd& file) const;

    [[nodiscard]] std::optional<Version> version() const;

    /// Of a file at a path in `root`, or of none where there is none. Nothing from a program that
    /// cannot tell: it is neither dockerd, from 23.0 on, nor containerd; or does not answer.
    [[nodiscard]] std::optional<Verdict> judge(const std::filesystem::path& configuration) const;
    /// Of a file at pathOf(); nothing where that is empty.
    [[nodiscard]] std::optional<Verdict> judge(const host::Fd& configuration) const;

  private:
    [[nodiscard]] std::optional<Verdict> verdictOn(const std::filesystem::path& file) const;

    std::filesystem::path file_;
    std::filesystem::path root_;
};

} // namespace toolkit::runtimes
