#include "toolkit/bundle/container_config.h"

#include "host/base/json.h"
#include "toolkit/bundle/grant.h"
#include "toolkit/edits/oci_spec.h"

#include <algorithm>
#include <iterator>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

/// Of NVIDIA's container toolkit, by the name of its program.
void removePrestartHooks(OciSpec& spec) {
    const OciSpec::json_pointer place("/hooks/prestart");
    if (!spec.contains(place) || !spec.at(place).is_array()) {
        return;
    }
    auto& hooks = spec.at(place).get_ref<OciSpec::array_t&>();
    std::erase_if(hooks, [](const OciSpec& hook) {
        const auto path = hook.is_object() ? hook.find("path") : hook.end();
        const auto program = path != hook.end() && path->is_string()
                                 ? fs::path(path->get<std::string>()).filename()
                                 : fs::path();
        return program == "nvidia-container-runtime-hook" || program == "nvidia-container-toolkit";
    });
}

/// What access to the nodes takes where there is a user namespace.
void serveGroups(OciSpec& spec, const ContainerEdits& edits, const NodeSupply& supply,
                 const Surroundings& around, std::vector<std::string>& warnings) {
    if (!around.isInUserNamespace && !hasUserNamespace(spec)) {
        return;
    }
    std::vector<fs::path> nodes;
    std::ranges::transform(edits.deviceNodes, std::back_inserter(nodes), &DeviceNodeEdit::onHost);
    GroupNeed need = groupNeed(nodes, supply.lookup, around);
    std::ranges::move(need.warnings, std::back_inserter(warnings));
    if (need.keepGroups) {
        annotate(spec, "run.oci.keep_original_groups", "1");
    }
}

} // namespace

EditedConfig editConfig(const std::string& text, const NodeSupply& supply,
                        const Surroundings& around) {
    Grant grant = grantTo(containerPartsOf(text), supply);
    if (!grant.edits) {
        return {.text = {}, .warnings = std::move(grant.warnings)};
    }
    OciSpec spec = host::parseStrictInOrder(text);
    removePrestartHooks(spec);
    applyEdits(spec, *grant.edits, supply.lookup,
               around.isInUserNamespace ? NodeGroups::OfNobody : NodeGroups::OfHost);
    serveGroups(spec, *grant.edits, supply, around, grant.warnings);
    return {.text = spec.dump(), .warnings = std::move(grant.warnings)};
}

} // namespace toolkit
