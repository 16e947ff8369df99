#include "host/openpgp.h"

namespace host {} // namespace host
