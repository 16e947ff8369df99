#include "host/file.h"

namespace host {} // namespace host
