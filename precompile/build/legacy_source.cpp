#include "precompile/build/legacy_source.h"

#include "host/base/error.h"

#include <fmt/format.h>

namespace precompile {

namespace {

std::filesystem::path placeOf(const PackageIdentity& wanted,
                              const std::filesystem::path& sourceDirectory) {
    const std::string& kernel = wanted.target.kernel;
    return sourceDirectory / fmt::format("nvidia-{}", wanted.driver) / "kernel/precompiled" /
           kernel /
           fmt::format("nvidia-modules-{}{}{}", kernel.substr(0, kernel.find('-')),
                       wanted.tag.empty() ? "" : "-", wanted.tag);
}

class LegacySource : public PackageSource {
  public:
    LegacySource(std::filesystem::path file, LegacyTools tools, bool signatureNeeded)
        : file_(std::move(file)), tools_(std::move(tools)), signatureNeeded_(signatureNeeded) {}

    [[nodiscard]] std::string name() const override { return file_.string(); }
    [[nodiscard]] Kind kind() const override { return Kind::Imported; }

    bool has(const PackageIdentity& /*wanted*/) override {
        if (signatureNeeded_) {
            refuseUnsigned(file_);
        }
        return true;
    }

    bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) override {
        tools_.observer.note(
            fmt::format("Found NVIDIA driver package {}", file_.filename().string()));
        if (signatureNeeded_) {
            refuseUnsigned(file_);
        }
        tools_.observer.stage("Linking NVIDIA driver kernel modules");
        const LegacyPackage package(file_);
        const PackageIdentity identity = package.identity(wanted);
        if (identity != wanted) {
            throw host::Error(host::Fault::NoPackage,
                              fmt::format("{} is for {}, wanted is {}", file_.string(),
                                          identity.describe(), wanted.describe()),
                              "Build the package with {command:update}.");
        }
        package.pack(file, identity, tools_);
        return true;
    }

  private:
    std::filesystem::path file_;
    LegacyTools tools_;
    bool signatureNeeded_;
};

} // namespace

std::unique_ptr<PackageSource> openLegacySource(const PackageIdentity& wanted,
                                                const LegacyTools& tools, bool signatureNeeded) {
    const auto file = placeOf(wanted, tools.sourceDirectory);
    if (!std::filesystem::is_regular_file(file) || !isLegacyPackage(file)) {
        return nullptr;
    }
    return std::make_unique<LegacySource>(file, tools, signatureNeeded);
}

void refuseUnsigned(const std::filesystem::path& file) {
    throw host::Error(
        host::Fault::Verification,
        fmt::format("{} carries no signature, and only signed packages count here", file.string()),
        "Import it with {command:package import}, sign the result with "
        "{command:package sign} and put that into the store.");
}

} // namespace precompile
