#include "precompile/package/package.h"

#include "host/archive/archive.h"
#include "host/archive/zstd.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/memory_file.h"
#include "host/crypto/digest.h"
#include "precompile/package/content.h"
#include "precompile/package/provenance.h"
#include "precompile/package/sbom.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace precompile {

namespace {

constexpr std::string_view kRemedy = "Build or fetch the package again.";
constexpr std::uint64_t kLargestManifest = 1 << 20;
constexpr std::size_t kLargestInput = 512 << 20; ///< a module or a core; those of 535 have 85 MiB

/// The core is most of a delta's module already: little is gained above 12. A plain stream gains up
/// to 19.
constexpr int kDeltaLevel = 12;
constexpr int kPlainLevel = 19;

ModuleEntry describe(const FinishedModule& module, const std::filesystem::path& sources) {
    ModuleEntry entry;
    entry.name = module.info.name;
    entry.member = entry.name + ".ko.zst";
    entry.size = host::fileSize(module.file);
    entry.sha256 = host::digestOfFile(module.file);
    entry.vermagic = module.info.vermagic;
    entry.sourceVersion = module.info.sourceVersion;
    entry.depends = module.info.depends;
    if (!module.core.empty()) {
        entry.encoding = Encoding::ZstdDelta;
        entry.core = CoreReference{module.core, host::digestOfFile(sources / module.core)};
    }
    return entry;
}

std::span<const std::byte> bytesOf(const std::string& content) {
    return std::as_bytes(std::span(content));
}

std::string compress(const FinishedModule& module, const std::filesystem::path& sources) {
    const std::string file = host::readFile(module.file, kLargestInput);
    if (module.core.empty()) {
        return host::zstdCompress(bytesOf(file), {}, kPlainLevel);
    }
    const std::string core = host::readFile(sources / module.core, kLargestInput);
    return host::zstdCompress(bytesOf(file), bytesOf(core), kDeltaLevel);
}

/// Attachments by member, and their entries in the manifest.
std::map<std::string, std::string> attach(Manifest& manifest, const PackageContents& contents) {
    std::vector<std::string> sha1;
    for (const FinishedModule& module : contents.modules) {
        sha1.push_back(host::digestOfFile(module.file, host::DigestKind::Sha1));
    }
    std::map<std::string, std::string> attachments = {
        {kProvenanceName, provenanceOf(manifest, contents.objects)},
        {kSbomName, sbomOf(manifest, sha1)}};
    for (const auto& [name, content] : attachments) {
        manifest.attachments.push_back({name, content.size(), host::digestOf(content)});
    }
    return attachments;
}

std::string readMember(const std::filesystem::path& file, const std::string& name,
                       std::uint64_t limit) {
    return readingContent("", kRemedy, [&]() -> std::string {
        host::TarReader archive(file);
        while (const auto member = archive.next()) {
            if (member->name == name) {
                return archive.read(limit);
            }
        }
        throw host::Error(
            fmt::format("package {} is damaged: member '{}' is missing", file.string(), name));
    });
}

/// The core that the package was made against; empty for a module without one.
std::string readCore(const ModuleEntry& module, const std::filesystem::path& sources) {
    return module.core ? host::readFile(sources / module.core->object, kLargestInput) : "";
}

/// Why a module could not be restored. A core is hashed only now: a wrong one cannot give a module
/// with the right digest, so that hashing it each time would prove nothing more.
host::Error explainRestore(const ModuleEntry& module, const std::filesystem::path& sources,
                           const std::string& core, const std::string& cause) {
    if (module.core && host::digestOf(core) != module.core->sha256) {
        return {host::Fault::Verification,
                fmt::format("module {} was packed against another {} than the one in {}",
                            module.name, module.core->object.string(), sources.string()),
                "Use the package with the driver image that it was built with, or build it again."};
    }
    return {host::Fault::Verification, cause, "The package is damaged: build or fetch it again."};
}

} // namespace

void writePackage(const std::filesystem::path& file, const PackageContents& contents,
                  const ManifestSigner& sign) {
    Manifest manifest = contents.manifest;
    for (const FinishedModule& module : contents.modules) {
        manifest.modules.push_back(describe(module, contents.sources));
    }
    const auto attachments = attach(manifest, contents);
    host::TarWriter archive(file, manifest.builtAt);
    const auto add = [&archive](const std::string& name, const std::string& content) {
        archive.add(name, std::as_bytes(std::span(content)));
    };
    const std::string text = toJson(manifest);
    add(kManifestName, text);
    if (sign) {
        add(kSignatureName, sign(text));
    }
    for (const auto& [name, content] : attachments) {
        add(name, content);
    }
    for (std::size_t i = 0; i < contents.modules.size(); ++i) {
        add(manifest.modules[i].member, compress(contents.modules[i], contents.sources));
    }
    archive.close();
}

Package::Package(std::filesystem::path file) : file_(std::move(file)) {
    readingContent("", kRemedy, [this] {
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
    });
}

std::string Package::attachment(const std::string& member) const {
    const auto entry = std::ranges::find(manifest_.attachments, member, &AttachmentEntry::member);
    if (entry == manifest_.attachments.end()) {
        throw host::Error(fmt::format("package {} has no {}", file_.string(), member),
                          "It was built by an older driverctl: build it again.");
    }
    std::string content = readMember(file_, member, entry->size);
    if (content.size() != entry->size || host::digestOf(content) != entry->sha256) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("{} of package {} is not what was packed: its SHA-256 does "
                                      "not match the manifest",
                                      member, file_.string()),
                          "The package is damaged: build or fetch it again.");
    }
    return content;
}

host::Fd Package::restore(const ModuleEntry& module, const std::filesystem::path& sources) const {
    const std::string object = fmt::format("module {} of package {}", module.name, file_.string());
    const std::string content = readMember(file_, module.member, host::zstdBound(module.size));
    const std::string core = readCore(module, sources);
    host::MemoryFile restored(module.name + ".ko", module.size);
    try {
        host::zstdDecompress(bytesOf(content), bytesOf(core), restored.bytes(), object);
    } catch (const host::Error& error) {
        throw explainRestore(module, sources, core, error.what());
    }
    if (host::digestOf(restored.bytes()) != module.sha256) {
        throw explainRestore(module, sources, core,
                             object + " is not what was packed: its SHA-256 does not match the "
                                      "manifest");
    }
    return restored.take();
}

} // namespace precompile
