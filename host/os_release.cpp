#include "host/os_release.h"

namespace host {} // namespace host
