#include "host/base/directories.h"

#include "host/base/error.h"

#include <system_error>

namespace host {

void makeDirectories(const std::filesystem::path& directory, const std::string& remedy) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
        throw SystemError("create", directory.string(), error.value(), remedy);
    }
}

} // namespace host
