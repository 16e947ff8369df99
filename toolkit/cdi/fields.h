/// The fields of a CDI specification: which objects have which, of what type, and since which
/// version. Private to this folder and tests.
///
/// Written down once: the version that content needs, what is unknown or of the wrong type, and
/// what an older reader does not know are all found by one walk over a document.
#pragma once

#include "toolkit/cdi/version.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace toolkit::cdi {

enum class FieldType {
    Text,
    Texts, ///< list
    TextByKey,
    Flag,
    Integer,   ///< of 64 bits with a sign
    Unsigned,  ///< of 32 bits
    Unsigneds, ///< list
    Object,
    Objects, ///< list
};

struct Field {
    std::string_view name;
    FieldType type;
    std::span<const Field> members = {}; ///< of Object and Objects
    Version since = Version::V0_3_0;
    bool countsWhenEmpty = false; ///< it needs its version even when it says nothing
};

std::string_view describe(FieldType type); ///< "a list of texts"

/// A value of a document and where it is: "devices[0].containerEdits.env".
struct Place {
    std::string path;
    const Field* field; ///< nothing: no version knows it
    const nlohmann::json& value;
};

/// Goes through all fields of all objects of a specification, which may be any JSON.
void forEachField(const nlohmann::json& specification,
                  const std::function<void(const Place&)>& visit);

/// Nothing (a null) where there is no object, or it has no such field.
const nlohmann::json& memberOf(const nlohmann::json& object, std::string_view name);

/// A text that is a member of the object; empty where it is none.
std::string textOf(const nlohmann::json& object, std::string_view name);

/// Makes texts of numbers and truths that stand where a field holds a text: that is how readers
/// take `name: 0` (sigs.k8s.io/yaml, by which they read JSON, too).
void readScalarsAsTexts(nlohmann::json& specification);

/// Whether the value is what the field holds. null is: readers take it for a field that is not
/// there.
bool fits(const Field& field, const nlohmann::json& value);

/// Whether a reader sees more than it would without the field.
bool saysSomething(const Field& field, const nlohmann::json& value);

} // namespace toolkit::cdi
