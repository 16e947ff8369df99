#include "toolkit/edits/oci_spec.h"

#include "host/base/error.h"
#include "host/base/json.h"

#include <algorithm>
#include <fmt/format.h>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

constexpr const char* kRefusal = "config.json is no OCI configuration";
constexpr const char* kRemedy = "Have the container's runtime write it again.";
constexpr mode_t kForEverybody = 06;

std::optional<host::JsonValue> fieldOf(const std::optional<host::JsonValue>& object,
                                       std::string_view name) {
    auto field = object ? object->find(name) : std::nullopt;
    return field && field->isNull() ? std::nullopt : field; // as readers in Go take it
}

/// The member of an object, made where it is not there.
OciSpec& member(OciSpec& parent, const char* name, OciSpec::value_t type) {
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

template <typename IsSame>
void eraseIf(OciSpec& list, const IsSame& isSame) {
    auto& entries = list.get_ref<OciSpec::array_t&>();
    entries.erase(std::remove_if(entries.begin(), entries.end(), isSame), entries.end());
}

/// Behind all others: among rules and mounts the last counts.
void putLast(OciSpec& list, OciSpec entry) {
    eraseIf(list, [&](const OciSpec& other) { return other == entry; });
    list.push_back(std::move(entry));
}

/// The text of an object's field; empty where it has none.
std::string textOf(const OciSpec& entry, const char* field) {
    const auto found = entry.is_object() ? entry.find(field) : entry.end();
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool isAt(const OciSpec& entry, const char* field, const fs::path& place) {
    return fs::path(textOf(entry, field)).lexically_normal() == place;
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

void addMount(OciSpec& mounts, const MountEdit& edit) {
    eraseIf(mounts,
            [&](const OciSpec& other) { return isAt(other, "destination", edit.containerPath); });
    mounts.push_back({{"destination", edit.containerPath.string()},
                      {"type", "bind"},
                      {"source", edit.hostPath.string()},
                      {"options", edit.options}});
}

void addHook(OciSpec& spec, const HookEdit& edit) {
    putLast(array(object(spec, "hooks"), edit.stage.c_str()),
            {{"path", edit.path.string()}, {"args", edit.args}, {"env", edit.env}});
}

void addGid(OciSpec& spec, gid_t gid) {
    OciSpec& gids = array(object(object(spec, "process"), "user"), "additionalGids");
    if (std::ranges::find(gids, OciSpec(gid)) == gids.end()) {
        gids.push_back(gid);
    }
}

bool hasUserNamespace(const OciSpec& linux) {
    const auto namespaces = linux.find("namespaces");
    return namespaces != linux.end() && std::ranges::any_of(*namespaces, [](const OciSpec& entry) {
               return textOf(entry, "type") == "user";
           });
}

void addNode(OciSpec& spec, const DeviceNodeEdit& edit, const HostNode& node) {
    OciSpec& linux = object(spec, "linux");
    OciSpec& devices = array(linux, "devices");
    const std::string type(1, node.type);
    eraseIf(devices, [&](const OciSpec& other) { return isAt(other, "path", edit.path); });
    devices.push_back({{"path", edit.path.string()},
                       {"type", type},
                       {"major", node.major},
                       {"minor", node.minor},
                       {"fileMode", node.permissions},
                       {"uid", node.uid},
                       {"gid", node.gid}});
    putLast(array(object(linux, "resources"), "devices"), {{"allow", true},
                                                           {"type", type},
                                                           {"major", node.major},
                                                           {"minor", node.minor},
                                                           {"access", "rw"}});
    const bool isForEverybody = (node.permissions & kForEverybody) == kForEverybody;
    if (!isForEverybody && node.gid != 0 && spec.contains("process") && !hasUserNamespace(linux)) {
        addGid(spec, node.gid);
    }
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

OciSpec applyEdits(OciSpec& spec, const ContainerEdits& edits, const NodeLookup& lookup) {
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
    for (const auto& node : edits.deviceNodes) {
        addNode(edited, node, lookup(node.hostPath.empty() ? node.path : node.hostPath));
    }
    for (const auto& mount : edits.mounts) {
        addMount(array(edited, "mounts"), mount);
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
