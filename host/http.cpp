#include "host/http.h"

namespace host {} // namespace host
