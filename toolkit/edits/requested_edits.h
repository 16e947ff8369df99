/// What has to be changed in a container that asks for GPUs: its request, granted out of the
/// inventory.
///
/// Pure. Throws Error for a requirement of the image that is not met (with the term, the value and
/// a remedy), for a name that nothing has and for an IMEX channel that is not there. Devices of
/// other drivers (Request::gated) are not in the inventory, and not in the edits.
#pragma once

#include "toolkit/edits/driver_edits.h"
#include "toolkit/edits/request.h"

namespace toolkit {

/// The request's devices have to be plain names: qualified ones are found in CDI specifications.
ContainerEdits requestedEdits(const Inventory& inventory, const Request& request,
                              const std::filesystem::path& hookProgram);

} // namespace toolkit
