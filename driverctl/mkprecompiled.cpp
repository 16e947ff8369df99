#include "driverctl/mkprecompiled.h"

#include "driverctl/cli/version.h"
#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"
#include "host/kernel/module.h"
#include "precompile/build/interface_link.h"
#include "precompile/package/package.h"
#include "precompile/package/store.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <unistd.h>

namespace driverctl {

namespace {

using precompile::MkprecompiledFile;
using precompile::PackageIdentity;

constexpr std::size_t kLargestFile = std::size_t{1} << 30; ///< those of driver 535 have 130 MB

/// Seconds since 1970; the package's own time, so that the same file gives the same package. A time
/// that no package can have counts as the nearest one.
std::int64_t timeOf(const std::filesystem::path& file) {
    const auto time = std::chrono::file_clock::to_sys(std::filesystem::last_write_time(file));
    const std::int64_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    return std::clamp<std::int64_t>(seconds, 0, precompile::kLatestBuildTime);
}

/// The store or, where that cannot be written, the work directory.
precompile::Store::Slot writableSlot(const Options& options, const PackageIdentity& identity) {
    try {
        return precompile::Store(options.store.directory).prepare(identity);
    } catch (const host::Error& error) {
        const auto directory = options.build.workDir / "packages";
        host::logWarning(
            fmt::format("{}; the package goes to {}", error.what(), directory.string()));
        return precompile::Store(directory).prepare(identity);
    }
}

using SlotFor = std::function<precompile::Store::Slot(const PackageIdentity&)>;

std::filesystem::path importInto(const SlotFor& slotFor, const Options& options,
                                 const std::filesystem::path& file, PackageIdentity identity) {
    const std::string content = host::readFile(file, kLargestFile);
    const auto bytes = std::as_bytes(std::span(content));
    const std::string origin = file.string();
    const auto package = precompile::readMkprecompiled(bytes, origin);
    const auto target = precompile::targetOf(package, origin);
    identity.target.kernel = target.kernel;
    identity.driver = package.driver;
    identity.flavour = target.flavour;
    validate(identity);
    const auto source =
        precompile::findDriverSource(options.driver.sourceDir, identity.driver, identity.flavour);
    const host::TempDir directory(std::filesystem::temp_directory_path(), "driverctl-link-");
    auto linked = precompile::linkInterfaces(
        {.package = package,
         .origin = origin,
         .source = source,
         .kernel = identity.target.kernel,
         .kernelBuild = host::moduleTreeOf(identity.target.kernel) / "build",
         .linker = options.build.linker,
         .directory = directory.path()});
    linked.inputs.emplace("mkprecompiled", host::digestOf(bytes));
    const auto slot = slotFor(identity);
    precompile::writePackage(slot.file,
                             contentsOf(linked, identity, source,
                                        {.builtBy = fmt::format("driverctl {} (import)", kVersion),
                                         .builtAt = timeOf(file)}));
    return slot.file;
}

/// No linker reads what nobody vouches for.
void requireNoTrust(const Options& options, const std::filesystem::path& file) {
    if (!options.search.trust.empty()) {
        throw host::Error(
            host::Fault::Verification,
            fmt::format("{} carries no signature, and only signed packages count here",
                        file.string()),
            "Import it with {command:package import}, sign the result with "
            "{command:package sign} and put that into the store.");
    }
}

/// The import, when what it gives is for this node.
std::filesystem::path importFitting(const Options& options, const std::filesystem::path& file,
                                    const PackageIdentity& wanted) {
    return importInto(
        [&](const PackageIdentity& identity) {
            if (identity != wanted) {
                throw host::Error(host::Fault::NoPackage,
                                  fmt::format("{} is for {}, wanted is {}", file.string(),
                                              identity.describe(), wanted.describe()),
                                  "Build the package with {command:update}.");
            }
            return writableSlot(options, identity);
        },
        options, file, wanted);
}

} // namespace

bool isMkprecompiledFile(const std::filesystem::path& file) {
    constexpr std::size_t kStart = 16; // where the format names itself
    const host::Fd fd = host::openFile(file, O_RDONLY);
    std::array<std::byte, kStart> start{};
    const ssize_t count = ::pread(fd.get(), start.data(), start.size(), 0);
    if (count < 0) {
        host::throwErrno("read", file.string());
    }
    return precompile::isMkprecompiled(std::span(start).first(static_cast<std::size_t>(count)));
}

std::filesystem::path importMkprecompiled(const Options& options, const std::filesystem::path& file,
                                          PackageIdentity identity) {
    requireNoTrust(options, file);
    return importInto(
        [&](const PackageIdentity& is) {
            return precompile::Store(options.store.directory).prepare(is);
        },
        options, file, std::move(identity));
}

std::optional<std::filesystem::path> retiredPackage(const Options& options,
                                                    const PackageIdentity& wanted) {
    const auto file = options.driver.sourceDir / fmt::format("nvidia-{}", wanted.driver) /
                      "kernel/precompiled" / wanted.target.kernel /
                      fmt::format("nvidia-modules-{}{}{}",
                                  wanted.target.kernel.substr(0, wanted.target.kernel.find('-')),
                                  wanted.tag.empty() ? "" : "-", wanted.tag);
    return std::filesystem::is_regular_file(file) && isMkprecompiledFile(file) ? std::optional(file)
                                                                               : std::nullopt;
}

std::optional<std::filesystem::path> importRetiredPackage(const Options& options,
                                                          const PackageIdentity& wanted) {
    const auto file = retiredPackage(options, wanted);
    if (!file) {
        return std::nullopt;
    }
    host::logInfo(fmt::format("Found NVIDIA driver package {}", file->filename().string()));
    try {
        requireNoTrust(options, *file);
        host::logInfo("Linking NVIDIA driver kernel modules...");
        return importFitting(options, *file, wanted);
    } catch (const host::Error& error) {
        if (options.search.noBuild && options.search.packageSources.empty()) {
            throw;
        }
        host::logWarning(error.what());
        return std::nullopt;
    }
}

void exportMkprecompiled(const std::filesystem::path& file, const PackageIdentity& identity,
                         const precompile::CompiledModules& compiled) {
    precompile::Mkprecompiled package{.driver = identity.driver,
                                      .description = identity.target.kernel,
                                      .procVersion = "",
                                      .files = {}};
    std::deque<std::string> contents;
    const auto add = [&](const std::filesystem::path& content, MkprecompiledFile entry) {
        entry.name = content.filename().string();
        entry.data =
            std::as_bytes(std::span(contents.emplace_back(host::readFile(content, kLargestFile))));
        package.files.push_back(std::move(entry));
    };
    for (const auto& interface : compiled.interfaces) {
        add(interface.file, {.type = MkprecompiledFile::Type::Interface,
                             .linkedModule = interface.core.module + ".ko",
                             .core = interface.core.object.string()});
    }
    for (const auto& module : compiled.modules) {
        if (std::ranges::none_of(compiled.interfaces, [&](const auto& interface) {
                return interface.core.module == module.name;
            })) {
            add(module.file, {});
        }
    }
    host::replaceFile(file, precompile::writeMkprecompiled(package));
}

} // namespace driverctl
