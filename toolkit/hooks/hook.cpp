#include "toolkit/hooks/hook.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "toolkit/bundle/bundle.h"
#include "toolkit/hooks/bounded_hook.h"
#include "toolkit/hooks/container_state.h"
#include "toolkit/hooks/create_symlinks.h"
#include "toolkit/hooks/cuda_compatibility.h"
#include "toolkit/hooks/device_node_modification.h"
#include "toolkit/hooks/stage_hooks.h"
#include "toolkit/hooks/unchangeable.h"
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

constexpr const char* kInput = "standard input";
/// NVIDIA's config.toml; driverctl has a configuration of its own.
constexpr HookOption kConfig{"--toolkit-config", "FILE"};

/// Warns of what is odd in the file.
ToolkitConfig configOf(const HookIo& io, const HookArguments& arguments,
                       const host::Observer& observer) {
    auto parsed = readToolkitConfig(io.environment, arguments.last(kConfig.name).value_or(""));
    if (const auto& log = parsed.config.containerCli.debug; !log.empty()) {
        io.openLog(log);
    }
    for (const std::string& warning : parsed.warnings) {
        observer.warn(warning);
    }
    return std::move(parsed.config);
}

void precreateHook(const HookIo& io, const HookArguments& arguments,
                   const host::Observer& observer) {
    const auto supply = supplyOf(configOf(io, arguments, observer));
    const auto config = host::readInput(io.in, kInput, kLargestContainerConfig);
    host::writeAll(io.out, precreate(config, supply, surroundings(Runtime::Unknown), observer),
                   "standard output");
}

void giveDriverHook(const HookIo& io, const HookArguments& arguments,
                    const host::Observer& observer) {
    const auto state = readContainerState(io.in);
    const auto supply = supplyOf(configOf(io, arguments, observer));
    giveDriver(state, io.starter, supply, surroundings(Runtime::Unknown), observer);
}

/// Runtimes start it with the image's environment where the hook has none of its own: that says
/// nothing about the node.
void createContainerHook(const HookIo& io, const HookArguments& arguments,
                         const host::Observer& observer) {
    HookIo own = io;
    own.environment.clear();
    giveDriverHook(own, arguments, observer);
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
    Hook{.name = "precreate",
         .summary = "gives the driver to a container whose config.json is read, edited and written",
         .need = Hook::Need::Must,
         .options = {kConfig},
         .run = precreateHook},
    Hook{.name = "prestart",
         .summary = "gives the driver to a container that is being made, from outside of it",
         .need = Hook::Need::Must,
         .options = {kConfig},
         .run = giveDriverHook},
    Hook{.name = "createRuntime",
         .summary = "is prestart, by its newer name",
         .need = Hook::Need::Must,
         .options = {kConfig},
         .run = giveDriverHook},
    Hook{.name = "createContainer",
         .summary = "is prestart, in the container's namespaces",
         .need = Hook::Need::Must,
         .options = {kConfig},
         .run = createContainerHook},
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

/// A failure that does not stop the container is told.
template <typename Work>
void forgiving(Hook::Need need, const host::Observer& observer, const Work& work) {
    try {
        work();
    } catch (const host::Error& error) {
        const bool isMust = need == Hook::Need::Must && !isUnchangeable(error);
        if (isMust || error.fault() == host::Fault::Usage) {
            throw;
        }
        observer.forgive(error);
    }
}

void runUnbounded(const HookCall& call, const HookIo& io, const host::Observer& observer) {
    if (const auto* const run = std::get_if<StageHook>(&call.hook->run)) {
        return (*run)(io, call.arguments, observer);
    }
    forgiving(call.hook->need, observer, [&] {
        const ContainerRoot root(containerRootPath(readContainerState(io.in)));
        changeRoot(root, call, observer);
    });
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

bool isNvidiasHook(std::string_view program) {
    constexpr std::string_view kToolkit = "nvidia-container-toolkit";
    return program == "nvidia-container-runtime-hook" || program == kToolkit ||
           (program.starts_with(kToolkit) && program[kToolkit.size()] == '-');
}

std::optional<HookCall> parseNvidiasCall(std::span<const std::string> words) {
    constexpr std::string_view kTheirs = "-config"; // or with another dash
    HookArguments arguments;
    auto word = words.begin();
    for (; word != words.end() && word->starts_with('-'); ++word) {
        const auto dashes = word->starts_with("--") ? 1U : 0U;
        const auto equals = word->find('=');
        if (word->substr(dashes, equals - dashes) != kTheirs) {
            refuse(fmt::format("there is no option '{}'", *word));
        }
        if (equals == std::string::npos && ++word == words.end()) {
            refuse(fmt::format("{} has no value", kTheirs));
        }
        arguments.add(kConfig.name, equals == std::string::npos ? *word : word->substr(equals + 1));
    }
    if (word == words.end()) {
        refuse("no stage is named");
    }
    const Hook& hook = hookOf("prestart");
    return *word == hook.name ? std::optional(HookCall{&hook, std::move(arguments)}) : std::nullopt;
}

void changeRoot(const ContainerRoot& root, const HookCall& call, const host::Observer& observer) {
    const auto* const run = std::get_if<RootHook>(&call.hook->run);
    if (run == nullptr) {
        refuse(fmt::format("{} does not change a root", call.hook->name));
    }
    forgiving(call.hook->need, observer, [&] { (*run)(root, call.arguments, observer); });
}

void runHook(const HookCall& call, const HookIo& io, const host::Observer& observer,
             std::chrono::milliseconds limit) {
    forgiving(call.hook->need, observer, [&] {
        runBounded(call.hook->name, limit, io, observer,
                   [&call](const HookIo& there, const host::Observer& observerThere) {
                       runUnbounded(call, there, observerThere);
                   });
    });
}

} // namespace toolkit
