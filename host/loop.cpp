#include "host/loop.h"

namespace host {} // namespace host
