#include "host/log.h"

namespace host {} // namespace host
