#include "toolkit/runtimes/places.h"

namespace toolkit::runtimes {

namespace fs = std::filesystem;

fs::path mainFile(const Wish& wish) {
    const auto& settings = wish.settings;
    const fs::path& home = settings.configHome;
    const Runtime runtime = settings.runtime.value_or(Runtime::Docker);
    const bool namesDropIn = runtime == Runtime::Crio || runtime == Runtime::Podman;
    if (!wish.config.empty() && !(namesDropIn && wish.dropIn.empty())) {
        return wish.config;
    }
    switch (runtime) {
    case Runtime::Containerd:
        return settings.rootless ? home / "containerd/config.toml" : "/etc/containerd/config.toml";
    case Runtime::Crio:
        return "/etc/crio/crio.conf";
    case Runtime::Podman:
        return settings.rootless ? home / "containers/containers.conf"
                                 : "/etc/containers/containers.conf";
    case Runtime::Docker:
        break;
    }
    return settings.rootless ? home / "docker/daemon.json" : "/etc/docker/daemon.json";
}

fs::path dropInFile(const Wish& wish) {
    const Runtime runtime = wish.settings.runtime.value_or(Runtime::Docker);
    if (runtime == Runtime::Docker || !wish.dropIn.empty()) {
        return wish.dropIn;
    }
    if (runtime == Runtime::Containerd) {
        return mainFile(wish).parent_path() / "conf.d/99-nvidia.toml";
    }
    if (!wish.config.empty()) { // the file that shall have it
        return wish.config;
    }
    return runtime == Runtime::Crio
               ? "/etc/crio/crio.conf.d/99-nvidia.toml"
               : mainFile(wish).parent_path() / "containers.conf.d/99-nvidia.conf";
}

fs::path hookFile(const HookWish& wish) {
    constexpr const char* kName = "oci-nvidia-hook.json";
    if (wish.directory.extension() == ".json") {
        return wish.directory;
    }
    if (!wish.directory.empty()) {
        return wish.directory / kName;
    }
    const fs::path home = wish.rootless ? wish.configHome / "containers/oci/hooks.d"
                          : wish.runtime == Runtime::Crio ? "/usr/share/containers/oci/hooks.d"
                                                          : "/etc/containers/oci/hooks.d";
    return home / kName;
}

fs::path recordedFile(const Wish& wish) {
    const Runtime runtime = wish.settings.runtime.value_or(Runtime::Docker);
    return runtime == Runtime::Crio || runtime == Runtime::Podman ? dropInFile(wish)
                                                                  : mainFile(wish);
}

fs::path quietDirectory(const fs::path& file) {
    fs::path directory = file.parent_path();
    while (directory.extension() == ".d") {
        directory = directory.parent_path();
    }
    return directory;
}

fs::path recordOf(const fs::path& file, const std::string& name) {
    return quietDirectory(file) / (file.filename().string() + ".driverctl-" + name);
}

fs::path backupOf(const fs::path& file, const std::string& name) {
    return quietDirectory(file) / (file.filename().string() + ".before-driverctl-" + name);
}

} // namespace toolkit::runtimes
