#include "toolkit/bundle/bundle.h"

#include "host/base/file.h"

namespace toolkit {

std::string readContainerConfig(const std::filesystem::path& file) {
    return host::readRegularFile(file, kLargestContainerConfig);
}

std::vector<std::string> editBundle(const std::filesystem::path& config, const NodeSupply& supply,
                                    const Surroundings& around) {
    std::error_code unknown;
    if (!std::filesystem::exists(config, unknown) && !unknown) {
        return {};
    }
    auto edited = editConfig(readContainerConfig(config), supply, around);
    if (edited.text) {
        host::replaceFile(config, *edited.text);
    }
    return std::move(edited.warnings);
}

} // namespace toolkit
