#include "host/error.h"

namespace host {} // namespace host
