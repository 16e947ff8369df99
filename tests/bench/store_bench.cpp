/// How long init looks for its package in a store of 100, beside a store of one: the ratios count,
/// not the times of one machine. Packages have the size and the manifest of real ones.
#include "host/archive/archive.h"
#include "precompile/package/store.h"
#include "tests/unit/precompile/sample.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace {

using precompile::PackageIdentity;
using precompile::Store;

constexpr int kRounds = 51; ///< the median of them counts
constexpr std::size_t kModuleSize = 600'000;

PackageIdentity identityOf(int number) {
    auto identity = tests::sampleIdentity();
    identity.target.osRelease = fmt::format("{}.2.5", 4000 + number);
    return identity;
}

void fill(const std::filesystem::path& store, int packages) {
    const std::string content = tests::noise(kModuleSize, 1);
    for (int number = 0; number < packages; ++number) {
        precompile::Manifest manifest;
        manifest.identity = identityOf(number);
        manifest.builtAt = 1700000000;
        manifest.inputs = {{"driver-sources", std::string(64, 'a')},
                           {"symbol-versions", std::string(64, 'b')}};
        for (const char* name :
             {"nvidia", "nvidia-uvm", "nvidia-modeset", "nvidia-drm", "nvidia-peermem"}) {
            manifest.modules.push_back({.name = name,
                                        .member = fmt::format("{}.ko.zst", name),
                                        .size = kModuleSize,
                                        .sha256 = std::string(64, 'c'),
                                        .vermagic = "6.12.102-flatcar SMP preempt mod_unload",
                                        .sourceVersion = "0123456789ABCDEF01234567",
                                        .depends = {"nvidia"},
                                        .core = std::nullopt});
        }
        const auto& identity = manifest.identity;
        std::filesystem::create_directories(store / identity.directoryName());
        host::TarWriter archive(store / identity.directoryName() / identity.fileName(), 0);
        const std::string text = precompile::toJson(manifest);
        archive.add(precompile::kManifestName, std::as_bytes(std::span(text)));
        for (const auto& module : manifest.modules) {
            archive.add(module.member, std::as_bytes(std::span(content)));
        }
        archive.close();
    }
}

/// Median of one lookup, in milliseconds.
double timeOf(const Store& store, const PackageIdentity& wanted, bool found) {
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        const auto lookup = store.find(wanted);
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
                .count());
        if (lookup.file.has_value() != found) {
            throw std::logic_error("the store did not answer what it should");
        }
    }
    std::ranges::nth_element(times, times.begin() + kRounds / 2);
    return times[kRounds / 2];
}

} // namespace

int main() {
    const tests::Directory directory;
    const Store one(directory.path() / "one");
    const Store hundred(directory.path() / "hundred");
    fill(one.directory(), 1);
    fill(hundred.directory(), 100);
    const double single = timeOf(one, identityOf(0), true);
    const auto print = [single](const char* what, double time) {
        fmt::print("{:<44} {:8.3f} ms {:8.1f} times\n", what, time, time / single);
    };
    print("found among 1 package", single);
    print("found among 100 packages", timeOf(hundred, identityOf(99), true));
    print("not found among 100 packages, with reasons", timeOf(hundred, identityOf(100), false));
}
