#include "toolkit/edits/requested_edits.h"

#include "toolkit/edits/requirements.h"
#include "toolkit/inventory/once.h"
#include "toolkit/inventory/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toolkit {

namespace {

/// The GPUs selected, and those of the MIG devices selected.
std::vector<const gpu::Gpu*> visibleGpus(const Selection& selection) {
    auto gpus = selection.gpus;
    for (const SelectedMig& mig : selection.migs) {
        addOnce(gpus, mig.gpu);
    }
    return gpus;
}

void requireMet(const Inventory& inventory, const Request& request, const Selection& selection) {
    const auto unmet = firstUnmet(
        request.requirements, {.driver = inventory.driverVersion, .cuda = inventory.cudaVersion},
        visibleGpus(selection));
    if (unmet) {
        throw host::Error(fmt::format("the image requires '{}', which does not hold: {}",
                                      unmet->requirement, fmt::join(unmet->reasons, "; ")),
                          unmet->remedy);
    }
}

} // namespace

ContainerEdits requestedEdits(const Inventory& inventory, const Request& request,
                              const std::filesystem::path& hookProgram) {
    const EditOptions options = {.capabilities = request.capabilities, .hookProgram = hookProgram};
    const Selection selection = select(inventory.gpus, request.devices);
    requireMet(inventory, request, selection);
    ContainerEdits edits = driverEdits(inventory, options);
    for (const auto* gpu : selection.gpus) {
        append(edits, gpuEdits(inventory, *gpu, options));
    }
    for (const auto& [gpu, mig] : selection.migs) {
        append(edits, migEdits(inventory, *gpu, *mig));
    }
    for (const auto& channel : request.imexChannels) {
        append(edits, imexEdits(inventory, channel));
    }
    if (request.migConfig) {
        append(edits, capabilityEdits(inventory, inventory.migConfig));
    }
    if (request.migMonitor) {
        append(edits, capabilityEdits(inventory, inventory.migMonitor));
    }
    return edits;
}

} // namespace toolkit
