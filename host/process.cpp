#include "host/process.h"

namespace host {} // namespace host
