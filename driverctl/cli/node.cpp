#include "driverctl/cli/node.h"

#include "flatcar/release.h"
#include "gpu/functions.h"
#include "host/base/error.h"
#include "host/base/printable.h"
#include "host/kernel/os_release.h"
#include "loader/checks/flavour_choice.h"
#include "precompile/package/driver_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace driverctl {

namespace {

/// The host's os-release where a container finds it, else our own.
host::KeyValues osRelease(const std::filesystem::path& root) {
    for (const char* file : {"host-etc/os-release", "etc/os-release", "usr/lib/os-release"}) {
        if (auto values = host::readKeyValues(root / file)) {
            return *values;
        }
    }
    return {};
}

std::string valueOf(const host::KeyValues& values, std::string_view key) {
    const auto found = values.find(key);
    return found == values.end() ? "" : found->second;
}

/// Where the release's files are. That of a node's own release is what the node says; "current"
/// without a channel means the node's.
std::string channelFor(const std::string& release, const std::optional<flatcar::Release>& node) {
    const std::string nodes = node ? node->channel : "";
    if (flatcar::isCurrent(release)) {
        return flatcar::channelOfCurrent(release, nodes);
    }
    if (node && release == node->version && !nodes.empty()) {
        return nodes;
    }
    return flatcar::channelOf(release).value_or("");
}

loader::FlavourChoice chooseFlavour(const std::string& driver, const std::filesystem::path& root) {
    return loader::chooseFlavour(gpu::nvidiaFunctions(root / "sys"), driver,
                                 loader::readSupportedGpus(driver, root));
}

} // namespace

void applyNode(Config& config, const std::filesystem::path& root) {
    const host::KernelIdentity kernel = host::runningKernel();
    const auto node = flatcar::detectRelease(root);
    const Options& options = config.options;
    Layer layer;
    if (node) {
        layer["release"] = {node->version};
    }
    const bool otherRelease =
        !options.target.release.empty() && (!node || options.target.release != node->version);
    if (!otherRelease) {
        layer["kernel"] = {kernel.release};
    }
    const std::string release =
        options.target.release.empty() && node ? node->version : options.target.release;
    if (const std::string channel = channelFor(release, node); !channel.empty()) {
        layer["channel"] = {channel};
    }
    if (!options.target.channel.empty() && !flatcar::isChannel(options.target.channel)) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("'{}' is no Flatcar channel", host::printable(options.target.channel)),
            "Give stable, beta, alpha, lts or a stream such as lts-2024.");
    }
    if (const auto board = flatcar::boardOf(kernel.machine)) {
        layer["board"] = {node && !node->board.empty() ? node->board : *board};
    }
    const auto drivers = precompile::installedDrivers(options.driver.sourceDir);
    if (drivers.size() == 1) {
        layer["driver"] = drivers;
    }
    config.applyBelow(layer, "this node");
}

void applyFlavour(Config& config, const std::filesystem::path& root) {
    if (!config.options.driver.flavour) {
        const auto choice = chooseFlavour(config.options.driver.version, root);
        config.apply({{"flavour", {std::string(toString(choice.flavour))}}}, choice.reason);
    }
}

precompile::DriverSettings withFlavour(precompile::DriverSettings wanted,
                                       const std::filesystem::path& root) {
    if (!wanted.flavour) {
        wanted.flavour = chooseFlavour(wanted.version, root).flavour;
    }
    return wanted;
}

precompile::DriverSettings completeDriver(precompile::DriverSettings wanted,
                                          const std::filesystem::path& root) {
    if (!wanted.version.empty()) {
        return withFlavour(std::move(wanted), root);
    }
    const auto drivers = precompile::installedDrivers(wanted.sourceDir);
    throw host::Error(
        host::Fault::Usage,
        drivers.empty()
            ? fmt::format("there are no driver sources in {}", wanted.sourceDir.string())
            : fmt::format("there are several drivers in {}: {}", wanted.sourceDir.string(),
                          fmt::join(drivers, ", ")),
        "Name one with --driver or DRIVER_VERSION.");
}

precompile::PackageIdentity identityOfNode(const Options& options,
                                           const std::filesystem::path& root) {
    const host::KernelIdentity kernel = host::runningKernel();
    const host::KeyValues os = osRelease(root);
    const auto node = flatcar::detectRelease(root); // knows a nightly build from the release
    return {.osId = valueOf(os, "ID"),
            .osRelease = node ? node->version : valueOf(os, "VERSION_ID"),
            .architecture = kernel.machine,
            .kernel = kernel.release,
            .driver = options.driver.version,
            .flavour = options.driver.flavour.value(),
            .tag = options.driver.tag};
}

precompile::PackageIdentity identityOfRelease(const Options& options) {
    precompile::PackageIdentity identity = identityOfNode(options);
    if (!options.target.release.empty()) {
        identity.osId = "flatcar";
        identity.osRelease = options.target.release;
    }
    return identity;
}

} // namespace driverctl
