#include "toolkit/hooks/container_state.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "toolkit/bundle/bundle.h"

namespace toolkit {

namespace {

// Annotations are the only part of a state without a bound of their own; Kubernetes allows 256 KiB.
constexpr std::size_t kLargestState = 1 << 20;

std::filesystem::path absolutePath(const host::JsonValue& value) {
    return value.text([](const std::string& text) { return text.starts_with('/'); });
}

} // namespace

ContainerState parseContainerState(const std::string& text) {
    const host::JsonValue state(
        text, {.refusal = "standard input is no state of a container",
               .remedy = "Let a container runtime start this program, as an OCI hook"});
    ContainerState result{.bundle = absolutePath(state.at("bundle")), .root = {}, .pid = 0};
    if (const auto root = state.find("root"); root && !root->isNull()) {
        result.root = result.bundle / root->text();
    }
    if (const auto pid = state.find("pid"); pid && !pid->isNull()) {
        result.pid = pid->integer<pid_t>();
    }
    return result;
}

ContainerState readContainerState(int fd) {
    return parseContainerState(host::readInput(fd, "standard input", kLargestState));
}

std::filesystem::path containerRootPath(const ContainerState& state) {
    if (!state.root.empty()) {
        return state.root;
    }
    const auto file = state.bundle / "config.json";
    const host::JsonValue config(readContainerConfig(file),
                                 {.refusal = file.string() + " is no OCI configuration"});
    return state.bundle / config.at("root").at("path").text();
}

} // namespace toolkit
