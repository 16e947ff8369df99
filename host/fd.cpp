#include "host/fd.h"

namespace host {} // namespace host
