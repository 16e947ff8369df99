/// A container's request, granted out of what the node has.
///
/// Pure but for what the supply asks. Throws Error for a request that cannot be granted: that of
/// readRequest() and requestedEdits(); a node without a driver, or without a GPU that a container
/// can have; a device of another CDI kind, which only the engine's own CDI knows.
#pragma once

#include "toolkit/bundle/node_supply.h"
#include "toolkit/edits/container_edits.h"
#include "toolkit/edits/request.h"

#include <optional>
#include <string>
#include <vector>

namespace toolkit {

struct Grant {
    std::optional<ContainerEdits> edits; ///< nothing: the container is left as it is
    std::vector<std::string> warnings;
};

/// A container that wants the driver without a GPU starts on a node without a driver too.
Grant grantTo(const ContainerParts& container, const NodeSupply& supply);

} // namespace toolkit
