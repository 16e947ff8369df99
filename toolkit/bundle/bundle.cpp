#include "toolkit/bundle/bundle.h"

#include "host/base/error.h"
#include "host/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace toolkit {

namespace {

std::string readConfig(const std::filesystem::path& file) {
    const host::Fd fd = host::openFile(file, O_RDONLY | O_NONBLOCK); // a pipe stops nobody
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw host::Error(file.string() + " is no regular file",
                          "Have the container's engine make it again.");
    }
    return host::readWhole(fd, file, kLargestContainerConfig);
}

} // namespace

std::vector<std::string> editBundle(const std::filesystem::path& config, const NodeSupply& supply,
                                    const Surroundings& around) {
    std::error_code unknown;
    if (!std::filesystem::exists(config, unknown) && !unknown) {
        return {};
    }
    auto edited = editConfig(readConfig(config), supply, around);
    if (edited.text) {
        host::replaceFile(config, *edited.text);
    }
    return std::move(edited.warnings);
}

} // namespace toolkit
