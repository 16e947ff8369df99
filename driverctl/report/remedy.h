/// Remedies in the words of the running command.
///
/// Libraries do not know the flags of a program. Their remedies name
///   {work-dir}             a setting of the running command: --work-dir
///   {command:update}       a command: 'driverctl update'
///   {command:update sign}  a command and settings of it: 'driverctl update --sign'
/// and a test finds each of them in the tables. In a format string the braces are doubled; fmt
/// refuses at compile time where that was forgotten.
#pragma once

#include "driverctl/cli/command.h"
#include "host/base/error.h"

#include <string>
#include <string_view>

namespace driverctl {

/// `remedy` as `command` says it. A command for many names the setting for one by its plural
/// (matrix: --releases for {release}). What cannot be done is not advised: a sentence, or a part of
/// one that begins with ", or ", is left out when it names a setting that the command lacks. No
/// command has every setting.
std::string remedyFor(const Command* command, std::string_view remedy);

/// The command that runs from now on, in whose words those below are.
void adviseFor(const Command* command);

std::string advice(std::string_view remedy);

/// "Cause. Remedy.", or "Cause." where there is no remedy: how every failure is told.
std::string tell(std::string_view cause, std::string_view remedy);
std::string tell(const host::Error& error);

} // namespace driverctl
