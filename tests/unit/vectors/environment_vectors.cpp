/// What a container asks for, and what it gets.
#include "tests/unit/vectors/vectors.h"

#include "toolkit/edits/request.h"
#include "toolkit/edits/requirements.h"
#include "toolkit/inventory/selection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace vectors {
namespace {

using toolkit::RequestError;

constexpr const char* symbolOf(RequestError::Kind kind) {
    switch (kind) {
    case RequestError::Kind::MixedNames:
        return "mixed-cdi-and-plain";
    case RequestError::Kind::UnqualifiedAnnotation:
        return "unqualified-annotation";
    case RequestError::Kind::BadCudaVersion:
        return "bad-cuda-version";
    case RequestError::Kind::UnsupportedCapability:
        return "unsupported-capability";
    case RequestError::Kind::MigConfigUnprivileged:
        return "mig-config-unprivileged";
    case RequestError::Kind::MigMonitorUnprivileged:
        return "mig-monitor-unprivileged";
    case RequestError::Kind::MigDevicesNotAll:
        return "mig-devices-not-all";
    }
    return "";
}

constexpr const char* symbolOf(toolkit::RequestWarning::Kind kind) {
    return kind == toolkit::RequestWarning::Kind::IgnoredUnprivileged ? "ignored-unprivileged"
                                                                      : "ignored-mount";
}

constexpr const char* symbolOf(toolkit::GatedDevice device) {
    constexpr const char* kSymbols[] = {"gds", "mofed", "gdrcopy", "nvswitch"};
    return kSymbols[static_cast<std::size_t>(device)];
}

/// The values of a case as config.toml has them; `prefix` is of the tables that they are in.
std::string tomlOf(const Json& config, const std::string& prefix = "") {
    std::string text;
    std::string tables;
    for (const auto& [key, value] : config.items()) {
        if (value.is_object()) {
            const std::string name = prefix + key;
            tables += fmt::format("[{}]\n{}", name, tomlOf(value, name + "."));
        } else {
            text += key + " = " + value.dump() + "\n";
        }
    }
    return text + tables;
}

toolkit::ContainerParts partsOf(const Json& input) {
    toolkit::ContainerParts parts;
    parts.env = input.at("env").get<std::vector<std::string>>();
    parts.boundingCapabilities = input.value("bounding", std::vector<std::string>());
    parts.annotations = input.value("annotations", std::map<std::string, std::string>());
    for (const Json& mount : input.value("mounts", Json::array())) {
        parts.mounts.push_back({mount.at(0), mount.at(1)});
    }
    return parts;
}

/// As cases have it: fields that are empty or false are left out, but for those of every request.
Json jsonOf(const toolkit::Request& request) {
    Json json = {{"gpu", true},
                 {"devices", request.devices},
                 {"capabilities", Json::array()},
                 {"requirements", request.requirements}};
    for (const auto capability : request.capabilities) {
        json["capabilities"].push_back(toolkit::toString(capability));
    }
    for (const auto device : request.gated) {
        json["gated"].push_back(symbolOf(device));
    }
    if (!request.imexChannels.empty()) {
        json["imex"] = request.imexChannels;
    }
    if (request.migConfig) {
        json["mig_config"] = "all";
    }
    if (request.migMonitor) {
        json["mig_monitor"] = "all";
    }
    return json;
}

/// What has no order in order, and the fields too. An empty requirement requires nothing.
nlohmann::json sorted(Json json) {
    if (json.contains("requirements")) {
        std::erase(json["requirements"].get_ref<Json::array_t&>(), "");
    }
    for (const char* list : {"capabilities", "requirements", "gated"}) {
        if (json.contains(list)) {
            std::sort(json[list].begin(), json[list].end());
        }
    }
    return json;
}

/// Of a config.toml that is refused.
const char* symbolOf(const host::Error& error) {
    const bool isOfCapabilities =
        std::string_view(error.what()).find("has the unknown capability") != std::string_view::npos;
    return isOfCapabilities ? symbolOf(RequestError::Kind::UnsupportedCapability)
                            : "invalid-config";
}

Json answerTo(const Json& input) {
    try {
        const auto config = toolkit::parseToolkitConfig(
            tomlOf(input.value("config", Json::object())), "case", "/root");
        const auto reading = toolkit::readRequest(partsOf(input), config.config);
        Json json = reading.request ? jsonOf(*reading.request) : Json{{"gpu", false}};
        for (const auto& warning : reading.warnings) {
            json["warning"] = symbolOf(warning.kind);
        }
        return json;
    } catch (const RequestError& error) {
        return {{"error", symbolOf(error.kind())}};
    } catch (const host::Error& error) {
        return {{"error", symbolOf(error)}};
    }
}

std::vector<gpu::Gpu> gpusOf(const Json& list) {
    std::vector<gpu::Gpu> gpus;
    for (const Json& given : list) {
        gpu::Gpu gpu;
        gpu.index = given.value("index", static_cast<unsigned>(gpus.size()));
        gpu.address = given.value("pci", "");
        gpu.uuid = given.value("uuid", "");
        gpu.architecture = given.value("arch", "");
        gpu.brand = given.value("brand", "");
        gpu.inMigMode = given.contains("mig");
        for (const Json& mig : given.value("mig", Json::array())) {
            gpu.migs.push_back({.index = static_cast<unsigned>(gpu.migs.size()),
                                .uuid = mig.at("uuid"),
                                .gpuInstance = mig.at("gi"),
                                .computeInstance = mig.at("ci")});
        }
        gpus.push_back(std::move(gpu));
    }
    return gpus;
}

Json selectionOf(const Json& file, const Json& input) {
    const auto gpus = gpusOf(file.at("node").at("gpus"));
    try {
        const auto selection = toolkit::select(gpus, input.at("devices"));
        Json json = {{"gpus", Json::array()}, {"migs", Json::array()}};
        for (const auto* gpu : selection.gpus) {
            json["gpus"].push_back(gpu->index);
        }
        for (const auto& mig : selection.migs) {
            json["migs"].push_back(std::to_string(mig.gpu->index) + ":" +
                                   std::to_string(mig.mig->index));
        }
        return json;
    } catch (const toolkit::UnknownDevice& error) {
        return {{"error", "unknown-device"}, {"device", error.device()}};
    }
}

Json verdictOn(const Json& input) {
    const auto gpus = gpusOf(input.at("gpus"));
    std::vector<const gpu::Gpu*> visible;
    std::ranges::transform(gpus, std::back_inserter(visible),
                           [](const gpu::Gpu& gpu) { return &gpu; });
    const Json& driver = input.at("driver");
    try {
        const auto unmet = toolkit::firstUnmet(
            input.at("requirements"),
            {.driver = driver.value("driver", ""), .cuda = driver.value("cuda", "")}, visible);
        return unmet ? Json{{"ok", false}, {"failed", unmet->requirement}} : Json{{"ok", true}};
    } catch (const toolkit::InvalidRequirement&) {
        return {{"error", "invalid-requirement"}};
    }
}

bool describes(const Json& file) {
    return file.contains("node") || casesHave(file, {"kind"});
}

void check(const Json& file, const Json& test) {
    const std::string kind = test.at("kind");
    const Json& input = test.at("input");
    Json found;
    if (kind == "request") {
        found = answerTo(input);
    } else if (kind == "select") {
        found = selectionOf(file, input);
    } else if (kind == "require") {
        found = verdictOn(input);
    } else {
        throw std::invalid_argument("no such kind: " + kind);
    }
    EXPECT_EQ(sorted(found), sorted(test.at("expect")));
}

const Registration
    kRegistration({.name = "environment", .describes = describes, .lists = {{"cases", check}}});

} // namespace
} // namespace vectors
