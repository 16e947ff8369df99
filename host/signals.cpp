#include "host/signals.h"

namespace host {} // namespace host
