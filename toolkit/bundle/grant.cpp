#include "toolkit/bundle/grant.h"

#include "host/base/error.h"
#include "toolkit/edits/gpu_kind.h"
#include "toolkit/edits/requested_edits.h"
#include "toolkit/inventory/selection.h"

#include <algorithm>
#include <fmt/format.h>

namespace toolkit {

namespace {

/// "0" of "nvidia.com/gpu=0"; a plain name stays.
std::string plainName(const std::string& name) {
    const auto equals = name.find('=');
    if (equals == std::string::npos) {
        return name;
    }
    if (name.substr(0, equals) != kGpuKind) {
        throw host::Error(
            fmt::format("the container asks for the CDI device '{}', and only those of {} are"
                        " known here",
                        name, kGpuKind),
            fmt::format("Let the engine give it: '--device {}' of podman, or of docker with CDI"
                        " switched on (features.cdi in daemon.json).",
                        name));
    }
    return name.substr(equals + 1);
}

void requireDriver(const Inventory& inventory) {
    if (inventory.moduleVersion.empty()) {
        throw host::Error("the container asks for a GPU, and no NVIDIA driver is loaded here",
                          "Load it with {command:init}, or take NVIDIA_VISIBLE_DEVICES out of the"
                          " container's environment.");
    }
}

/// "all" of nothing would be a container without a GPU that nobody told of it.
void requireGpu(const Inventory& inventory, const Request& request) {
    const auto selection = select(inventory.gpus, request.devices);
    if (selection.gpus.empty() && selection.migs.empty()) {
        throw host::Error("the container asks for all GPUs, and there is none that it could have",
                          "{command:list} says what there is; a GPU in MIG mode needs MIG"
                          " devices.");
    }
}

} // namespace

Grant grantTo(const ContainerParts& container, const NodeSupply& supply) {
    Reading reading = readRequest(container, supply.config);
    Grant grant;
    for (const RequestWarning& warning : reading.warnings) {
        grant.warnings.push_back(warning.text);
    }
    if (!reading.request) {
        return grant;
    }
    Request& request = *reading.request;
    std::ranges::transform(request.devices, request.devices.begin(), plainName);
    if (!request.gated.empty()) {
        grant.warnings.emplace_back("NVIDIA_GDS, NVIDIA_MOFED, NVIDIA_GDRCOPY and NVIDIA_NVSWITCH "
                                    "are ignored: they ask for devices of other drivers");
    }
    const Inventory inventory = supply.inventory();
    if (!request.devices.empty()) {
        requireDriver(inventory);
        requireGpu(inventory, request);
    } else if (inventory.driverVersion.empty()) {
        grant.warnings.emplace_back("the container asks for the driver's files, and this node has"
                                    " no driver");
        return grant;
    }
    grant.edits = requestedEdits(inventory, request, supply.hookProgram());
    return grant;
}

} // namespace toolkit
