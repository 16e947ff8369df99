#include "loader/firmware_path.h"

#include "host/base/file.h"
#include "host/base/text.h"
#include "loader/module_parameters.h"

#include <algorithm>
#include <string_view>

namespace loader {

bool withoutFirmware(const NodeState& state) {
    constexpr std::string_view kEnable = "NVreg_EnableGpuFirmware=";
    const auto nvidia = std::ranges::find(state.modules, "nvidia", &NodeState::Module::name);
    const std::string parameters = nvidia == state.modules.end() ? "" : nvidia->parameters;
    bool without = false; // the last word counts
    for (const std::string& word : parameterWords(parameters)) {
        if (word.starts_with(kEnable)) {
            without = host::toNumberOfEitherBase<unsigned>(word.substr(kEnable.size())) == 0U;
        }
    }
    return without;
}

FirmwarePath::FirmwarePath(host::NodeActions& actions, const std::filesystem::path& sys)
    : actions_(actions), parameter_(sys / "module/firmware_class/parameters/path") {}

std::optional<std::string> FirmwarePath::set(const std::filesystem::path& path) {
    const std::string current = host::readLineIfExists(parameter_).value_or("");
    if (!current.empty() && current != path) {
        return current;
    }
    actions_.writeParameter(parameter_, path.string());
    ours_ = path.string();
    return std::nullopt;
}

void FirmwarePath::restore() {
    if (ours_) {
        clear(*ours_);
    }
    ours_.reset();
}

void FirmwarePath::clear(const std::filesystem::path& path) {
    if (host::readLineIfExists(parameter_) == path.string()) {
        // Nothing written changes nothing; a newline would be taken for a path. One NUL empties it.
        actions_.writeParameter(parameter_, std::string_view("\0", 1));
    }
}

} // namespace loader
