#include "toolkit/cdi/fields.h"

#include "host/base/json.h"

#include <algorithm>
#include <fmt/format.h>

namespace toolkit::cdi {

using Json = nlohmann::json;

namespace {

// Source: schema/defs.json and specs-go/config.go of the CDI specification 1.1.0.
constexpr Field kDeviceNode[] = {
    {.name = "path", .type = FieldType::Text},
    {.name = "hostPath", .type = FieldType::Text, .since = Version::V0_5_0},
    {.name = "type", .type = FieldType::Text},
    {.name = "major", .type = FieldType::Integer},
    {.name = "minor", .type = FieldType::Integer},
    {.name = "fileMode", .type = FieldType::Unsigned},
    {.name = "permissions", .type = FieldType::Text},
    {.name = "uid", .type = FieldType::Unsigned},
    {.name = "gid", .type = FieldType::Unsigned},
};

constexpr Field kMount[] = {
    {.name = "hostPath", .type = FieldType::Text},
    {.name = "containerPath", .type = FieldType::Text},
    {.name = "options", .type = FieldType::Texts},
    {.name = "type", .type = FieldType::Text, .since = Version::V0_4_0},
};

constexpr Field kHook[] = {
    {.name = "hookName", .type = FieldType::Text},   {.name = "path", .type = FieldType::Text},
    {.name = "args", .type = FieldType::Texts},      {.name = "env", .type = FieldType::Texts},
    {.name = "timeout", .type = FieldType::Integer},
};

constexpr Field kNetDevice[] = {
    {.name = "hostInterfaceName", .type = FieldType::Text},
    {.name = "name", .type = FieldType::Text},
};

constexpr Field kIntelRdt[] = {
    {.name = "closID", .type = FieldType::Text},
    {.name = "l3CacheSchema", .type = FieldType::Text},
    {.name = "memBwSchema", .type = FieldType::Text},
    {.name = "enableCMT", .type = FieldType::Flag},
    {.name = "enableMBM", .type = FieldType::Flag},
    {.name = "schemata",
     .type = FieldType::Texts,
     .since = Version::V1_1_0,
     .countsWhenEmpty = true},
    {.name = "enableMonitoring", .type = FieldType::Flag, .since = Version::V1_1_0},
};

constexpr Field kContainerEdits[] = {
    {.name = "env", .type = FieldType::Texts},
    {.name = "deviceNodes", .type = FieldType::Objects, .members = kDeviceNode},
    {.name = "netDevices",
     .type = FieldType::Objects,
     .members = kNetDevice,
     .since = Version::V1_1_0},
    {.name = "hooks", .type = FieldType::Objects, .members = kHook},
    {.name = "mounts", .type = FieldType::Objects, .members = kMount},
    {.name = "intelRdt",
     .type = FieldType::Object,
     .members = kIntelRdt,
     .since = Version::V0_7_0,
     .countsWhenEmpty = true},
    {.name = "additionalGids", .type = FieldType::Unsigneds, .since = Version::V0_7_0},
};

constexpr Field kDevice[] = {
    {.name = "name", .type = FieldType::Text},
    {.name = "annotations", .type = FieldType::TextByKey, .since = Version::V0_6_0},
    {.name = "containerEdits", .type = FieldType::Object, .members = kContainerEdits},
};

constexpr Field kSpecification[] = {
    {.name = "cdiVersion", .type = FieldType::Text},
    {.name = "kind", .type = FieldType::Text},
    {.name = "annotations", .type = FieldType::TextByKey, .since = Version::V0_6_0},
    {.name = "devices", .type = FieldType::Objects, .members = kDevice},
    {.name = "containerEdits", .type = FieldType::Object, .members = kContainerEdits},
};

bool allOf(const Json& list, bool (*isOne)(const Json&)) {
    return list.is_array() && std::ranges::all_of(list, isOne);
}

bool isText(const Json& value) {
    return value.is_string();
}

bool isUnsigned(const Json& value) {
    return host::integerIn<std::uint32_t>(value).has_value();
}

bool isObject(const Json& value) {
    return value.is_object();
}

using Visit = std::function<void(const Place&)>;

void visitFields(const Json& object, std::span<const Field> fields, const std::string& prefix,
                 const Visit& visit) {
    if (!object.is_object()) {
        return;
    }
    for (const auto& [name, value] : object.items()) {
        const auto found = std::ranges::find(fields, std::string_view(name), &Field::name);
        const Place place{.path = prefix + name,
                          .field = found == fields.end() ? nullptr : &*found,
                          .value = value};
        visit(place);
        if (place.field == nullptr || place.field->members.empty()) {
            continue;
        }
        if (place.field->type == FieldType::Object) {
            visitFields(value, found->members, place.path + ".", visit);
        } else if (value.is_array()) {
            for (std::size_t index = 0; index < value.size(); ++index) {
                visitFields(value[index], found->members, fmt::format("{}[{}].", place.path, index),
                            visit);
            }
        }
    }
}

void readAsText(Json& value) {
    if (value.is_number_float()) {
        value = fmt::format("{}", value.get<double>()); // 1.0 is "1"
    } else if (value.is_number() || value.is_boolean()) {
        value = value.dump();
    }
}

void readScalarsAsTexts(Json& object, std::span<const Field> fields) {
    if (!object.is_object()) {
        return;
    }
    for (const Field& field : fields) {
        const auto member = object.find(field.name);
        if (member == object.end()) {
            continue;
        }
        if (field.type == FieldType::Text) {
            readAsText(*member);
        } else if (field.type == FieldType::Texts || field.type == FieldType::TextByKey) {
            std::ranges::for_each(*member, readAsText);
        } else if (field.type == FieldType::Object) {
            readScalarsAsTexts(*member, field.members);
        } else if (field.type == FieldType::Objects && member->is_array()) {
            for (Json& entry : *member) {
                readScalarsAsTexts(entry, field.members);
            }
        }
    }
}

} // namespace

std::string_view describe(FieldType type) {
    switch (type) {
    case FieldType::Text:
        return "a text";
    case FieldType::Texts:
        return "a list of texts";
    case FieldType::TextByKey:
        return "an object of texts";
    case FieldType::Flag:
        return "true or false";
    case FieldType::Integer:
        return "a whole number";
    case FieldType::Unsigned:
        return "a whole number from 0 to 4294967295";
    case FieldType::Unsigneds:
        return "a list of whole numbers from 0 to 4294967295";
    case FieldType::Object:
        return "an object";
    case FieldType::Objects:
        break;
    }
    return "a list of objects";
}

void forEachField(const Json& specification, const Visit& visit) {
    visitFields(specification, kSpecification, "", visit);
}

const Json& memberOf(const Json& object, std::string_view name) {
    static const Json kNothing;
    const auto found = object.find(name);
    return found == object.end() ? kNothing : *found;
}

std::string textOf(const Json& object, std::string_view name) {
    const Json& value = memberOf(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

void readScalarsAsTexts(Json& specification) {
    readScalarsAsTexts(specification, kSpecification);
}

bool fits(const Field& field, const Json& value) {
    if (value.is_null()) {
        return true;
    }
    switch (field.type) {
    case FieldType::Text:
        return value.is_string();
    case FieldType::Texts:
        return allOf(value, isText);
    case FieldType::TextByKey:
        return value.is_object() && std::ranges::all_of(value, isText);
    case FieldType::Flag:
        return value.is_boolean();
    case FieldType::Integer:
        return host::integerIn<std::int64_t>(value).has_value();
    case FieldType::Unsigned:
        return isUnsigned(value);
    case FieldType::Unsigneds:
        return allOf(value, isUnsigned);
    case FieldType::Object:
        return value.is_object();
    case FieldType::Objects:
        return allOf(value, isObject);
    }
    return false;
}

bool saysSomething(const Field& field, const Json& value) {
    if (value.is_null()) {
        return false;
    }
    if (value.is_string()) {
        return !value.get_ref<const std::string&>().empty();
    }
    if (value.is_boolean()) {
        return value.get<bool>();
    }
    return field.countsWhenEmpty || !value.empty(); // a number is never empty()
}

} // namespace toolkit::cdi
