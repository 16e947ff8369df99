#include "driverctl/commands/all.h"
#include "driverctl/commands/host_driver.h"

#include "driverctl/report/device_changes.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "gpu/device_nodes.h"
#include "host/base/error.h"
#include "host/base/text.h"
#include "host/kernel/node_actions.h"

#include <fmt/format.h>
#include <functional>
#include <optional>
#include <sys/sysmacros.h>

namespace driverctl {

namespace {

using gpu::NodeKind;

struct KindArgument {
    const char* name;
    NodeKind kind;
    const char* module; ///< that the nodes are of
};

constexpr KindArgument kKinds[] = {
    {"control", NodeKind::Control, "nvidia"},
    {"gpu", NodeKind::Gpu, "nvidia"},
    {"uvm", NodeKind::Uvm, "nvidia-uvm"},
    {"modeset", NodeKind::Modeset, "nvidia-modeset"},
    {"caps", NodeKind::Capability, "nvidia"},
    {"imex", NodeKind::Imex, "nvidia"},
    {"nvswitch", NodeKind::Switch, "nvidia"},
    {"nvlink", NodeKind::Link, "nvidia"},
    {"capability-file", NodeKind::Capability, "nvidia"},
};

struct Wish {
    gpu::NodeSelection nodes;
    std::vector<std::string> modules; ///< that have to be loaded; empty: no kind was named
    bool makesNodes = true;
    bool makesLinks = true;
};

unsigned minorOf(const std::string& word) {
    const auto minor = host::toNumber<unsigned>(word);
    if (!minor) {
        throw host::Error(host::Fault::Usage, fmt::format("'{}' is no minor number", word));
    }
    return *minor;
}

Wish wishOf(const Settings& settings, const Arguments& arguments) {
    Wish wish;
    std::set<NodeKind> kinds;
    for (const auto& [name, kind, module] : kKinds) {
        if (arguments.has(name)) {
            kinds.insert(kind);
            wish.modules.emplace_back(module);
        }
    }
    const bool linksNamed = arguments.has("dev-char-symlinks");
    wish.makesNodes = !kinds.empty() || !linksNamed;
    wish.makesLinks = kinds.empty() || linksNamed;
    if (!kinds.empty()) {
        wish.nodes.kinds = kinds;
    }
    for (const std::string& minor : arguments.words("minor")) {
        wish.nodes.minors.insert(minorOf(minor));
    }
    const auto& files = arguments.words("capability-file");
    wish.nodes.capabilityFiles.assign(files.begin(), files.end());
    wish.nodes.imexChannels = gpu::imexChannels(settings.get(&loader::LifeSettings::imexChannels));
    if (arguments.has("imex") && wish.nodes.imexChannels.empty()) {
        wish.nodes.imexChannels = {0};
    }
    return wish;
}

/// Nothing when the node is as it has to be.
std::optional<DeviceChange> changeOf(const host::DeviceNode& node) {
    DeviceChange change{.path = node.path.string(),
                        .number = fmt::format("{}:{}", ::major(node.number), ::minor(node.number)),
                        .mode = node.mode,
                        .owner = node.owner,
                        .group = node.group};
    switch (host::changeNeeded(node)) {
    case host::NodeChange::None:
        return std::nullopt;
    case host::NodeChange::Make:
        change.kind = DeviceChange::Kind::Make;
        break;
    case host::NodeChange::Replace:
        change.kind = DeviceChange::Kind::Replace;
        break;
    case host::NodeChange::Permit:
        change.kind = DeviceChange::Kind::Permit;
        break;
    }
    return change;
}

class Maker {
  public:
    Maker(host::NodeActions& actions, bool dryRun)
        : actions_(actions), report_{.dryRun = dryRun, .changes = {}} {}

    void makeNode(const host::DeviceNode& node) {
        if (const auto change = changeOf(node)) {
            add(*change, [&] { actions_.makeDeviceNode(node); });
        }
    }
    void makeLink(const gpu::DeviceLink& link) {
        if (!isThere(link)) {
            add({.kind = DeviceChange::Kind::Link,
                 .path = link.link.string(),
                 .target = link.target.string()},
                [&] { actions_.makeLink(link.target, link.link); });
        }
    }
    [[nodiscard]] const DeviceChanges& report() const { return report_; }

  private:
    void add(const DeviceChange& change, const std::function<void()>& make) {
        report_.changes.push_back(change);
        if (!report_.dryRun) {
            make();
            logInfo(describe(change, report_.dryRun));
        }
    }

    host::NodeActions& actions_;
    DeviceChanges report_;
};

ExitCode createDevices(const Settings& settings, const Arguments& arguments) {
    const Wish wish = wishOf(settings, arguments);
    const bool dryRun = arguments.has("dry-run");
    host::NodeActions& actions = host::systemNodeActions();
    requireDriver(wish.modules, arguments.has("load-kmods") && !dryRun, actions);
    const auto& dev = settings.get(&loader::LifeSettings::devRoot);
    Maker maker(actions, dryRun);
    for (const auto& node : gpu::planDeviceNodes(wish.nodes, "/proc", dev)) {
        if (wish.makesNodes) {
            maker.makeNode(node);
        }
        if (wish.makesLinks && (wish.makesNodes || std::filesystem::exists(node.path))) {
            maker.makeLink(gpu::characterLink(node, dev));
        }
    }
    if (dryRun || settings.get(&CommandSettings::json)) { // what was done is in the log
        printReport(maker.report(), settings);
    }
    return ExitCode::Done;
}

} // namespace

const Command kDeviceCreate = {
    .name = "device create",
    .summary = "Make the driver's device nodes, as init does; without a kind all that there are",
    .settings = {"json", "dev-root", "imex-channel"},
    .arguments = {{.name = "control", .flags = "--control", .help = "nvidiactl"},
                  {.name = "gpu", .flags = "--gpu", .help = "nvidia0 and so on"},
                  {.name = "uvm", .flags = "--uvm", .help = "nvidia-uvm, nvidia-uvm-tools"},
                  {.name = "modeset", .flags = "--modeset", .help = "nvidia-modeset"},
                  {.name = "caps",
                   .flags = "--caps",
                   .help = "nvidia-caps/nvidia-cap1 and so on: MIG's, and the fabric's"},
                  {.name = "imex",
                   .flags = "--imex",
                   .help = "nvidia-caps-imex-channels/channel0, or those of --imex-channel"},
                  {.name = "nvswitch",
                   .flags = "--nvswitch",
                   .help = "nvidia-nvswitchctl, nvidia-nvswitch0 and so on"},
                  {.name = "nvlink", .flags = "--nvlink", .help = "nvidia-nvlink"},
                  {.name = "dev-char-symlinks",
                   .flags = "--dev-char-symlinks",
                   .help = "The links char/MAJOR:MINOR to the nodes; without a kind, of those "
                           "that are there"},
                  {.name = "minor",
                   .flags = "--minor",
                   .placeholder = "N",
                   .help = "Of GPUs and NVSwitches only those with this minor number (repeatable)",
                   .most = kAnyNumber},
                  {.name = "capability-file",
                   .flags = "--capability-file",
                   .placeholder = "FILE",
                   .help = "Of capabilities only that of this file below "
                           "/proc/driver/nvidia/capabilities (repeatable)",
                   .isInput = true,
                   .most = kAnyNumber},
                  {.name = "load-kmods",
                   .flags = "--load-kmods",
                   .help = "Load the driver's modules first, where the host has its own"},
                  {.name = "dry-run",
                   .flags = "--dry-run",
                   .help = "Say what would be made or changed, and change nothing"}},
    .exitCodes = {ExitCode::NoGpu},
    .run = createDevices,
};

} // namespace driverctl
