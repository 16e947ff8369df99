#include "host/archive.h"

namespace host {} // namespace host
