#include "toolkit/runtimes/runtime_files.h"

#include "toolkit/runtimes/containerd_files.h"
#include "toolkit/runtimes/places.h"

#include <algorithm>

namespace toolkit::runtimes {

namespace fs = std::filesystem;

std::vector<fs::path> filesOfCrio(const Wish& wish, const ConfigFiles& files) {
    std::vector<fs::path> paths = {mainFile(wish)};
    for (const auto& path : files.list(paths.front().string() + ".d")) {
        paths.push_back(path);
    }
    return paths;
}

std::vector<fs::path> filesOfPodman(const Wish& wish, const ConfigFiles& files) {
    std::vector<fs::path> folders = {"/usr/share/containers", "/etc/containers"};
    if (wish.settings.rootless) {
        folders.push_back(wish.settings.configHome / "containers");
    }
    return containersConfFiles(folders, files);
}

DefaultRuntime defaultRuntime(const Wish& wish, const ConfigFiles& files) {
    const std::string& ours = wish.settings.name;
    const auto toml = [&](std::vector<fs::path> paths, host::KeyPath name, host::KeyPath runtime) {
        if (std::ranges::find(paths, dropInFile(wish)) == paths.end()) {
            paths.push_back(dropInFile(wish));
        }
        return DefaultRuntime{std::move(paths), host::DocumentFormat::Toml, std::move(name),
                              std::move(runtime)};
    };
    switch (wish.settings.runtime.value_or(Runtime::Docker)) {
    case Runtime::Containerd: {
        const ContainerdFiles all(files, mainFile(wish), {});
        std::vector<fs::path> paths = {mainFile(wish)};
        for (const ContainerdFile& file : all.imported) {
            paths.push_back(file.path());
        }
        const host::KeyPath section = {"plugins", criPlugin(all.version), "containerd"};
        return toml(paths, {section[0], section[1], section[2], "default_runtime_name"},
                    {section[0], section[1], section[2], "runtimes", ours});
    }
    case Runtime::Crio:
        return toml(filesOfCrio(wish, files), {"crio", "runtime", "default_runtime"},
                    {"crio", "runtime", "runtimes", ours});
    case Runtime::Podman:
        return toml(filesOfPodman(wish, files), {"engine", "runtime"},
                    {"engine", "runtimes", ours});
    case Runtime::Docker:
        break;
    }
    return {{mainFile(wish)}, host::DocumentFormat::Json, {"default-runtime"}, {"runtimes", ours}};
}

std::vector<fs::path> plannedFiles(const Wish& wish, const ConfigFiles& files) {
    switch (wish.settings.runtime.value_or(Runtime::Docker)) {
    case Runtime::Containerd: {
        std::vector<fs::path> paths = {mainFile(wish), dropInFile(wish)};
        for (const ContainerdFile& file : ContainerdFiles(files, paths.front(), {}).imported) {
            paths.push_back(file.path());
        }
        return paths;
    }
    case Runtime::Crio:
    case Runtime::Podman:
        return {dropInFile(wish)};
    case Runtime::Docker:
        break;
    }
    return {mainFile(wish)};
}

} // namespace toolkit::runtimes
