#include "driverctl/flatcar_distribution.h"

#include "driverctl/http_options.h"
#include "driverctl/report/log.h"
#include "driverctl/report/progress.h"
#include "flatcar/channel.h"
#include "flatcar/developer_environment.h"
#include "flatcar/release.h"
#include "host/base/error.h"

#include <fmt/format.h>
#include <optional>

namespace driverctl {

namespace {

/// Flatcar's nightly builds lie on no channel's server.
constexpr const char* kNightlyBuilds = "https://bincache.flatcar-linux.net/images/{arch}/{version}";

class FlatcarEnvironment : public BuildEnvironment {
  public:
    FlatcarEnvironment(const flatcar::Image& image, const flatcar::Release& release,
                       const Options& options)
        : environment_(image, release, options.target.kernel, options.build.workDir) {}
    [[nodiscard]] const distribution::BuildRoot& buildRoot() const override {
        return environment_.buildRoot();
    }

  private:
    flatcar::DeveloperEnvironment environment_;
};

class FlatcarDistribution : public Distribution {
  public:
    explicit FlatcarDistribution(const Options& options)
        : options_(options), release_{options.target.release, options.target.channel,
                                      options.target.board} {}

    [[nodiscard]] precompile::PackageIdentity identity() const override {
        return {.osId = "flatcar",
                .osRelease = release_.version,
                .architecture = flatcar::machineOf(release_.board).value_or(""),
                .kernel = options_.target.kernel,
                .driver = options_.driver.version,
                .flavour = options_.driver.flavour.value(),
                .tag = options_.driver.tag};
    }

    [[nodiscard]] std::unique_ptr<BuildEnvironment> acquire(host::SignalSet& stop) const override {
        const flatcar::Image image = fetchImage(stop);
        try {
            return std::make_unique<FlatcarEnvironment>(image, release_, options_);
        } catch (const host::Error& error) {
            if (error.fault() == host::Fault::Verification) { // or no mirror could ever mend it
                flatcar::discardImage(imageRequest(options_, release_, stop));
            }
            throw;
        }
    }

  private:
    [[nodiscard]] flatcar::Image fetchImage(host::SignalSet& stop) const {
        std::optional<Progress> progress;
        auto request = imageRequest(options_, release_, stop);
        request.threads = options_.build.maxThreads;
        request.onStage = [&](const std::string& stage) {
            progress.reset();
            host::logInfo(fmt::format("{} the developer environment of release {}...", stage,
                                      release_.version));
            progress.emplace(stage, host::WorkDone::Unit::Bytes);
        };
        request.onProgress = [&](std::uint64_t done, std::uint64_t total) {
            progress->update(done, total);
        };
        return flatcar::acquireImage(request);
    }

    Options options_;
    flatcar::Release release_;
};

} // namespace

flatcar::ImageRequest imageRequest(const Options& options, const flatcar::Release& release,
                                   host::SignalSet& stop) {
    const Options defaults;
    const bool nightly = release.version != release.base();
    return {.release = release,
            .mirrors = nightly && options.mirror.bases == defaults.mirror.bases
                           ? std::vector<host::Address>{kNightlyBuilds}
                           : std::vector<host::Address>(options.mirror.bases.begin(),
                                                        options.mirror.bases.end()),
            .keyring = options.mirror.keyring,
            // A file that was named and is not there is a mistake, not a wish for another one.
            .keyUrl = options.mirror.keyring == defaults.mirror.keyring
                          ? options.mirror.signingKeyUrl
                          : "",
            .signingKey = options.mirror.signingKey,
            .cache = options.build.workDir / "cache",
            .http = httpOptions(options.registry.caFile, stop)};
}

std::unique_ptr<Distribution> makeFlatcarDistribution(const Options& options,
                                                      host::SignalSet& stop) {
    Options wanted = options;
    if (flatcar::isCurrent(options.target.release)) {
        wanted.target.channel =
            flatcar::channelOfCurrent(options.target.release, options.target.channel);
        const flatcar::Release any{"0.0.0", wanted.target.channel, options.target.board};
        flatcar::validate(any);
        wanted.target.release = flatcar::currentVersion(imageRequest(options, any, stop));
        host::logInfo(fmt::format("The current release of channel {} is {}", wanted.target.channel,
                                  wanted.target.release));
    }
    flatcar::validate({wanted.target.release, wanted.target.channel, wanted.target.board});
    return std::make_unique<FlatcarDistribution>(wanted);
}

} // namespace driverctl
