/// config.json of a container that is being made, edited so that it gets what it asks for.
///
/// What is not edited stays, each field in its place (oci_spec.h). Edits replace NVIDIA's own
/// prestart hook, which 'docker --gpus' puts in: it is taken out. Throws as grantTo(), and Error
/// for what is no OCI configuration.
#pragma once

#include "toolkit/bundle/node_groups.h"
#include "toolkit/bundle/node_supply.h"

#include <optional>
#include <string>
#include <vector>

namespace toolkit {

struct EditedConfig {
    std::optional<std::string> text; ///< nothing: it stays as it is
    std::vector<std::string> warnings;
};

EditedConfig editConfig(const std::string& text, const NodeSupply& supply,
                        const Surroundings& around);

} // namespace toolkit
