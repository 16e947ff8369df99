#include "precompile/build/kernel_digest.h"

#include "host/base/directories.h"
#include "host/base/rooted.h"
#include "host/crypto/digest.h"

#include <fmt/format.h>
#include <set>

namespace precompile {

namespace {

namespace fs = std::filesystem;

bool isSeen(const fs::path& file) {
    const std::string name = file.filename().string();
    return file.extension() == ".h" || name.starts_with("Makefile") || name.starts_with("Kbuild") ||
           name == ".config" || name == "Module.symvers";
}

/// Debian has the headers that are common to several kernels in a tree of their own, and scripts
/// in a third one.
std::set<fs::path> treesOf(const host::Rooted& root, const distribution::BuildRoot& buildRoot) {
    std::set<fs::path> trees;
    for (const fs::path& place : {buildRoot.kernelBuild, buildRoot.kernelBuild / "scripts",
                                  buildRoot.kernelBuild.parent_path() / "source"}) {
        if (const auto tree = root.resolve(place)) {
            trees.insert(root.onHost(*tree));
        }
    }
    return trees;
}

} // namespace

std::string digestOfKernel(const distribution::BuildRoot& buildRoot) {
    const host::Rooted root(buildRoot.root);
    host::Digest digest;
    digest.update(
        fmt::format("kernel {} {}\n", buildRoot.target.kernel, buildRoot.target.architecture));
    std::set<fs::path> seen; ///< a tree may lie in another one
    for (const fs::path& tree : treesOf(root, buildRoot)) {
        for (const fs::path& file : host::entriesBelow(tree)) {
            if (isSeen(file) && fs::is_regular_file(fs::symlink_status(file)) &&
                seen.insert(file).second) {
                digest.update(fmt::format("{} {}\n", host::digestOfFile(file),
                                          file.lexically_relative(buildRoot.root).string()));
            }
        }
    }
    return digest.hex();
}

} // namespace precompile
