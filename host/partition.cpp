#include "host/partition.h"

namespace host {} // namespace host
