#include "toolkit/runtimes/runtime.h"

namespace toolkit::runtimes {

std::string_view toString(Runtime runtime) {
    switch (runtime) {
    case Runtime::Containerd:
        return "containerd";
    case Runtime::Crio:
        return "crio";
    case Runtime::Podman:
        return "podman";
    case Runtime::Docker:
        break;
    }
    return "docker";
}

} // namespace toolkit::runtimes
