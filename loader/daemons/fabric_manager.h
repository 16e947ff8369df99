/// NVIDIA's fabric manager, which NVSwitches need: whether a node does, in which form, and with
/// which configuration.
///
/// Reads /proc, /sys and the image's fabricmanager.cfg; changes nothing. Names and paths are those
/// of NVIDIA's packages and of its driver container.
#pragma once

#include "host/base/roots.h"
#include "loader/daemons/daemon.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loader {

/// `text` is a fabricmanager.cfg; each of `fields` ("FABRIC_MODE=1") takes the place of the lines
/// of that name, or is put behind. Throws host::Error(Fault::Usage) for what is no field.
std::string withFields(std::string_view text, const std::vector<std::string>& fields);

/// Nothing on a node without NVSwitches. The driver has to be loaded: nvidia tells of them.
/// `fields` are set in a copy of the image's configuration, which has to be there then. With
/// FABRIC_MODE=1 (shared NVSwitch) the GPUs are reset once it runs.
std::optional<DaemonSpec> fabricManager(const std::vector<std::string>& fields,
                                        const host::Roots& roots = {});

} // namespace loader
