#include "precompile/package.h"

#include "host/archive.h"
#include "host/digest.h"
#include "host/error.h"
#include "host/file.h"
#include "host/zstd.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace precompile {

namespace {

constexpr std::uint64_t kLargestManifest = 1 << 20;
constexpr std::uint64_t kLargestMember = 256 << 20;

/// The core is most of a delta's module already: little is gained above 12. A plain stream gains up
/// to 19.
constexpr int kDeltaLevel = 12;
constexpr int kPlainLevel = 19;

const Core* coreOf(const DriverSource& source, const std::string& module) {
    const auto core = std::ranges::find(source.cores, module, &Core::module);
    return core == source.cores.end() ? nullptr : &*core;
}

struct PackedModule {
    ModuleEntry entry;
    std::string content;
};

PackedModule pack(const CompiledModule& module, const DriverSource& source) {
    const host::FileMapping file(module.file);
    PackedModule packed;
    ModuleEntry& entry = packed.entry;
    entry.name = module.file.stem().string();
    entry.member = entry.name + ".ko.zst";
    entry.size = file.bytes().size();
    entry.sha256 = host::digestOf(file.bytes());
    entry.vermagic = module.info.vermagic;
    entry.sourceVersion = module.info.sourceVersion;
    entry.depends = module.info.depends;
    if (const Core* core = coreOf(source, entry.name)) {
        const host::FileMapping prefix(source.directory / core->object);
        entry.encoding = Encoding::ZstdDelta;
        entry.core = CoreReference{core->object, host::digestOf(prefix.bytes())};
        packed.content = host::zstdCompress(file.bytes(), prefix.bytes(), kDeltaLevel);
    } else {
        packed.content = host::zstdCompress(file.bytes(), {}, kPlainLevel);
    }
    return packed;
}

std::string readMember(const std::filesystem::path& file, const std::string& name) {
    host::TarReader archive(file);
    while (const auto member = archive.next()) {
        if (member->name == name) {
            return archive.read(kLargestMember);
        }
    }
    throw host::Error(
        host::Fault::Verification,
        fmt::format("package {} is damaged: member '{}' is missing", file.string(), name),
        "Build or fetch the package again.");
}

using OptionalCore = std::optional<host::FileMapping>;

/// The core that the package was made against, mapped; empty for a module without one.
OptionalCore openCore(const ModuleEntry& module, const std::filesystem::path& sources) {
    return module.core ? OptionalCore(std::in_place, sources / module.core->object) : std::nullopt;
}

/// Why a module could not be restored. A core is hashed only now: a wrong one cannot give a module
/// with the right digest, so that hashing it each time would prove nothing more.
host::Error explainRestore(const ModuleEntry& module, const std::filesystem::path& sources,
                           const OptionalCore& core, const std::string& cause) {
    if (core && host::digestOf(core->bytes()) != module.core->sha256) {
        return {host::Fault::Verification,
                fmt::format("module {} was packed against another {} than the one in {}",
                            module.name, module.core->object.string(), sources.string()),
                "Use the package with the driver image that it was built with, or build it again."};
    }
    return {host::Fault::Verification, cause, "The package is damaged: build or fetch it again."};
}

} // namespace

void writePackage(const std::filesystem::path& file, Manifest manifest,
                  const std::vector<CompiledModule>& modules, const DriverSource& source,
                  const std::function<std::string(const std::string& manifest)>& sign) {
    std::vector<std::string> contents;
    for (const CompiledModule& module : modules) {
        PackedModule packed = pack(module, source);
        manifest.modules.push_back(std::move(packed.entry));
        contents.push_back(std::move(packed.content));
    }
    host::TarWriter archive(file, manifest.builtAt);
    const auto add = [&archive](const std::string& name, const std::string& content) {
        archive.add(name, std::as_bytes(std::span(content)));
    };
    const std::string text = toJson(manifest);
    add(kManifestName, text);
    if (sign) {
        add(kSignatureName, sign(text));
    }
    for (std::size_t i = 0; i < contents.size(); ++i) {
        add(manifest.modules[i].member, contents[i]);
    }
    archive.close();
}

Package::Package(std::filesystem::path file) : file_(std::move(file)) {
    host::TarReader archive(file_);
    const auto first = archive.next();
    if (!first || first->name != kManifestName) {
        throw host::Error(fmt::format("{} is no package: its first member is not {}",
                                      file_.string(), kManifestName));
    }
    manifestText_ = archive.read(kLargestManifest);
    manifest_ = manifestFromJson(manifestText_, file_.string());
    const auto second = archive.next();
    if (second && second->name == kSignatureName) {
        signatureText_ = archive.read(kLargestManifest);
    }
}

host::Fd Package::restore(const ModuleEntry& module, const std::filesystem::path& sources) const {
    const std::string object = fmt::format("module {} of package {}", module.name, file_.string());
    const std::string content = readMember(file_, module.member);
    const auto core = openCore(module, sources);
    host::Fd restored = host::memoryFile(module.name + ".ko");
    host::Digest digest;
    std::uint64_t size = 0;
    try {
        host::zstdDecompress(
            std::as_bytes(std::span(content)), core ? core->bytes() : std::span<const std::byte>{},
            module.size,
            [&](std::span<const std::byte> part) {
                digest.update(part);
                size += part.size();
                host::writeAll(restored.get(),
                               {reinterpret_cast<const char*>(part.data()), part.size()}, object);
            },
            object);
    } catch (const host::Error& error) {
        throw explainRestore(module, sources, core, error.what());
    }
    if (size != module.size || digest.hex() != module.sha256) {
        throw explainRestore(module, sources, core,
                             object + " is not what was packed: its SHA-256 does not match the "
                                      "manifest");
    }
    if (::lseek(restored.get(), 0, SEEK_SET) != 0) {
        host::throwErrno("rewind", object);
    }
    return restored;
}

} // namespace precompile
