#include "toolkit/cdi/validate.h"

#include "toolkit/cdi/fields.h"
#include "toolkit/cdi/names.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace toolkit::cdi {

using Json = nlohmann::json;

namespace {

constexpr std::string_view kHookNames[] = {"prestart",       "createRuntime", "createContainer",
                                           "startContainer", "poststart",     "poststop"};
constexpr std::string_view kNodeTypes[] = {"", "b", "c", "u", "p"};
constexpr std::string_view kNoPermissions = "none";   // since 1.1.0, though it needs no version
constexpr std::size_t kMostAnnotations = 256UL << 10; // bytes of all keys and values of one object
constexpr std::size_t kLongestFileName = 4095;        // the CDI library's limit for a closID

/// Collects what is wrong. Every value that it looks at has its field's type.
class Validation {
  public:
    explicit Validation(const Json& specification) : specification_(specification) {}

    std::vector<Problem> run() {
        if (checkForm()) {
            checkVersion();
            checkKind();
            checkDevices();
            checkAnnotations("annotations", memberOf(specification_, "annotations"));
            checkEdits("containerEdits.", memberOf(specification_, "containerEdits"));
        }
        return std::move(problems_);
    }

  private:
    void add(std::string place, std::string text) {
        problems_.push_back({.place = std::move(place), .text = std::move(text)});
    }
    void addIf(bool wrong, const std::string& place, std::string_view text) {
        if (wrong) {
            add(place, std::string(text));
        }
    }
    void addIf(const std::optional<std::string>& problem, const std::string& place) {
        if (problem) {
            add(place, *problem);
        }
    }

    bool checkForm();
    void checkVersion();
    void checkKind();
    void checkDevices();
    void checkAnnotations(const std::string& place, const Json& annotations);
    void checkEdits(const std::string& prefix, const Json& edits);
    void checkEnvironment(const std::string& place, const Json& environment);
    void checkDeviceNode(const std::string& place, const Json& node);
    void checkMount(const std::string& place, const Json& mount);
    void checkHook(const std::string& place, const Json& hook);
    void checkNetDevices(const std::string& place, const Json& devices);
    void checkIntelRdt(const std::string& place, const Json& rdt);

    const Json& specification_;
    std::vector<Problem> problems_;
};

/// Calls check(place, entry) for each entry of a list of the object.
template <typename Check>
void forEach(const std::string& prefix, const Json& object, std::string_view name,
             const Check& check) {
    const Json& list = memberOf(object, name);
    for (std::size_t index = 0; index < list.size(); ++index) {
        check(fmt::format("{}{}[{}]", prefix, name, index), list[index]);
    }
}

/// Whether a reader finds nothing in it to do.
bool isEmpty(const Json& edits) {
    return std::ranges::all_of(edits, [](const Json& part) {
        return part.is_null() || (part.is_array() && part.empty());
    });
}

/// Unknown fields and wrong types. Whether all that is known has its type.
bool Validation::checkForm() {
    if (!specification_.is_object()) {
        add("", "not an object");
        return false;
    }
    bool allFit = true;
    forEachField(specification_, [&](const Place& place) {
        if (place.field == nullptr) {
            add(place.path, "unknown field: readers decode strictly and drop the whole file");
        } else if (!fits(*place.field, place.value)) {
            add(place.path, fmt::format("not {}", describe(place.field->type)));
            allFit = false;
        }
    });
    return allFit;
}

void Validation::checkVersion() {
    const auto text = textOf(specification_, "cdiVersion");
    const auto needed = minimumVersion(specification_);
    const auto version = toVersion(text);
    if (text.empty()) {
        add("cdiVersion", "no version");
    } else if (!version) {
        add("cdiVersion", "unknown version; known are 0.1.0 to 0.8.0, 1.0.0, 1.1.0");
    } else if (*version < needed) {
        add("cdiVersion",
            fmt::format("version lower than the content needs ({})", toString(needed)));
    }
}

void Validation::checkKind() {
    addIf(problemOfKind(textOf(specification_, "kind")), "kind");
}

void Validation::checkDevices() {
    std::set<std::string> names;
    addIf(memberOf(specification_, "devices").empty(), "devices", "no devices");
    forEach("", specification_, "devices", [&](const std::string& place, const Json& device) {
        const auto name = textOf(device, "name");
        const Json& edits = memberOf(device, "containerEdits");
        addIf(problemOfDeviceName(name), place + ".name");
        addIf(!names.insert(name).second, place + ".name", "device name twice");
        addIf(isEmpty(edits), place + ".containerEdits", "a device without edits");
        checkAnnotations(place + ".annotations", memberOf(device, "annotations"));
        checkEdits(place + ".containerEdits.", edits);
    });
}

void Validation::checkAnnotations(const std::string& place, const Json& annotations) {
    std::size_t size = 0;
    for (const auto& [key, value] : annotations.items()) {
        addIf(problemOfAnnotationKey(key), place);
        size += key.size() + value.get_ref<const std::string&>().size();
    }
    addIf(size > kMostAnnotations, place, "annotations of more than 262144 bytes");
}

void Validation::checkEdits(const std::string& prefix, const Json& edits) {
    checkEnvironment(prefix + "env", memberOf(edits, "env"));
    const auto each = [&](std::string_view name, auto check) {
        forEach(prefix, edits, name,
                [&](const std::string& place, const Json& entry) { (this->*check)(place, entry); });
    };
    each("deviceNodes", &Validation::checkDeviceNode);
    each("mounts", &Validation::checkMount);
    each("hooks", &Validation::checkHook);
    checkNetDevices(prefix + "netDevices", memberOf(edits, "netDevices"));
    checkIntelRdt(prefix + "intelRdt", memberOf(edits, "intelRdt"));
}

void Validation::checkEnvironment(const std::string& place, const Json& environment) {
    for (const auto& entry : environment) {
        const auto equals = entry.get_ref<const std::string&>().find('=');
        addIf(equals == std::string::npos, place, "env entry without =");
        addIf(equals == 0, place, "env entry without a name");
    }
}

void Validation::checkDeviceNode(const std::string& place, const Json& node) {
    addIf(textOf(node, "path").empty(), place, "device node without path");
    addIf(std::ranges::find(kNodeTypes, textOf(node, "type")) == std::end(kNodeTypes), place,
          "device type is b, c, u or p");
    const auto permissions = textOf(node, "permissions");
    const bool mayBeNone = toVersion(textOf(specification_, "cdiVersion")) >= Version::V1_1_0;
    addIf(!(mayBeNone && permissions == kNoPermissions) &&
              permissions.find_first_not_of("rwm") != std::string::npos,
          place, "permissions are out of rwm");
    for (const auto* const number : {"major", "minor"}) {
        const Json& value = memberOf(node, number);
        addIf(value.is_number_integer() && value < 0, place, "device number below 0");
    }
}

void Validation::checkMount(const std::string& place, const Json& mount) {
    addIf(textOf(mount, "hostPath").empty(), place, "mount without host path");
    addIf(textOf(mount, "containerPath").empty(), place, "mount without container path");
}

void Validation::checkHook(const std::string& place, const Json& hook) {
    addIf(std::ranges::find(kHookNames, textOf(hook, "hookName")) == std::end(kHookNames), place,
          "unknown hook name");
    addIf(textOf(hook, "path").empty(), place, "hook without path");
    checkEnvironment(place + ".env", memberOf(hook, "env"));
}

void Validation::checkNetDevices(const std::string& place, const Json& devices) {
    for (const auto* const name : {"hostInterfaceName", "name"}) {
        std::set<std::string> names;
        for (const auto& device : devices) {
            const auto text = textOf(device, name);
            addIf(text.empty(), place, fmt::format("network device without {}", name));
            addIf(!names.insert(text).second, place,
                  fmt::format("network device's {} twice", name));
        }
    }
}

void Validation::checkIntelRdt(const std::string& place, const Json& rdt) {
    const auto id = textOf(rdt, "closID");
    const bool isFileName = id.size() <= kLongestFileName && id != "." && id != ".." &&
                            id.find_first_of("/\n") == std::string::npos;
    addIf(id != "/" && !isFileName, place, "closID is no file name");
}

} // namespace

std::string toString(const Problem& problem) {
    return problem.place.empty() ? problem.text
                                 : fmt::format("{}: {}", problem.place, problem.text);
}

std::vector<Problem> validate(const Json& specification) {
    return Validation(specification).run();
}

} // namespace toolkit::cdi
