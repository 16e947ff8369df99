#include "toolkit/rootless/command_line.h"

#include "host/base/error.h"
#include "toolkit/cdi/readers.h"
#include "toolkit/edits/gpu_kind.h"
#include "toolkit/shim/next_runtime.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toolkit::rootless {

namespace {

constexpr const char* kVisibleDevices = "--env=NVIDIA_VISIBLE_DEVICES=all";

bool isGood(const cdi::CdiDevice& device, const Facts& facts) {
    const auto file =
        std::ranges::find(facts.specifications.files, device.file, &cdi::CdiFile::path);
    return device.state == cdi::DeviceState::Usable && isOfGpus(*file) && file->stale.empty() &&
           objectionsTo(*file, facts.podman.version).empty();
}

struct Way {
    std::string runtime; ///< empty: the one that podman takes
    std::vector<std::string> options;
};

std::optional<Way> wayOf(const Facts& facts) {
    const auto& podman = facts.podman;
    if (const auto device = usableDevice(facts)) {
        return Way{.runtime = {}, .options = {"--device", *device}};
    }
    if (podman.nvidia && podman.nvidia->isThere && (isCrun(podman.next) || !needsGroup(facts))) {
        return Way{.runtime = podman.nvidia->name, .options = {kVisibleDevices}};
    }
    if (podman.hooks.empty()) {
        return std::nullopt;
    }
    const auto& hooks = podman.hooks.front();
    Way way{.runtime = {}, .options = {kVisibleDevices}};
    if (!hooks.isConfigured) {
        way.options.insert(way.options.begin(), "--hooks-dir=" + hooks.path.string());
    }
    return way;
}

} // namespace

bool isOfGpus(const cdi::CdiFile& file) {
    return file.problems.empty() && file.specification.at("kind") == kGpuKind;
}

bool needsGroup(const NodeFacts& node, const UserFacts& user) {
    const auto group = node.node ? groupOf(*node.node) : std::nullopt;
    return group && node.isUsable && std::ranges::count(user.groups, *group) != 0;
}

bool needsGroup(const Facts& facts) {
    return std::ranges::any_of(facts.nodes,
                               [&](const NodeFacts& node) { return needsGroup(node, facts.user); });
}

std::vector<std::string> objectionsTo(const cdi::CdiFile& file, const std::string& podman) {
    if (!isOfGpus(file) || podman.empty()) {
        return {};
    }
    try {
        return cdi::objectionsOf(cdi::readerOf("podman-" + podman), file.specification);
    } catch (const host::Error&) { // the whole of it
        return {fmt::format("podman {} reads no CDI specifications", podman)};
    }
}

std::optional<std::string> usableDevice(const Facts& facts) {
    std::vector<std::string> names;
    for (const auto& device : facts.specifications.devices) {
        if (isGood(device, facts)) {
            names.push_back(device.name);
        }
    }
    const auto all = fmt::format("{}=all", kGpuKind);
    if (std::ranges::count(names, all) != 0) {
        return all;
    }
    return names.empty() ? std::nullopt : std::optional(names.front());
}

std::optional<std::string> commandLine(const Facts& facts) {
    auto way = wayOf(facts);
    if (!way) {
        return std::nullopt;
    }
    if (needsGroup(facts) && way->runtime.empty()) { // the runtime nvidia does so itself
        way->runtime = isCrun(facts.podman.runtime.program) ? "" : "crun";
        way->options.insert(way->options.end(), {"--group-add", "keep-groups"});
    }
    if (facts.selinuxObstacle) {
        way->options.emplace_back("--security-opt=label=disable");
    }
    return fmt::format("podman {}run --rm {} IMAGE nvidia-smi",
                       way->runtime.empty() ? "" : fmt::format("--runtime {} ", way->runtime),
                       fmt::join(way->options, " "));
}

} // namespace toolkit::rootless
