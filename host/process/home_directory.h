/// Where the files of the user lie whom this process acts as.
///
/// Asks the name services of the host, so that no statically linked program may call it: glibc
/// would load their libraries from whatever root it runs in.
#pragma once

#include <filesystem>
#include <string_view>

namespace host {

/// What `variable`, HOME's value, says; where that is unset or empty (a systemd unit, cron, env
/// -i), the directory of the effective user in the password database. "/" for one who has no entry,
/// as runc has it.
std::filesystem::path homeDirectory(std::string_view variable);

} // namespace host
