#include "toolkit/cdi/specification.h"

#include "host/base/json.h"
#include "toolkit/cdi/fields.h"
#include "toolkit/cdi/version.h"
#include "toolkit/cdi/yaml.h"

namespace toolkit::cdi {

using Json = nlohmann::ordered_json;

namespace {

Json nodeToJson(const DeviceNodeEdit& node) {
    Json json = {{"path", node.path.string()}};
    if (!node.hostPath.empty() && node.hostPath != node.path) {
        json["hostPath"] = node.hostPath.string();
    }
    return json;
}

Json mountToJson(const MountEdit& mount) {
    return {{"hostPath", mount.hostPath.string()},
            {"containerPath", mount.containerPath.string()},
            {"options", mount.options}};
}

Json hookToJson(const HookEdit& hook) {
    return {{"hookName", hook.stage},
            {"path", hook.path.string()},
            {"args", hook.args},
            {"env", hook.env}};
}

template <typename Entry, typename Convert>
void addList(Json& json, const char* name, const std::vector<Entry>& entries,
             const Convert& convert) {
    for (const Entry& entry : entries) {
        json[name].push_back(convert(entry));
    }
}

Json editsToJson(const ContainerEdits& edits) {
    Json json = Json::object();
    const auto itself = [](const auto& entry) { return entry; };
    addList(json, "env", edits.env, itself);
    addList(json, "deviceNodes", edits.deviceNodes, nodeToJson);
    addList(json, "mounts", edits.mounts, mountToJson);
    addList(json, "hooks", edits.hooks, hookToJson);
    addList(json, "additionalGids", edits.additionalGids, itself);
    return json;
}

} // namespace

Json toJson(const Specification& specification) {
    Json devices = Json::array();
    for (const Device& device : specification.devices) {
        devices.push_back({{"name", device.name}, {"containerEdits", editsToJson(device.edits)}});
    }
    Json json = {{"cdiVersion", ""}, {"kind", specification.kind}, {"devices", devices}};
    auto edits = editsToJson(specification.edits);
    if (!edits.empty()) {
        json["containerEdits"] = std::move(edits);
    }
    json["cdiVersion"] = toString(minimumVersion(json));
    return json;
}

std::string toText(const Specification& specification, Format format) {
    constexpr int kIndent = 2;
    const auto json = toJson(specification);
    return format == Format::Yaml
               ? toYaml(json)
               : json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Format> formatOf(const std::filesystem::path& file) {
    const auto extension = file.extension();
    return extension == ".json"   ? std::optional(Format::Json)
           : extension == ".yaml" ? std::optional(Format::Yaml)
                                  : std::nullopt;
}

nlohmann::json parseSpecification(const std::string& text, Format format) {
    auto document = format == Format::Yaml ? fromYaml(text) : host::parseStrict(text);
    readScalarsAsTexts(document);
    return document;
}

} // namespace toolkit::cdi
