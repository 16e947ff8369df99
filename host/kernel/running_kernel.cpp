#include "host/kernel/running_kernel.h"

#include "host/base/error.h"

#include <sys/utsname.h>

namespace host {

KernelIdentity runningKernel() {
    utsname name{};
    if (::uname(&name) != 0) {
        throwErrno("read", "the kernel's name");
    }
    return {name.release, name.machine, name.version};
}

} // namespace host
