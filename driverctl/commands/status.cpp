#include "driverctl/commands/status.h"
namespace driverctl { ExitCode status(Config&) { return ExitCode::Done; } }
