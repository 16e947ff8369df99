#include "flatcar/distribution.h"

#include "flatcar/channel.h"
#include "flatcar/developer_environment.h"
#include "flatcar/developer_image.h"
#include "flatcar/release.h"
#include "flatcar/release_contents.h"
#include "host/base/error.h"
#include "host/base/printable.h"

#include <fmt/format.h>
#include <optional>

namespace flatcar {

namespace {

using distribution::Machine;
using distribution::Target;
using distribution::TargetSettings;

/// Flatcar's nightly builds lie on no channel's server.
constexpr const char* kNightlyBuilds = "https://bincache.flatcar-linux.net/images/{arch}/{version}";

Release releaseOf(const TargetSettings& name) {
    return {name.release, name.channel, name.board};
}

/// Where the release's files are. That of a machine's own release is what the machine says;
/// "current" without a channel means the machine's.
std::string channelFor(const std::string& release, const std::optional<Release>& own) {
    const std::string channel = own ? own->channel : "";
    if (isCurrent(release)) {
        return channelOfCurrent(release, channel);
    }
    if (own && release == own->version && !channel.empty()) {
        return channel;
    }
    return channelOf(release).value_or("");
}

class Flatcar : public distribution::Distribution {
  public:
    Flatcar(MirrorSettings mirrors, std::filesystem::path workDirectory, unsigned threads,
            std::filesystem::path caFile)
        : mirrors_(std::move(mirrors)), workDirectory_(std::move(workDirectory)), threads_(threads),
          caFile_(std::move(caFile)) {}

    [[nodiscard]] std::optional<Target> detect(const Machine& machine) const override {
        const auto release = detectRelease(machine.root);
        return release ? std::optional<Target>({.osId = kOsId,
                                                .osRelease = release->version,
                                                .architecture = machine.kernel.machine,
                                                .kernel = machine.kernel.release})
                       : std::nullopt;
    }

    [[nodiscard]] TargetSettings complete(TargetSettings given,
                                          const Machine& machine) const override {
        const auto own = detectRelease(machine.root);
        if (!given.channel.empty() && !isChannel(given.channel)) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("'{}' is no Flatcar channel", host::printable(given.channel)),
                "Give stable, beta, alpha, lts or a stream such as lts-2024.");
        }
        if (given.release.empty() && own) {
            given.release = own->version;
        }
        if (given.channel.empty()) {
            given.channel = channelFor(given.release, own);
        }
        if (const auto board = boardOf(machine.kernel.machine); board && given.board.empty()) {
            given.board = own && !own->board.empty() ? own->board : *board;
        }
        return given;
    }

    [[nodiscard]] bool claims(const TargetSettings& wanted) const override {
        return wanted.buildRoot.empty() && (isVersion(wanted.release) || isCurrent(wanted.release));
    }

    [[nodiscard]] TargetSettings fullName(TargetSettings wanted) const override {
        Release release = releaseOf(wanted);
        if (isCurrent(wanted.release)) {
            release.channel = channelOfCurrent(wanted.release, wanted.channel);
            release.version = "0.0.0"; // whichever it is
        } else if (wanted.channel.empty()) {
            release.channel = channelOf(wanted.release).value_or("");
        }
        validate(release);
        wanted.channel = release.channel;
        return wanted;
    }

    [[nodiscard]] TargetSettings resolve(TargetSettings name, host::SignalSet& stop,
                                         const host::Observer& observer) const override {
        if (isCurrent(name.release)) {
            name.release = currentVersion(requestFor(name, stop, observer));
            observer.note(
                fmt::format("The current release of channel {} is {}", name.channel, name.release));
        }
        return name;
    }

    [[nodiscard]] Target targetOf(const TargetSettings& release) const override {
        return {.osId = kOsId,
                .osRelease = release.release,
                .architecture = machineOf(release.board).value_or(""),
                .kernel = release.kernel};
    }

    void requirePublished(const TargetSettings& release, host::SignalSet& stop,
                          const host::Observer& observer) const override {
        const auto request = requestFor(release, stop, observer);
        if (!isCached(request)) {
            flatcar::requirePublished(request);
        }
    }

    /// An image that is there says it better.
    [[nodiscard]] distribution::ReleaseContents
    contentsOf(const TargetSettings& release, host::SignalSet& stop,
               const host::Observer& observer) const override {
        const auto request = requestFor(release, stop, observer);
        auto contents = isCached(request) ? distribution::ReleaseContents{}
                                          : flatcar::contentsOf(request);
        if (!release.kernel.empty()) {
            contents.kernel = release.kernel;
        }
        return contents;
    }

    [[nodiscard]] std::unique_ptr<distribution::BuildEnvironment>
    acquire(const TargetSettings& release, host::SignalSet& stop,
            const host::Observer& observer) const override {
        const auto request = requestFor(release, stop, observer);
        const DeveloperImage image = acquireImage(request);
        try {
            return std::make_unique<DeveloperEnvironment>(image, request.release, release.kernel,
                                                          workDirectory_);
        } catch (const host::Error& error) {
            if (error.fault() == host::Fault::Verification) { // or no mirror could ever mend it
                discardImage(request);
            }
            throw;
        }
    }

  private:
    /// How a release's files are fetched and verified.
    [[nodiscard]] ImageRequest requestFor(const TargetSettings& name, host::SignalSet& stop,
                                          const host::Observer& observer) const {
        const MirrorSettings defaults;
        const Release release = releaseOf(name);
        const bool nightly = release.version != release.base();
        return {.release = release,
                .mirrors =
                    nightly && mirrors_.bases == defaults.bases
                        ? std::vector<host::Address>{kNightlyBuilds}
                        : std::vector<host::Address>(mirrors_.bases.begin(), mirrors_.bases.end()),
                .keyring = mirrors_.keyring,
                // A file that was named and is not there is a mistake, not a wish for another one.
                .keyUrl = mirrors_.keyring == defaults.keyring ? mirrors_.signingKeyUrl : "",
                .signingKey = mirrors_.signingKey,
                .cache = workDirectory_ / "cache",
                .threads = threads_,
                .http = {.caFile = caFile_, .stop = &stop, .onRetry = observer.warn},
                .observer = observer};
    }

    MirrorSettings mirrors_;
    std::filesystem::path workDirectory_;
    unsigned threads_;
    std::filesystem::path caFile_;
};

} // namespace

std::unique_ptr<distribution::Distribution> makeDistribution(MirrorSettings mirrors,
                                                             std::filesystem::path workDirectory,
                                                             unsigned threads,
                                                             std::filesystem::path caFile) {
    return std::make_unique<Flatcar>(std::move(mirrors), std::move(workDirectory), threads,
                                     std::move(caFile));
}

} // namespace flatcar
