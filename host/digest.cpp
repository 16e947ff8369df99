#include "host/digest.h"

namespace host {} // namespace host
