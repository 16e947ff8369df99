/// Temporary files and directories that outlive a SIGKILL, and how the next run tells them from
/// those in use.
///
/// Each is named `<prefix>tmp-XXXXXX`, belongs to the user who runs us, and is locked (flock) by
/// the process that uses it for as long as it does. What has such a name and can be locked has lost
/// its process. Nothing else is ever removed.
#pragma once

#include "host/base/fd.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace host {

/// "<parent>/<prefix>tmp-XXXXXX", for mkstemp(3) and mkdtemp(3).
std::string temporaryTemplate(const std::filesystem::path& parent, std::string_view prefix);

/// Whether the file name is one that temporaryTemplate() leads to.
bool isTemporaryName(std::string_view name, std::string_view prefix);

/// Locks the open temporary and says whether it still has this name: a removeAbandoned() may have
/// come first. A file system without locks has none that is removed.
bool claimTemporary(const Fd& fd, const std::filesystem::path& path);

/// Removes what killed processes left in `parent`. Never throws: what cannot be removed stays.
void removeAbandoned(const std::filesystem::path& parent, std::string_view prefix) noexcept;

} // namespace host
