/// Errors as the small programs tell them: in one sentence, or two where there is a remedy, with
/// the commands of driverctl that a remedy names ("{command:init}" is 'driverctl init'). Pure.
#pragma once

#include "host/base/error.h"

#include <string>

namespace toolkit {

/// Without a full stop at the end, printable as one line.
std::string sentenceOf(const host::Error& error);

} // namespace toolkit
