#include "host/kernel/selinux.h"

#include "host/base/directories.h"

#include <cstring>
#include <fmt/format.h>
#include <sys/xattr.h>

namespace host {

namespace {

constexpr const char* kAttribute = "security.selinux";
constexpr const char* kContainerType = "container_file_t";
constexpr std::size_t kLongestContext = 4096; ///< SELinux limits contexts to a page

/// errno, or 0.
int label(const std::filesystem::path& path) {
    char buffer[kLongestContext];
    const ssize_t size = ::lgetxattr(path.c_str(), kAttribute, buffer, sizeof buffer);
    if (size < 0) {
        return errno;
    }
    const std::string current(buffer, ::strnlen(buffer, static_cast<std::size_t>(size)));
    const auto wanted = withType(current, kContainerType);
    if (!wanted || *wanted == current) {
        return 0;
    }
    // The kernel's tools count the terminating NUL in.
    return ::lsetxattr(path.c_str(), kAttribute, wanted->c_str(), wanted->size() + 1, 0) == 0
               ? 0
               : errno;
}

} // namespace

bool hasSelinux(const std::filesystem::path& sys) {
    return std::filesystem::exists(sys / "fs/selinux/enforce");
}

std::optional<std::string> withType(const std::string& context, const std::string& type) {
    const auto user = context.find(':');
    const auto role = user == std::string::npos ? user : context.find(':', user + 1);
    if (role == std::string::npos) {
        return std::nullopt;
    }
    const auto end = context.find(':', role + 1);
    return context.substr(0, role + 1) + type +
           (end == std::string::npos ? "" : context.substr(end));
}

std::optional<std::string> labelForContainers(const std::filesystem::path& directory,
                                              const std::filesystem::path& sys) {
    if (!hasSelinux(sys)) {
        return std::nullopt;
    }
    std::optional<std::string> refused;
    const auto rememberFirst = [&](const std::filesystem::path& path, int error) {
        if (error != 0 && !refused) {
            refused = fmt::format("cannot give {} the SELinux type {}: {}", path.string(),
                                  kContainerType, std::strerror(error));
        }
    };
    rememberFirst(directory, label(directory));
    for (const auto& path : entriesBelow(directory)) {
        std::error_code gone;
        if (!std::filesystem::is_symlink(path, gone)) {
            rememberFirst(path, label(path));
        }
    }
    return refused;
}

} // namespace host
