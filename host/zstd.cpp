#include "host/zstd.h"

namespace host {} // namespace host
