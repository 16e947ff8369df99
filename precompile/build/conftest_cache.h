/// What NVIDIA's tests of a kernel's interfaces (conftest) have found, kept for the next build
/// against the same kernel: with another flavour of the same driver, for another release with this
/// kernel, or the same once more.
///
/// The key is a digest of everything the results can depend on: the kernel and the compiler, make's
/// arguments, and those of the driver's files that take part (conftest.sh, Makefile, all *.Kbuild,
/// *.mk and patch-*.h). Where that is not the whole truth nothing is kept: tests that include
/// headers of the driver itself. What is kept carries a digest; a damaged file counts as none.
/// Files appear by rename; what was not used for half a year is removed, and what would make the
/// directory larger than 32 MiB.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

class ConftestCache {
  public:
    /// `kernel` is a digest of the kernel's build tree and the compiler, `tree` the driver's source
    /// tree in the build root, unbuilt. `directory` is made when something is kept; empty: nothing
    /// is.
    ConftestCache(const std::filesystem::path& directory, const std::string& kernel,
                  std::filesystem::path tree, const std::vector<std::string>& makeArguments);

    /// Puts the results into the tree, newer than its sources, so that make takes them for done.
    /// False: there are none.
    [[nodiscard]] bool restore() const;
    /// After make has succeeded.
    void keep() const;

  private:
    std::filesystem::path tree_;
    std::filesystem::path file_; ///< empty: no cache
};

} // namespace precompile
