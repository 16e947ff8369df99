#include "toolkit/cdi/publish.h"

#include "host/base/error.h"
#include "host/base/file.h"

namespace toolkit::cdi {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLargestFile = 8 << 20;

/// Nothing when it cannot be read either: then it is written, and that says why.
std::optional<std::string> contentOf(const fs::path& file) {
    try {
        return host::readRegularFileIfExists(file, kLargestFile);
    } catch (const host::Error&) {
        return std::nullopt;
    }
}

} // namespace

fs::path publishedFile(const fs::path& directory) {
    return directory / "nvidia.com-gpu.json";
}

bool replaceIfChanged(host::NodeActions& actions, const fs::path& file, const std::string& text) {
    if (contentOf(file) == text) {
        return false;
    }
    actions.writeFile(file, text);
    return true;
}

bool publish(host::NodeActions& actions, const fs::path& directory,
             const Specification& specification) {
    return replaceIfChanged(actions, publishedFile(directory), toText(specification, Format::Json));
}

} // namespace toolkit::cdi
