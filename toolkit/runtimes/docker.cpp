#include "toolkit/runtimes/docker.h"

#include "host/base/error.h"
#include "toolkit/runtimes/places.h"

#include <fmt/format.h>
#include <strings.h>

namespace toolkit::runtimes {

namespace {

using Json = nlohmann::ordered_json;

/// The first that knows CDI.
constexpr Version kFirstWithCdi{25, 0};

constexpr const char* kRemedy =
    "Mend the file: it has to be one JSON object, without comments, that has each key once.";

void refuseWhatDockerDoesNotHave(const Wish& wish) {
    if (!wish.dropIn.empty()) {
        throw host::Error(host::Fault::Usage, "docker reads one file, and no drop-in",
                          "Leave the drop-in out, or name daemon.json with {config}.");
    }
    if (wish.settings.name == "runc") {
        throw host::Error(host::Fault::Usage, "docker keeps the runtime name 'runc' for itself",
                          "Choose another {runtime-name}.");
    }
    if (wish.settings.enableCdi && wish.version && *wish.version < kFirstWithCdi) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("docker {} has no CDI: {} is the first that has",
                                      toString(*wish.version), toString(kFirstWithCdi)),
                          "Leave {enable-cdi} out, or install a newer docker.");
    }
}

/// With our program and nothing more; dockerd takes an empty list of arguments for none.
bool isOurs(const nlohmann::json* runtime, const RuntimeSettings& settings) {
    if (runtime == nullptr || !runtime->is_object()) {
        return false;
    }
    auto rest = *runtime;
    if (rest.contains("runtimeArgs") && rest.at("runtimeArgs").empty()) {
        rest.erase("runtimeArgs");
    }
    return rest == nlohmann::json({{"path", settings.program.string()}});
}

/// dockerd compares names without their case, and takes the last of two.
void refuseTwins(const PlannedFile& file, const std::string& ours) {
    for (const auto& [key, value] : file.document().value().items()) {
        if (key != ours && ::strcasecmp(key.c_str(), ours.c_str()) == 0) {
            file.document().fail(
                {key}, fmt::format("dockerd takes {} for {}: write it as {}", key, ours, ours));
        }
    }
}

} // namespace

Plan planDocker(const Wish& wish, const ConfigFiles& files) {
    refuseWhatDockerDoesNotHave(wish);
    const auto& settings = wish.settings;
    PlannedFile file(files, mainFile(wish), host::DocumentFormat::Json, kRemedy);
    Plan plan;
    const auto set = [&](const host::KeyPath& path, const Json& value) {
        setAndTell(file, path, value, plan.replaced);
    };
    const host::KeyPath runtime = {"runtimes", settings.name};
    for (const char* key : {"runtimes", "default-runtime", "features"}) {
        refuseTwins(file, key);
    }
    if (!isOurs(file.find(runtime), settings)) {
        set(runtime, {{"path", settings.program.string()}});
    }
    if (settings.setAsDefault) {
        set({"default-runtime"}, settings.name);
    }
    const auto before = file.document().text();
    if (settings.enableCdi) {
        set({"features", "cdi"}, true);
        tellOfCdiDirectories({&file}, {"cdi-spec-dirs"}, plan.warnings);
    }
    plan.needsRestart = file.document().text() != before; // CDI is looked for at its start
    plan.files = {file.plan(true)};
    return plan;
}

} // namespace toolkit::runtimes
