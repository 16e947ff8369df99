#include "driverctl/options.h"

#include "host/error.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

namespace driverctl {

namespace {

const std::vector<Setting> kRows = {
    {"log-format",
     "",
     {"DRIVERCTL_LOG_FORMAT"},
     &Options::logFormat,
     "Log as text for people or as JSON lines",
     {"text", "json"}},
    {"quiet", "-q", {"DRIVERCTL_QUIET"}, &Options::quiet, "Log warnings and errors only", {}},
    {"verbose", "-v", {"DRIVERCTL_VERBOSE"}, &Options::verbose, "Log details", {}},

    {"release",
     "",
     {"DRIVERCTL_RELEASE"},
     &Options::release,
     "Flatcar release, such as 4593.2.5; default: this node's",
     {}},
    {"channel",
     "",
     {"DRIVERCTL_CHANNEL"},
     &Options::channel,
     "Release channel; default: this node's, else the one that the release's number tells",
     {"", "stable", "beta", "alpha", "lts"}},
    {"board",
     "",
     {"DRIVERCTL_BOARD"},
     &Options::board,
     "Flatcar board; default: this machine's",
     {"", "amd64-usr", "arm64-usr"}},
    {"kernel",
     "-k",
     {"DRIVERCTL_KERNEL"},
     &Options::kernel,
     "Kernel release as uname -r prints it; default: the running one, or the release's when "
     "--release is given",
     {}},
    {"driver",
     "",
     {"DRIVERCTL_DRIVER", "DRIVER_VERSION"},
     &Options::driver,
     "Driver version; default: the only one in /usr/src/nvidia-*",
     {}},
    {"flavour",
     "",
     {"DRIVERCTL_FLAVOUR", "KERNEL_MODULE_TYPE", "OPEN_KERNEL_MODULES_ENABLED"},
     &Options::flavour,
     "Kernel module flavour; auto: what this machine's GPUs and the driver ask for",
     {"auto", "open", "proprietary"},
     {{"true", "open"}, {"false", "auto"}}},
    {"tag", "-t", {"DRIVERCTL_TAG"}, &Options::tag, "Tag that ends the package's name", {}},
    {"store", "", {"DRIVERCTL_STORE"}, &Options::store, "Directory that holds the packages", {}},

    {"source-dir",
     "",
     {"DRIVERCTL_SOURCE_DIR"},
     &Options::sourceDir,
     "Directory that holds the driver's kernel sources as nvidia-VERSION/{kernel,kernel-open}",
     {}},

    {"mirror",
     "",
     {"DRIVERCTL_MIRROR"},
     &Options::mirrors,
     "Base URL of the releases, tried in order; {channel} is replaced. Repeatable; in the "
     "environment separated by commas",
     {}},
    {"keyring",
     "",
     {"DRIVERCTL_KEYRING"},
     &Options::keyring,
     "OpenPGP keys that releases may be signed with",
     {}},
    {"signing-key",
     "",
     {"DRIVERCTL_SIGNING_KEY"},
     &Options::signingKey,
     "Fingerprint of the one primary key in the keyring that is trusted",
     {}},
    {"work-dir",
     "",
     {"DRIVERCTL_WORK_DIR"},
     &Options::workDir,
     "Directory for downloads, the image cache and compile logs",
     {}},
    {"build-root",
     "",
     {"DRIVERCTL_BUILD_ROOT"},
     &Options::buildRoot,
     "Build in this directory, which holds toolchain and kernel headers, instead of a "
     "release's developer environment; / is the host itself",
     {}},
    {"max-threads",
     "-m",
     {"DRIVERCTL_MAX_THREADS"},
     &Options::maxThreads,
     "Threads for decompressing and compiling; 0: one for each processor",
     {}},
    {"source-date-epoch",
     "",
     {"SOURCE_DATE_EPOCH"},
     &Options::sourceDateEpoch,
     "Time of the build, seconds since 1970, so that the same inputs give the same bytes; 0: "
     "now",
     {}},
    {"force",
     "",
     {"DRIVERCTL_FORCE"},
     &Options::force,
     "Build even when the store has a valid package",
     {}},

    {"accept-license",
     "-a",
     {"DRIVERCTL_ACCEPT_LICENSE"},
     &Options::acceptLicense,
     "Accept NVIDIA's license (kept for NVIDIA's driver container; changes nothing)",
     {}},
    {"no-build",
     "",
     {"DRIVERCTL_NO_BUILD"},
     &Options::noBuild,
     "Fail when the store has no package for this kernel, do not build one",
     {}},
    {"persistence",
     "",
     {"DRIVERCTL_PERSISTENCE"},
     &Options::persistence,
     "The persistence daemon: required (init fails without it), optional, off",
     {"required", "optional", "off"}},
    {"imex",
     "",
     {"DRIVERCTL_IMEX"},
     &Options::imex,
     "Run nvidia-imex, for memory that is shared between nodes over NVLink",
     {}},
    {"keep-loaded",
     "",
     {"DRIVERCTL_KEEP_LOADED"},
     &Options::keepLoaded,
     "Leave the driver loaded at the end, so that the next init with the same driver adopts it",
     {}},
    {"unbind-nouveau",
     "",
     {"DRIVERCTL_UNBIND_NOUVEAU"},
     &Options::unbindNouveau,
     "Take the GPUs away from nouveau or nova_core and unload that driver",
     {}},
    {"config-digest",
     "",
     {"DRIVERCTL_CONFIG_DIGEST", "DRIVER_CONFIG_DIGEST"},
     &Options::configDigest,
     "Digest of the configuration that the driver is loaded with; another one means loading anew",
     {}},
    {"gpu-direct-rdma",
     "",
     {"DRIVERCTL_GPU_DIRECT_RDMA", "GPU_DIRECT_RDMA_ENABLED"},
     &Options::gpuDirectRdma,
     "Load nvidia-peermem, for GPUDirect RDMA",
     {}},
    {"gpu-direct-storage",
     "",
     {"DRIVERCTL_GPU_DIRECT_STORAGE", "GDS_ENABLED"},
     &Options::gpuDirectStorage,
     "Say in .driver-ctr-ready that GPUDirect Storage is wanted (another container loads it)",
     {}},
    {"gdrcopy",
     "",
     {"DRIVERCTL_GDRCOPY", "GDRCOPY_ENABLED"},
     &Options::gdrCopy,
     "Say in .driver-ctr-ready that GDRCopy is wanted (another container loads it)",
     {}},
    {"host-mofed",
     "",
     {"DRIVERCTL_HOST_MOFED", "USE_HOST_MOFED"},
     &Options::hostMofed,
     "The host itself has NVIDIA's network driver, no container brings it",
     {}},
    {"metrics-file",
     "",
     {"DRIVERCTL_METRICS_FILE"},
     &Options::metricsFile,
     "Keep Prometheus metrics in this file, for node-exporter's textfile collector",
     {}},
    {"metrics-listen",
     "",
     {"DRIVERCTL_METRICS_LISTEN"},
     &Options::metricsListen,
     "Serve Prometheus metrics at this address, such as 127.0.0.1:9599",
     {}},
    {"run-dir",
     "",
     {"DRIVERCTL_RUN_DIR"},
     &Options::runDir,
     "Directory shared with the host that holds driver root, pid file and state",
     {}},
    {"parameter-dir",
     "",
     {"DRIVERCTL_PARAMETER_DIR"},
     &Options::parameterDir,
     "Directory with the modules' parameter files, such as nvidia.conf",
     {}},
    {"dev-root",
     "",
     {"DRIVERCTL_DEV_ROOT"},
     &Options::devRoot,
     "Directory in which the device nodes are made",
     {}},

    {"json", "", {"DRIVERCTL_JSON"}, &Options::json, "Report as JSON", {}},
    {"dry-run", "", {}, &Options::dryRun, "Say what would be done, and change nothing", {}},
    {"probe", "", {}, &Options::probe, "What is asked", {"", "startup", "readiness", "liveness"}},
};

bool parseFlag(const std::string& value) {
    if (value == "true" || value == "1" || value == "yes" || value == "on") {
        return true;
    }
    if (value == "false" || value == "0" || value == "no" || value == "off" || value.empty()) {
        return false;
    }
    throw std::invalid_argument("true or false");
}

unsigned parseNumber(const std::string& value) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size()) {
        throw std::invalid_argument("a number");
    }
    return number;
}

/// A TOML basic string.
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') {
            out += '\\';
        }
        out += character;
    }
    return out + '"';
}

struct Parser {
    Options& options;
    const std::vector<std::string>& values;

    void operator()(std::string Options::*member) const { options.*member = values.back(); }
    void operator()(std::filesystem::path Options::*member) const {
        options.*member = values.back();
    }
    void operator()(bool Options::*member) const { options.*member = parseFlag(values.back()); }
    void operator()(unsigned Options::*member) const {
        options.*member = parseNumber(values.back());
    }
    void operator()(std::vector<std::string> Options::*member) const { options.*member = values; }
};

struct Formatter {
    const Options& options;

    std::string operator()(std::string Options::*member) const { return quoted(options.*member); }
    std::string operator()(std::filesystem::path Options::*member) const {
        return quoted((options.*member).string());
    }
    std::string operator()(bool Options::*member) const {
        return options.*member ? "true" : "false";
    }
    std::string operator()(unsigned Options::*member) const {
        return std::to_string(options.*member);
    }
    std::string operator()(std::vector<std::string> Options::*member) const {
        std::vector<std::string> items;
        for (const std::string& item : options.*member) {
            items.push_back(quoted(item));
        }
        return fmt::format("[{}]", fmt::join(items, ", "));
    }
};

} // namespace

std::span<const Setting> settings() {
    return kRows;
}

const Setting& setting(std::string_view name) {
    const auto row = std::ranges::find(kRows, name, &Setting::name);
    if (row == kRows.end()) {
        throw std::logic_error(fmt::format("no setting is named {}", name));
    }
    return *row;
}

void assign(Options& options, const Setting& setting, const std::vector<std::string>& values,
            std::string_view origin) {
    const auto refuse = [&](std::string_view wanted) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{}: {} cannot be '{}'", origin, setting.name,
                                      values.empty() ? "" : values.back()),
                          fmt::format("Give {}.", wanted));
    };
    if (values.empty()) {
        refuse("a value");
    }
    std::vector<std::string> known = values;
    for (const auto& [synonym, choice] : setting.synonyms) {
        known.back() = known.back() == synonym ? std::string(choice) : known.back();
    }
    if (!setting.choices.empty() &&
        std::ranges::find(setting.choices, known.back()) == setting.choices.end()) {
        refuse(fmt::format("one of: {}", fmt::join(setting.choices, " ")));
    }
    try {
        std::visit(Parser{options, known}, setting.member);
    } catch (const std::invalid_argument& wanted) {
        refuse(wanted.what());
    }
}

std::string format(const Options& options, const Setting& setting) {
    return std::visit(Formatter{options}, setting.member);
}

} // namespace driverctl
