/// Compiling NVIDIA's kernel interfaces for one kernel, with a build root's own tools.
///
/// Works below `<build root>/tmp`, which has to be writable and meant for this (the caller mounts a
/// tmpfs there, in its private mount namespace); always under the same path inside, because objects
/// embed it. make runs in a chroot, without network and in a PID namespace of its own, so that no
/// process outlives this one. Fails with an Error that shows the first error lines, whether they
/// are a known break's, and the log's path; with Fault::NotLoadable before anything is compiled
/// where a break is known (precompile/compatibility/known_breaks.h).
#pragma once

#include "distribution/build_root.h"
#include "host/base/observer.h"
#include "precompile/package/driver_source.h"
#include "precompile/package/package.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace host {
class SignalSet;
}

namespace precompile {

struct CompileRequest {
    const distribution::BuildRoot& buildRoot;
    const DriverSource& source;
    unsigned threads = 1;
    std::filesystem::path conftestCache = {}; ///< see ConftestCache; empty: none
    std::filesystem::path compilerCache = {}; ///< see CompilerCache; empty: none
    std::filesystem::path log;                ///< gets every line; its directory has to exist
    std::int64_t sourceDateEpoch =
        0;                   ///< seconds; what time-stamps inside the objects are made from
    bool interfaces = false; ///< make NVIDIA's %-linux.o as well: what mkprecompiled packs
    bool patches = true;     ///< those that are carried, where a break is known that they mend
    bool force = false;      ///< also what is known not to compile
    host::SignalSet* stop = nullptr;
    host::Observer observer =
        {}; ///< is told of NVIDIA's tests of the kernel first, then of objects
};

/// What a module is made of before it is linked with NVIDIA's core.
struct InterfaceObject {
    std::filesystem::path file; ///< nv-linux.o
    Core core;
};

struct CompiledModules {
    /// In the order in which they load; stripped of debug information, as kbuild's
    /// INSTALL_MOD_STRIP=1 does.
    std::vector<FinishedModule> modules;
    std::vector<InterfaceObject> interfaces; ///< when asked for
    std::string compiler;                    ///< first line of its --version
    std::string linker;
    /// Digests by name: the build root's, sources, cores, toolchain, kernel configuration, symbols.
    std::map<std::string, std::string> inputs;
    /// SHA-256 of every object that kbuild made or linked, by path in the sources.
    std::map<std::string, std::string> objects;
};

CompiledModules compile(const CompileRequest& request);

/// Who made a package, and when.
struct Origin {
    std::string builtBy;      ///< "driverctl 0.1.0"
    std::int64_t builtAt = 0; ///< seconds since 1970
};

/// The package of the modules.
PackageContents contentsOf(const CompiledModules& compiled, const PackageIdentity& identity,
                           const DriverSource& source, const Origin& origin);

} // namespace precompile
