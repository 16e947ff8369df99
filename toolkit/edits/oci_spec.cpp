#include "toolkit/edits/oci_spec.h"

#include "host/base/error.h"
#include "host/base/json.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

constexpr const char* kRefusal = "config.json is no OCI configuration";
constexpr const char* kRemedy = "Have the container's runtime write it again.";

std::optional<host::JsonValue> fieldOf(const std::optional<host::JsonValue>& object,
                                       std::string_view name) {
    auto field = object ? object->find(name) : std::nullopt;
    return field && field->isNull() ? std::nullopt : field; // as readers in Go take it
}

/// Adds a field by hand: ordered_json would copy all fields that are there, with what is in them.
void addField(OciSpec& object, const char* name) {
    OciSpec::object_t fields;
    fields.reserve(object.size() + 1);
    for (auto& [key, value] : object.get_ref<OciSpec::object_t&>()) {
        fields.emplace_back(key, std::move(value));
    }
    fields.emplace_back(name, nullptr);
    object.get_ref<OciSpec::object_t&>().swap(fields);
}

/// The member of an object, made where it is not there.
OciSpec& member(OciSpec& parent, const char* name, OciSpec::value_t type) {
    if (!parent.contains(name)) {
        addField(parent, name);
    }
    OciSpec& value = parent[name];
    if (value.is_null()) {
        value = OciSpec(type);
    }
    if (value.type() != type) {
        throw host::Error(fmt::format("{}: {} is no {}", kRefusal, name, OciSpec(type).type_name()),
                          kRemedy);
    }
    return value;
}

OciSpec& object(OciSpec& parent, const char* name) {
    return member(parent, name, OciSpec::value_t::object);
}

OciSpec& array(OciSpec& parent, const char* name) {
    return member(parent, name, OciSpec::value_t::array);
}

/// The text of an object's field; empty where it has none.
std::string textOf(const OciSpec& entry, const char* field) {
    const auto found = entry.is_object() ? entry.find(field) : entry.end();
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Puts the entries behind all others, because of mounts and rules the last counts, in place of
/// those that `isReplaced` says yes to.
template <typename IsReplaced>
void putLast(OciSpec& list, std::vector<OciSpec> entries, const IsReplaced& isReplaced) {
    auto& others = list.get_ref<OciSpec::array_t&>();
    std::erase_if(others, isReplaced);
    std::ranges::move(entries, std::back_inserter(others));
}

/// In place of those whose field names one of the places, however it is written.
void putLast(OciSpec& list, std::vector<OciSpec> entries, const char* field,
             const std::set<std::string>& places) {
    putLast(list, std::move(entries), [&](const OciSpec& other) {
        return places.contains(fs::path(textOf(other, field)).lexically_normal());
    });
}

/// In place of equal ones.
void putLast(OciSpec& list, std::vector<OciSpec> entries) {
    const auto added = entries;
    putLast(list, std::move(entries),
            [&](const OciSpec& other) { return std::ranges::find(added, other) != added.end(); });
}

void setVariable(OciSpec& env, const std::string& assignment) {
    const auto name = assignment.substr(0, assignment.find('=') + 1);
    bool isSet = false;
    for (OciSpec& other : env) {
        if (other.is_string() && other.get_ref<const std::string&>().starts_with(name)) {
            other = assignment;
            isSet = true;
        }
    }
    if (!isSet) {
        env.push_back(assignment);
    }
}

void addMounts(OciSpec& spec, const std::vector<MountEdit>& edits) {
    std::vector<OciSpec> mounts;
    std::set<std::string> places;
    for (const MountEdit& edit : edits) {
        places.insert(edit.containerPath);
        mounts.push_back({{"destination", edit.containerPath.native()},
                          {"type", "bind"},
                          {"source", edit.hostPath.native()},
                          {"options", edit.options}});
    }
    putLast(array(spec, "mounts"), std::move(mounts), "destination", places);
}

void addHook(OciSpec& spec, const HookEdit& edit) {
    putLast(array(object(spec, "hooks"), edit.stage.c_str()),
            {{{"path", edit.path.native()}, {"args", edit.args}, {"env", edit.env}}});
}

void addGid(OciSpec& spec, gid_t gid) {
    OciSpec& gids = array(object(object(spec, "process"), "user"), "additionalGids");
    if (std::ranges::find(gids, OciSpec(gid)) == gids.end()) {
        gids.push_back(gid);
    }
}

OciSpec deviceOf(const DeviceNodeEdit& edit, const HostNode& node) {
    return {{"path", edit.path.native()},
            {"type", std::string(1, node.type)},
            {"major", node.major},
            {"minor", node.minor},
            {"fileMode", node.permissions},
            {"uid", node.uid},
            {"gid", node.gid}};
}

OciSpec ruleFor(const HostNode& node) {
    return {{"allow", true},
            {"type", std::string(1, node.type)},
            {"major", node.major},
            {"minor", node.minor},
            {"access", "rw"}};
}

void addNodes(OciSpec& spec, const std::vector<DeviceNodeEdit>& edits, const NodeLookup& lookup,
              NodeGroups groups) {
    const bool mayAddGids = spec.contains("process") && groups == NodeGroups::OfHost;
    OciSpec& linux = object(spec, "linux");
    std::vector<OciSpec> devices;
    std::vector<OciSpec> rules;
    std::set<std::string> places;
    for (const DeviceNodeEdit& edit : edits) {
        const HostNode node = lookup(edit.onHost());
        places.insert(edit.path);
        devices.push_back(deviceOf(edit, node));
        rules.push_back(ruleFor(node));
        if (const auto group = groupOf(node); group && mayAddGids) {
            addGid(spec, *group);
        }
    }
    putLast(array(linux, "devices"), std::move(devices), "path", places);
    putLast(array(object(linux, "resources"), "devices"), std::move(rules));
}

/// Adds what gives the list at `place` back, or takes away what was made for it.
void undoAt(OciSpec& undo, const OciSpec& before, const OciSpec& after,
            const std::vector<std::string>& place) {
    OciSpec::json_pointer pointer;
    for (const auto& part : place) {
        pointer /= part;
        if (!before.contains(pointer) || before[pointer].is_null()) {
            break;
        }
    }
    OciSpec step = {{"op", "remove"}, {"path", pointer.to_string()}};
    if (before.contains(pointer)) {
        step["op"] = "replace";
        step["value"] = before[pointer];
    }
    if (after.contains(pointer) &&
        (!before.contains(pointer) || before[pointer] != after[pointer]) &&
        std::ranges::find(undo, step) == undo.end()) {
        undo.push_back(std::move(step));
    }
}

OciSpec undoOf(const OciSpec& before, const OciSpec& after, const ContainerEdits& edits) {
    OciSpec undo = OciSpec::array();
    undoAt(undo, before, after, {"process", "env"});
    undoAt(undo, before, after, {"process", "user", "additionalGids"});
    undoAt(undo, before, after, {"mounts"});
    undoAt(undo, before, after, {"linux", "devices"});
    undoAt(undo, before, after, {"linux", "resources", "devices"});
    for (const HookEdit& hook : edits.hooks) {
        undoAt(undo, before, after, {"hooks", hook.stage});
    }
    return undo;
}

} // namespace

ContainerParts containerPartsOf(const std::string& text) {
    const std::optional config = host::JsonValue(text, {.refusal = kRefusal, .remedy = kRemedy});
    ContainerParts parts;
    const auto process = fieldOf(config, "process");
    if (const auto env = fieldOf(process, "env")) {
        parts.env = env->texts();
    }
    if (const auto bounding = fieldOf(fieldOf(process, "capabilities"), "bounding")) {
        parts.boundingCapabilities = bounding->texts();
    }
    if (const auto annotations = fieldOf(config, "annotations")) {
        for (const auto& [name, value] : annotations->fields()) {
            parts.annotations.emplace(name, value.text());
        }
    }
    if (const auto mounts = fieldOf(config, "mounts")) {
        for (const host::JsonValue& mount : mounts->list()) {
            const auto source = fieldOf(mount, "source"); // proc has none
            parts.mounts.push_back(
                {source ? source->text() : std::string(), mount.at("destination").text()});
        }
    }
    return parts;
}

bool hasUserNamespace(const OciSpec& spec) {
    const OciSpec::json_pointer place("/linux/namespaces");
    return spec.contains(place) && std::ranges::any_of(spec.at(place), [](const OciSpec& entry) {
               return textOf(entry, "type") == "user";
           });
}

void annotate(OciSpec& spec, const std::string& name, const std::string& value) {
    object(spec, "annotations")[name] = value;
}

OciSpec applyEdits(OciSpec& spec, const ContainerEdits& edits, const NodeLookup& lookup,
                   NodeGroups groups) {
    if (!spec.is_object()) {
        throw host::Error(fmt::format("{}: it is no object", kRefusal), kRemedy);
    }
    OciSpec edited = spec;
    if (edited.contains("process")) { // without one there is nothing whose environment it is
        for (const auto& assignment : edits.env) {
            setVariable(array(object(edited, "process"), "env"), assignment);
        }
        for (const gid_t gid : edits.additionalGids) {
            addGid(edited, gid);
        }
    }
    if (!edits.deviceNodes.empty()) {
        addNodes(edited, edits.deviceNodes, lookup,
                 hasUserNamespace(spec) ? NodeGroups::OfNobody : groups);
    }
    if (!edits.mounts.empty()) {
        addMounts(edited, edits.mounts);
    }
    for (const auto& hook : edits.hooks) {
        addHook(edited, hook);
    }
    OciSpec undo = undoOf(spec, edited, edits);
    spec = std::move(edited);
    return undo;
}

void removeEdits(OciSpec& spec, const OciSpec& undo) {
    try {
        spec.patch_inplace(undo);
    } catch (const OciSpec::exception&) {
        throw host::Error("config.json is not as it was when it was edited", kRemedy);
    }
}

} // namespace toolkit
