#include "toolkit/shim/next_runtime.h"

#include "host/base/error.h"
#include "host/base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

bool isProgram(const fs::path& path, const fs::path& self) {
    std::error_code missing;
    return fs::is_regular_file(path, missing) && ::access(path.c_str(), X_OK) == 0 &&
           !fs::equivalent(path, self, missing);
}

} // namespace

fs::path findNextRuntime(const std::vector<std::string>& names, const std::string& path,
                         const fs::path& self) {
    for (const auto& name : names) {
        if (name.starts_with('/')) {
            if (isProgram(name, self)) {
                return name;
            }
        } else if (!name.empty()) {
            for (const auto& directory : host::split(path, ':')) {
                // An empty or a relative one would be a place in the bundle.
                if (directory.starts_with('/') && isProgram(fs::path(directory) / name, self)) {
                    return fs::path(directory) / name;
                }
            }
        }
    }
    throw host::Error(fmt::format("there is no container runtime to go on with: tried {} in {}",
                                  fmt::join(names, ", "), path),
                      "Install runc or crun, or name one in 'runtimes' of"
                      " [nvidia-container-runtime] in config.toml.");
}

bool isCrun(const fs::path& runtime) {
    constexpr const char* kName = "crun";
    std::error_code missing;
    return runtime.filename().native().starts_with(kName) ||
           fs::canonical(runtime, missing).filename().native().starts_with(kName);
}

} // namespace toolkit
