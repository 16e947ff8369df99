#include "host/module.h"

namespace host {} // namespace host
