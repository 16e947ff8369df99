#include "precompile/build/legacy_package.h"
#include "precompile/source/source_directory.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <fcntl.h>
#include <span>
#include <unistd.h>

namespace precompile {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 30; ///< those of driver 535 have 130 MB

/// Seconds since 1970; the package's own time, so that the same file gives the same package. A time
/// that no package can have counts as the nearest one.
std::int64_t timeOf(const std::filesystem::path& file) {
    const auto time = std::chrono::file_clock::to_sys(std::filesystem::last_write_time(file));
    const std::int64_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    return std::clamp<std::int64_t>(seconds, 0, kLatestBuildTime);
}

std::span<const std::byte> bytesOf(const std::string& content) {
    return std::as_bytes(std::span(content));
}

} // namespace

bool isLegacyPackage(const std::filesystem::path& file) {
    constexpr std::size_t kStart = 16; // where the format names itself
    const host::Fd fd = host::openFile(file, O_RDONLY);
    std::array<std::byte, kStart> start{};
    const ssize_t count = ::pread(fd.get(), start.data(), start.size(), 0);
    if (count < 0) {
        host::throwErrno("read", file.string());
    }
    return isMkprecompiled(std::span(start).first(static_cast<std::size_t>(count)));
}

LegacyPackage::LegacyPackage(std::filesystem::path file)
    : file_(std::move(file)), origin_(file_.string()),
      content_(host::readFile(file_, kLargestFile)),
      package_(readMkprecompiled(bytesOf(content_), origin_)),
      target_(targetOf(package_, origin_)) {}

PackageIdentity LegacyPackage::identity(PackageIdentity node) const {
    node.target.kernel = target_.kernel;
    node.driver = package_.driver;
    node.flavour = target_.flavour;
    validate(node);
    return node;
}

void LegacyPackage::pack(const std::filesystem::path& target, const PackageIdentity& identity,
                         const LegacyTools& tools) const {
    const auto source = findDriverSource(tools.sourceDirectory, identity.driver, identity.flavour);
    const host::TempDir directory(std::filesystem::temp_directory_path(), "driverctl-link-");
    auto linked = linkInterfaces({.package = package_,
                                  .origin = origin_,
                                  .source = source,
                                  .kernel = identity.target.kernel,
                                  .kernelBuild = tools.kernelBuild,
                                  .linker = tools.linker,
                                  .directory = directory.path(),
                                  .observer = tools.observer});
    linked.inputs.emplace("mkprecompiled", host::digestOf(bytesOf(content_)));
    writePackage(target, contentsOf(linked, identity, source,
                                    {.builtBy = tools.builtBy, .builtAt = timeOf(file_)}));
}

void writeLegacyPackage(const std::filesystem::path& file, const PackageIdentity& identity,
                        const CompiledModules& compiled, const std::string& procVersion) {
    Mkprecompiled package{.driver = identity.driver,
                          .description = identity.target.kernel,
                          .procVersion = procVersion,
                          .files = {}};
    std::deque<std::string> contents;
    const auto add = [&](const std::filesystem::path& content, MkprecompiledFile entry) {
        entry.name = content.filename().string();
        entry.data = bytesOf(contents.emplace_back(host::readFile(content, kLargestFile)));
        package.files.push_back(std::move(entry));
    };
    for (const auto& interface : compiled.interfaces) {
        add(interface.file, {.type = MkprecompiledFile::Type::Interface,
                             .linkedModule = interface.core.module + ".ko",
                             .core = interface.core.object.string()});
    }
    for (const auto& module : compiled.modules) {
        if (std::ranges::none_of(compiled.interfaces, [&](const auto& interface) {
                return interface.core.module == module.info.name;
            })) {
            add(module.file, {});
        }
    }
    host::replaceFile(file, writeMkprecompiled(package));
}

} // namespace precompile
