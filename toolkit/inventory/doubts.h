/// What in an inventory cannot be right: a driver that containers would get and could not use.
///
/// Pure; each doubt is an Error that is not thrown, with its remedy.
#pragma once

#include "host/base/error.h"
#include "toolkit/inventory/inventory.h"

#include <vector>

namespace toolkit {

std::vector<host::Error> doubts(const Inventory& inventory);

} // namespace toolkit
