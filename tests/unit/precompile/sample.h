/// A small package of two modules, one of them a delta against a core, and its sources.
#pragma once

#include "host/archive/archive.h"
#include "precompile/package/package.h"
#include "tests/unit/precompile/module_image.h"
#include "tests/unit/temporary.h"

#include <functional>
#include <optional>
#include <random>

namespace tests {

inline std::string noise(std::size_t size, unsigned seed) {
    std::minstd_rand random(seed);
    std::string text(size, '\0');
    for (char& byte : text) {
        byte = static_cast<char>(random());
    }
    return text;
}

inline precompile::PackageIdentity sampleIdentity() {
    return {.target = {.osId = "flatcar",
                       .osRelease = "4593.2.5",
                       .architecture = "x86_64",
                       .kernel = "6.12.102-flatcar"},
            .driver = "535.261.03",
            .flavour = precompile::Flavour::Proprietary,
            .tag = ""};
}

inline std::string sampleModule(const std::string& name, const std::string& payload,
                                const precompile::PackageIdentity& identity = sampleIdentity()) {
    return moduleImage({.name = name,
                        .kernel = identity.target.kernel,
                        .version = identity.driver,
                        .payload = payload});
}

struct SamplePackage {
    SamplePackage() { write(sampleIdentity(), "package.tar"); }

    std::filesystem::path write(const precompile::PackageIdentity& identity,
                                const std::filesystem::path& name,
                                std::int64_t builtAt = 1700000000) {
        const auto path = directory.path() / name;
        std::filesystem::create_directories(path.parent_path());
        precompile::Manifest manifest;
        manifest.identity = identity;
        manifest.builtBy = "test";
        manifest.builtAt = builtAt;
        precompile::writePackage(
            path, {.manifest = manifest,
                   .modules = {describe("nvidia", module, identity, {}),
                               describe("nvidia-uvm", uvm, identity, {"nvidia", "drm"})},
                   .sources = source.directory});
        return path;
    }

    /// `content` is what the module is for the sample's own identity.
    precompile::FinishedModule describe(const std::string& name, std::string content,
                                        const precompile::PackageIdentity& identity,
                                        std::vector<std::string> depends) {
        if (identity != sampleIdentity()) {
            content = sampleModule(name, name == "nvidia" ? core : noise(600, 2), identity);
        }
        precompile::FinishedModule finished{
            .file = directory.write(name + ".ko", content), .info = {.name = name}, .core = {}};
        finished.info.vermagic = identity.target.kernel + " SMP";
        finished.info.depends = std::move(depends);
        finished.core = name == "nvidia" ? source.cores.front().object : "";
        return finished;
    }

    Directory directory;
    std::string core = noise(20'000, 1);
    std::string module = sampleModule("nvidia", core);
    std::string uvm = sampleModule("nvidia-uvm", noise(600, 2));
    precompile::DriverSource source{
        "535.261.03",
        precompile::Flavour::Proprietary,
        directory.write("kernel/nvidia/nv-kernel.o_binary", core).parent_path().parent_path(),
        {{"nvidia", "nvidia/nv-kernel.o_binary"}}};
    std::filesystem::path file = directory.path() / "package.tar";
};

/// `old` again, each member's content as `change` makes it; members for which it gives nothing are
/// left out.
inline std::filesystem::path
rewritten(const std::filesystem::path& old,
          const std::function<std::optional<std::string>(const std::string& name,
                                                         const std::string& content)>& change) {
    auto file = old.parent_path() / "rewritten.tar";
    host::TarReader reader(old);
    host::TarWriter writer(file, 0);
    while (const auto member = reader.next()) {
        if (const auto content = change(member->name, reader.read(1 << 20))) {
            writer.add(member->name, std::as_bytes(std::span(*content)));
        }
    }
    writer.close();
    return file;
}

} // namespace tests
