/// The hook disable-device-node-modification: NVIDIA's programs in the container make no device
/// nodes and change none, as if the driver had been loaded with NVreg_ModifyDeviceFiles=0.
///
/// They look at /proc/driver/nvidia/params, so that a file in memory goes over the container's one.
#pragma once

#include "toolkit/hooks/container_root.h"

#include <optional>
#include <string>
#include <string_view>

namespace toolkit {

/// The same parameters with ModifyDeviceFiles 0; nothing when it is, or there is no such parameter.
std::optional<std::string> withoutModification(std::string_view parameters);

/// Nothing is done where withoutModification() says nothing, or there are no parameters. Throws
/// host::SystemError.
void disableDeviceNodeModification(const ContainerRoot& root);

} // namespace toolkit
