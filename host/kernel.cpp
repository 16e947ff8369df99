#include "host/kernel.h"

namespace host {} // namespace host
