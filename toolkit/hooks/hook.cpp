#include "toolkit/hooks/hook.h"

#include "host/base/error.h"
#include "toolkit/hooks/container_state.h"
#include "toolkit/hooks/create_symlinks.h"
#include "toolkit/hooks/cuda_compatibility.h"
#include "toolkit/hooks/device_node_modification.h"
#include "toolkit/hooks/update_ldcache.h"

#include <algorithm>
#include <array>
#include <bit>
#include <fmt/format.h>
#include <sys/auxv.h>

namespace toolkit {

namespace {

void createSymlinksHook(const ContainerRoot& root, const HookArguments& arguments,
                        const host::Observer& observer) {
    createSymlinks(root, parseLinks(arguments.all("--link")), observer);
}

void enableCudaCompatibilityHook(const ContainerRoot& root, const HookArguments& arguments,
                                 const host::Observer&) {
    enableCudaCompatibility(root, {.driver = arguments.last("--host-driver-version").value_or(""),
                                   .cuda = arguments.last("--host-cuda-version").value_or("")});
}

/// Where this program lies, as it was started: needs no /proc.
std::filesystem::path ownPath() {
    const unsigned long path = ::getauxval(AT_EXECFN);
    return path == 0 ? "" : std::bit_cast<const char*>(path);
}

void updateLdcacheHook(const ContainerRoot& root, const HookArguments& arguments,
                       const host::Observer&) {
    const auto given = arguments.last("--ldconfig-path");
    updateLdcache(root, parseFolders(arguments.all("--folder")),
                  given ? std::vector{ProgramPlace{"/", *given}} : ldconfigPlaces(ownPath()));
}

void disableDeviceNodeModificationHook(const ContainerRoot& root, const HookArguments&,
                                       const host::Observer&) {
    disableDeviceNodeModification(root);
}

const std::array kHooks{
    Hook{.name = "create-symlinks",
         .summary = "makes links to the driver's libraries",
         .need = Hook::Need::Must,
         .options = {{"--link", "TARGET::LINK"}},
         .run = createSymlinksHook},
    Hook{.name = "enable-cuda-compat",
         .summary = "prefers the image's libcuda where it is newer than the driver's",
         .need = Hook::Need::Nice,
         .options = {{"--host-driver-version", "VERSION"}, {"--host-cuda-version", "VERSION"}},
         .run = enableCudaCompatibilityHook},
    Hook{.name = "update-ldcache",
         .summary = "lets the dynamic linker find the driver's libraries",
         .need = Hook::Need::Nice,
         .options = {{"--folder", "DIR"}, {"--ldconfig-path", "FILE"}},
         .run = updateLdcacheHook},
    Hook{.name = "disable-device-node-modification",
         .summary = "keeps NVIDIA's programs from making device nodes",
         .need = Hook::Need::Nice,
         .options = {},
         .run = disableDeviceNodeModificationHook},
};

[[noreturn]] void refuse(const std::string& message) {
    throw host::Error(host::Fault::Usage, message, "See --help");
}

const Hook& hookOf(std::string_view name) {
    const auto* const found = std::ranges::find(kHooks, name, &Hook::name);
    if (found == kHooks.end()) {
        refuse(fmt::format("there is no hook '{}'", name));
    }
    return *found;
}

const HookOption& optionOf(const Hook& hook, std::string_view name) {
    const auto found = std::ranges::find(hook.options, name, &HookOption::name);
    if (found == hook.options.end()) {
        refuse(fmt::format("{} has no option '{}'", hook.name, name));
    }
    return *found;
}

/// Whether the container's root is what does not let itself be changed, rather than being wrong.
bool cannotBeChanged(const host::Error& error) {
    const auto* const cause = dynamic_cast<const host::SystemError*>(&error);
    constexpr std::array kCauses{EROFS, EXDEV, EACCES, EPERM};
    return cause != nullptr && std::ranges::find(kCauses, cause->code()) != kCauses.end();
}

} // namespace

std::vector<std::string> HookArguments::all(std::string_view option) const {
    const auto found = values_.find(option);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::string> HookArguments::last(std::string_view option) const {
    const auto found = values_.find(option);
    return found == values_.end() ? std::nullopt : std::optional(found->second.back());
}

std::span<const Hook> hooks() {
    return kHooks;
}

HookCall parseHookCall(std::span<const std::string> words) {
    if (!words.empty() && words.front() == "hook") {
        words = words.subspan(1);
    }
    if (words.empty()) {
        refuse("no hook is named");
    }
    HookCall call{.hook = &hookOf(words.front()), .arguments = {}};
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        const auto equals = word->find('=');
        const auto& option = optionOf(*call.hook, word->substr(0, equals));
        if (equals != std::string::npos) {
            call.arguments.add(option.name, word->substr(equals + 1));
        } else if (++word != words.end()) {
            call.arguments.add(option.name, *word);
        } else {
            refuse(fmt::format("{} has no value", option.name));
        }
    }
    return call;
}

void runHook(const HookCall& call, int fd, const host::Observer& observer) {
    try {
        const ContainerRoot root(containerRootPath(readContainerState(fd)));
        call.hook->run(root, call.arguments, observer);
    } catch (const host::Error& error) {
        const bool isMust = call.hook->need == Hook::Need::Must && !cannotBeChanged(error);
        if (isMust || error.fault() == host::Fault::Usage) {
            throw;
        }
        observer.forgive(error);
    }
}

} // namespace toolkit
