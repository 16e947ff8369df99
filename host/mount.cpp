#include "host/mount.h"

namespace host {} // namespace host
