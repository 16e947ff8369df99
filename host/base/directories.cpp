#include "host/base/directories.h"

#include "host/base/error.h"

#include <system_error>

namespace host {

void makeDirectories(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
        throwErrno("create directory", directory.string(), error.value());
    }
}

} // namespace host
