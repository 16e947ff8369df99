#include "driverctl/container_access.h"

#include "driverctl/selinux_labels.h"
#include "host/base/error.h"
#include "loader/checks/host_drivers.h"
#include "toolkit/cdi/directories.h"
#include "toolkit/cdi/generate.h"
#include "toolkit/cdi/publish.h"
#include "toolkit/inventory/collect.h"
#include "toolkit/inventory/inventory_json.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <unistd.h>
#include <utility>

namespace driverctl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kAuto = "auto";
constexpr const char* kOff = "off";

/// Nothing: no specification is written.
std::optional<fs::path> directoryOf(const std::string& cdi, const host::Roots& roots) {
    if (cdi == kOff) {
        return std::nullopt;
    }
    if (cdi == kAuto) {
        fs::path directory = toolkit::cdi::defaultDirectories(roots.root).back(); // of what runs
        return ::access(directory.c_str(), W_OK) == 0 ? std::optional(std::move(directory))
                                                      : std::nullopt;
    }
    if (!fs::path(cdi).is_absolute()) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("cdi cannot be '{}': it is a directory's absolute path, "
                                      "'{}' or '{}'",
                                      cdi, kAuto, kOff));
    }
    return cdi;
}

bool isSame(const fs::path& one, const fs::path& other) {
    std::error_code none;
    return fs::equivalent(one, other, none);
}

/// As the host sees it; `driverRoot` shows it this container.
fs::path onHost(const fs::path& dev, const fs::path& driverRoot, const host::Roots& roots) {
    const auto host = loader::hostRoot(roots);
    return host && isSame(dev, *host / dev.relative_path()) ? dev
                                                            : driverRoot / dev.relative_path();
}

/// The CDI directories in which readers look, that of the file included.
toolkit::cdi::Listing listingWith(const fs::path& file, const host::Roots& roots) {
    return toolkit::cdi::listDirectoriesWith(file, toolkit::cdi::defaultDirectories(roots.root),
                                             roots);
}

} // namespace

ContainerFiles::ContainerFiles(const loader::LifeSettings& settings,
                               const toolkit::cdi::CdiSettings& cdi, host::NodeActions& actions,
                               const host::Observer& observer, host::Roots roots,
                               const std::optional<toolkit::InstallationPlan>& toolkit)
    : settings_(settings), cdi_(cdi), actions_(actions), observer_(observer),
      roots_(std::move(roots)), directory_(directoryOf(settings.cdi, roots_)) {
    if (toolkit) {
        toolkit_.emplace(*toolkit, observer_);
    }
}

std::vector<fs::path> ContainerFiles::files() const {
    std::vector<fs::path> files = {toolkit::inventoryFile(settings_.runDir)};
    if (directory_) {
        files.push_back(toolkit::cdi::publishedFile(*directory_));
    }
    return files;
}

void ContainerFiles::write() {
    const fs::path driverRoot = settings_.runDir / "driver";
    host::Roots seen = roots_;
    seen.dev = onHost(settings_.devRoot, driverRoot, roots_);
    const auto inventory =
        toolkit::collect({.driverRoot = driverRoot}, seen,
                         {.nvml = [](const auto&... args) { return gpu::askNvml(args...); }});
    labelForContainers(inventory, actions_, observer_, roots_);
    toolkit::cdi::replaceIfChanged(actions_, toolkit::inventoryFile(settings_.runDir),
                                   toolkit::inventoryToText(inventory));
    if (!directory_) {
        return;
    }
    const auto options = toolkit::cdi::optionsFor(cdi_, driverRoot, loader::hostRoot(roots_));
    if (options.edits.hookProgram.empty()) {
        observer_.forgive(host::Error(toolkit::cdi::kNoHookProgram,
                                      "Name the host's in {hook-path}, or have it installed."));
    }
    toolkit::cdi::publish(actions_, *directory_, generate(inventory, options));
    const auto file = toolkit::cdi::publishedFile(*directory_);
    if (const auto finding = findingOfAmbiguity(listingWith(file, roots_), file)) {
        observer_.forgive(host::Error(finding->text, finding->remedy));
    }
}

std::vector<fs::path> ContainerFiles::publish() {
    try {
        write();
        if (settings_.watch) {
            host::Roots watched = roots_;
            watched.dev = settings_.devRoot;
            watch_.emplace(watched, toolkit::socketsToWatch(
                                        {.driverRoot = settings_.runDir / "driver"}, roots_));
        }
    } catch (const host::Error& error) {
        if (settings_.cdi != kAuto && directory_) {
            throw host::Error(
                error.fault(),
                fmt::format("containers cannot be told of the driver: {}", error.what()),
                error.remedy().empty()
                    ? "Mount the host's directory for CDI specifications into the "
                      "container, or set {cdi} to off."
                    : error.remedy());
        }
        observer_.forgive(error);
        removeAll(actions_, files());
        return {};
    }
    if (directory_) {
        observer_.note(fmt::format("Containers find the GPUs by {}", files().back().string()));
    } else if (settings_.cdi == kAuto) {
        observer_.note("No CDI specification is written: there is no /var/run/cdi to write to");
    }
    return files();
}

void ContainerFiles::installToolkit() {
    if (toolkit_) {
        toolkit_->putUp();
    }
}

void ContainerFiles::takeToolkitBack() {
    if (toolkit_) {
        toolkit_->takeBack();
    }
}

void ContainerFiles::serve() {
    try {
        if (watch_->changed()) {
            write();
            observer_.note("GPUs or device nodes have changed: containers are told anew");
        }
    } catch (const host::Error& error) {
        observer_.forgive(error);
    }
}

std::vector<std::string> reasonsNotUsable(const loader::NodeState& state, const fs::path& runDir,
                                          const host::Roots& roots) {
    std::vector<std::string> reasons;
    for (const auto& path : state.containerFiles) {
        if (path == toolkit::inventoryFile(runDir) || !fs::exists(path)) {
            continue; // a file that is missing is a reason of loader's
        }
        const auto listing = listingWith(path, roots);
        const auto file = std::ranges::find(listing.files, path, &toolkit::cdi::CdiFile::path);
        if (file == listing.files.end()) {
            continue; // it has just gone
        }
        std::ranges::transform(
            file->problems.empty() ? file->stale : file->problems, std::back_inserter(reasons),
            [&](const std::string& text) { return fmt::format("{}: {}", path.string(), text); });
        if (const auto finding = findingOfAmbiguity(listing, path)) {
            reasons.push_back(finding->text);
        }
    }
    return reasons;
}

} // namespace driverctl
