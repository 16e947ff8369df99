#include "toolkit/runtimes/hook_file.h"

#include "host/base/error.h"
#include "host/process/search_path.h"
#include "toolkit/runtimes/places.h"

#include <fmt/format.h>

namespace toolkit::runtimes {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kRemedy = "Mend the file, or remove it.";
constexpr const char* kEtc = "/etc/containers/oci/hooks.d";
constexpr const char* kUsr = "/usr/share/containers/oci/hooks.d";

std::string toString(Stage stage) {
    return stage == Stage::Precreate  ? "precreate"
           : stage == Stage::Prestart ? "prestart"
                                      : "createContainer";
}

/// precreate changes what the container is made of, which is the better way; podman alone has it.
/// prestart reaches the device controller of the container's control group, cgroup v1's as well.
Stage stageOf(const HookWish& wish) {
    const bool hasPrecreate = wish.config.empty() && wish.runtime == Runtime::Podman;
    return wish.stage.value_or(hasPrecreate ? Stage::Precreate : Stage::Prestart);
}

Json hookOf(const HookWish& wish) {
    const std::string stage = toString(stageOf(wish));
    Json hook = Json::object();
    if (!wish.config.empty()) { // as Sarus has it
        const fs::path program = wish.program.empty() ? "/usr/bin/driverctl-hook" : wish.program;
        hook["path"] = program.string();
        hook["args"] = {program.string(), "-config=" + wish.config.string(), "prestart"};
    } else if (!wish.program.empty()) {
        hook["path"] = wish.program.string();
        hook["args"] = {wish.program.filename().string(), stage};
    } else {
        hook["path"] = "/usr/bin/driverctl";
        hook["args"] = {"driverctl", "hook", stage};
    }
    // Without an environment it would get the container's, with an image's LD_PRELOAD.
    hook["env"] = {fmt::format("PATH={}", host::kSearchPath)};
    return hook;
}

void refuse(const HookWish& wish) {
    if (wish.runtime == Runtime::Docker || wish.runtime == Runtime::Containerd) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{} reads no files of hooks", toString(wish.runtime)),
                          "Configure a runtime for it, without {mode}.");
    }
    for (const fs::path& path : {wish.program, wish.config}) {
        if (!path.empty() && !path.is_absolute()) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("{} is no absolute path: hooks are found by no other", path.string()),
                "Name it from / on.");
        }
    }
    if (wish.stage == Stage::Precreate && !wish.config.empty()) {
        throw host::Error(
            host::Fault::Usage,
            "a hook with a config.toml is called as Sarus does it, which has no stage "
            "precreate",
            "Choose {stage} prestart, or leave {hook-config} out.");
    }
    if (wish.stage == Stage::Precreate && wish.runtime == Runtime::Crio) {
        throw host::Error(host::Fault::Usage, "CRI-O has no stage precreate",
                          "Choose {stage} prestart or createContainer.");
    }
}

/// The same name in /etc hides the one in /usr/share.
void warnOfMasking(Plan& plan, const fs::path& path, const ConfigFiles& files) {
    const fs::path twin =
        (path.parent_path() == kEtc ? fs::path(kUsr) : fs::path(kEtc)) / path.filename();
    if ((path.parent_path() != kEtc && path.parent_path() != kUsr) || !files.read(twin)) {
        return;
    }
    plan.warnings.push_back(
        path.parent_path() == kEtc
            ? fmt::format("{} is not read any more: {} has its name", twin.string(), path.string())
            : fmt::format("{} is not read: {} has its name", path.string(), twin.string()));
}

} // namespace

Plan planHook(const HookWish& wish, const ConfigFiles& files) {
    refuse(wish);
    const fs::path path = hookFile(wish);
    const Json content = {{"version", "1.0.0"},
                          {"hook", hookOf(wish)},
                          {"when", {{"always", true}}},
                          {"stages", Json::array({toString(stageOf(wish))})}};
    PlannedFile file(files, path, host::DocumentFormat::Json, kRemedy);
    Plan plan;
    FilePlan change = file.plan();
    if (file.document().value() != nlohmann::json(content)) {
        if (file.exists()) {
            plan.replaced.push_back(fmt::format("{} was another hook's", path.string()));
        }
        change.after = content.dump(4) + "\n";
    }
    plan.files = {change};
    warnOfMasking(plan, path, files);
    if (wish.rootless) {
        plan.warnings.push_back(
            fmt::format("podman of a user reads hooks only where it is told: run it with "
                        "--hooks-dir={}",
                        path.parent_path().string()));
    }
    return plan;
}

} // namespace toolkit::runtimes
