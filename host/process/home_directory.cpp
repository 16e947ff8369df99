#include "host/process/home_directory.h"

#include <cerrno>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace host {

std::filesystem::path homeDirectory(std::string_view variable) {
    constexpr std::size_t kSmallest = 1024;
    constexpr std::size_t kLargest = 1 << 20;
    if (!variable.empty()) {
        return variable;
    }
    passwd entry{};
    passwd* found = nullptr;
    int error = ERANGE;
    std::vector<char> texts; // that the entry's members lead to
    for (auto size = kSmallest; error == ERANGE && size <= kLargest; size *= 2) {
        texts.resize(size);
        error = ::getpwuid_r(::geteuid(), &entry, texts.data(), texts.size(), &found);
    }
    return found == nullptr || *found->pw_dir == '\0' ? "/" : found->pw_dir;
}

} // namespace host
