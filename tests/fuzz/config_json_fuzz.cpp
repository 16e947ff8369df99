#include "host/base/json.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/unit/toolkit/edits/sample.h"
#include "toolkit/edits/oci_spec.h"
#include "toolkit/edits/requested_edits.h"

#include <algorithm>

namespace {

using toolkit::OciSpec;

constexpr const char* kHook = "/usr/bin/driverctl-hook";

/// A node of any name, which not everybody may use.
toolkit::HostNode lookedUp(const std::filesystem::path& path) {
    return {.major = static_cast<unsigned>(path.native().size()), .permissions = 0660, .gid = 44};
}

const toolkit::Inventory& inventory() {
    static const auto kInventory = tests::sampleInventory();
    return kInventory;
}

void request(const std::string& text, const toolkit::ToolkitConfig& config) {
    const auto reading = toolkit::readRequest(toolkit::containerPartsOf(text), config);
    if (!reading.request) {
        return;
    }
    auto devices = reading.request->devices;
    std::ranges::sort(devices);
    fuzz::require(std::ranges::adjacent_find(devices) == devices.end(), "each device once");
    (void)toolkit::requestedEdits(inventory(), *reading.request, kHook);
}

void edit(const std::string& text) {
    static const auto kEdits =
        toolkit::requestedEdits(inventory(), {.devices = {"all"}, .capabilities = {}}, kHook);
    const OciSpec original = host::parseStrictInOrder(text);
    OciSpec spec = original;
    const OciSpec undo = toolkit::applyEdits(spec, kEdits, lookedUp);
    const OciSpec once = spec;
    fuzz::require(toolkit::applyEdits(spec, kEdits, lookedUp).empty() && spec == once,
                  "edits put in twice are there once");
    toolkit::removeEdits(spec, undo);
    fuzz::require(spec == original, "edits that are taken away leave nothing behind");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text(data, size);
    toolkit::ToolkitConfig config;
    config.acceptVolumeMounts = true;
    config.swarmResources = {"SWARM"};
    fuzz::refuseOrAccept([&] { request(text, config); });
    fuzz::refuseOrAccept([&] { edit(text); });
    return 0;
}
