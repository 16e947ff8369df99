/// A hook's work that ends in any case.
///
/// A file system whose server hangs (FUSE, NFS) holds who asks it for anything; once the server has
/// taken the request, not even SIGKILL ends that. So the work is done in a child, which has no pipe
/// of the runtime's: runtimes wait for the end of a hook's output, too. One that is late is killed,
/// or left behind where it cannot be: it ends with the file system.
#pragma once

#include "toolkit/hooks/hook.h"

namespace toolkit {

using HookWork = std::function<void(const HookIo& io, const host::Observer& observer)>;

/// Calls `work` with an `io` and an observer of the child's. What it tells them comes out of `io`
/// and `observer` when it has ended, or is late: warnings, what is forgiven, the log, and, unless
/// it fails, its output. Throws the host::Error that it throws (which is no SystemError any more),
/// and one that names `hook` and what happened when it is late or crashes.
void runBounded(std::string_view hook, std::chrono::milliseconds limit, const HookIo& io,
                const host::Observer& observer, const HookWork& work);

} // namespace toolkit
