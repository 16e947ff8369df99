#include "host/pci.h"

namespace host {} // namespace host
