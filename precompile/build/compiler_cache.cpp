#include "precompile/build/compiler_cache.h"

#include "distribution/mount_points.h"
#include "host/base/directories.h"
#include "host/base/file.h"
#include "host/base/rooted.h"
#include "host/base/text.h"

#include <fmt/format.h>
#include <regex>
#include <sys/mount.h>

namespace precompile {

namespace {

constexpr const char* kCcache = "/usr/bin/ccache";
constexpr const char* kTemporary = "/tmp";      ///< in the build root
constexpr const char* kCache = "ccache";        ///< in there
constexpr const char* kCompilers = "compilers"; ///< as well
constexpr const char* kPrograms = "/usr/bin";

} // namespace

bool isCompilersName(const std::string& program) {
    static const std::regex name("([a-z0-9_]+-(.+-)?linux-(.+-)?)?gcc(-[0-9]+)?");
    return std::regex_match(program, name);
}

std::string cachingCompiler(const std::filesystem::path& compiler) {
    return fmt::format("#!/bin/sh\n"
                       "case \" $* \" in\n"
                       "*conftest[0-9]*.c* | */dev/null*) ;;\n"
                       "*' -c '*) exec {0} {1} \"$@\" ;;\n"
                       "esac\n"
                       "exec {1} \"$@\"\n",
                       kCcache, compiler.string());
}

CompilerCache::CompilerCache(const std::filesystem::path& directory,
                             const std::filesystem::path& root) {
    const host::Rooted inside(root);
    if (directory.empty() || !inside.exists(kCcache)) {
        return;
    }
    host::makeDirectories(directory, "Name a writable directory with {ccache-dir}.");
    const auto temporary = distribution::mountPointIn(inside, kTemporary);
    host::makeDirectories(temporary / kCache);
    host::makeDirectories(temporary / kCompilers);
    constexpr unsigned kProgram = 0755;
    for (const std::string& name : inside.names(kPrograms)) {
        if (isCompilersName(name)) {
            host::writeFileAtomic(temporary / kCompilers / name,
                                  cachingCompiler(std::filesystem::path(kPrograms) / name),
                                  kProgram);
        }
    }
    mount_.emplace(directory.string(), temporary / kCache, "none", MS_BIND);
}

std::vector<std::string> CompilerCache::environment(const std::string& path) const {
    if (!works()) {
        return {"PATH=" + path};
    }
    // The compiler by its content: each release's image unpacks it with another time.
    return {fmt::format("PATH={}/{}:{}", kTemporary, kCompilers, path),
            fmt::format("CCACHE_DIR={}/{}", kTemporary, kCache), "CCACHE_COMPILERCHECK=content"};
}

} // namespace precompile
