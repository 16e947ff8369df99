#include "host/kernel/selinux.h"

#include "host/base/error.h"

#include <array>
#include <cstring>
#include <sys/xattr.h>

namespace host {

namespace {

constexpr const char* kAttribute = "security.selinux";
constexpr std::size_t kLongestContext = 4096; ///< SELinux limits contexts to a page

} // namespace

std::string contextOf(const std::filesystem::path& file) {
    std::array<char, kLongestContext> buffer{};
    const ssize_t size = ::lgetxattr(file.c_str(), kAttribute, buffer.data(), buffer.size());
    if (size < 0) {
        throwErrno("read the SELinux context of", file.string());
    }
    // The kernel's tools count the terminating NUL in.
    return {buffer.data(), ::strnlen(buffer.data(), static_cast<std::size_t>(size))};
}

void setContext(const std::filesystem::path& file, const std::string& context) {
    if (::lsetxattr(file.c_str(), kAttribute, context.c_str(), context.size() + 1, 0) != 0) {
        throwErrno("set the SELinux context of", file.string());
    }
}

std::string_view typeOf(std::string_view context) {
    const auto user = context.find(':');
    const auto role = user == std::string_view::npos ? user : context.find(':', user + 1);
    if (role == std::string_view::npos) {
        return {};
    }
    const auto type = context.substr(role + 1);
    return type.substr(0, type.find(':'));
}

} // namespace host
