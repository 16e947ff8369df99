/// The host's module tree for the sample's kernel, with drm built in. Made once in a test program:
/// depmod takes a while.
#pragma once

#include "host/kernel/module.h"
#include "host/process/process.h"
#include "tests/unit/precompile/sample.h"

namespace tests {

inline const std::filesystem::path& moduleTreeDirectory() {
    static const Directory directory;
    static const std::filesystem::path made = [] {
        const std::string kernel = sampleIdentity().target.kernel;
        const auto tree = std::filesystem::path("lib/modules") / kernel;
        directory.write(tree / "modules.order", "");
        directory.write(tree / "modules.builtin", "kernel/drivers/gpu/drm/drm.ko\n");
        host::runChecked({.argv = {"/usr/sbin/depmod", "-b", directory.path().string(), kernel}});
        return directory.path() / tree;
    }();
    return made;
}

inline host::ModuleTree moduleTree() {
    return host::ModuleTree(moduleTreeDirectory());
}

} // namespace tests
