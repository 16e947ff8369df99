#include "host/bzip2.h"

namespace host {} // namespace host
