/// ccache around a build root's compiler, for objects and not for NVIDIA's tests of the kernel:
/// those fail by design, and ccache keeps no failures.
///
/// Works where a cache directory was named, which is made, and the build root has ccache; else it
/// does nothing. The directory is mounted below the build root's /tmp, for as long as this lives;
/// the caller is in a private mount namespace. Programs that take gcc's place come first in PATH.
/// Whoever may write to the directory decides what modules are made of.
#pragma once

#include "host/kernel/mount.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace precompile {

class CompilerCache {
  public:
    /// `root` is the build root's; `directory` may be empty.
    CompilerCache(const std::filesystem::path& directory, const std::filesystem::path& root);

    [[nodiscard]] bool works() const noexcept { return mount_.has_value(); }
    /// What a command in the build root needs so that it is used, given its PATH: variables, PATH
    /// among them.
    [[nodiscard]] std::vector<std::string> environment(const std::string& path) const;

  private:
    std::optional<host::MountPoint> mount_;
};

/// Whether a program is the C compiler by one of the names that kernels call it by: gcc, Debian
/// 12's gcc-12, Debian 13's x86_64-linux-gnu-gcc-14 (its headers set CROSS_COMPILE).
bool isCompilersName(const std::string& program);

/// The text of the program that takes the place of `compiler`, such as /usr/bin/gcc-12.
std::string cachingCompiler(const std::filesystem::path& compiler);

} // namespace precompile
