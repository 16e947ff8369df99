/// The character devices that the kernel has drivers for, as /proc/devices lists them.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace host {

using CharacterDevices = std::map<std::string, unsigned, std::less<>>; ///< name → major

/// The section "Character devices:" of the text of /proc/devices; lines of another form are
/// skipped.
CharacterDevices parseCharacterDevices(std::string_view procDevices);

} // namespace host
