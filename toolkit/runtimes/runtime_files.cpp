#include "toolkit/runtimes/runtime_files.h"

#include "toolkit/runtimes/containerd_files.h"
#include "toolkit/runtimes/places.h"

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
    std::vector<fs::path> paths = {"/usr/share/containers/containers.conf"};
    std::vector<fs::path> mains = {"/etc/containers/containers.conf"};
    if (wish.settings.rootless) {
        mains.push_back(wish.settings.configHome / "containers/containers.conf");
    }
    for (const fs::path& main : mains) {
        paths.push_back(main);
        for (const auto& path : files.list(main.string() + ".d")) {
            if (path.extension() == ".conf") {
                paths.push_back(path);
            }
        }
    }
    return paths;
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
