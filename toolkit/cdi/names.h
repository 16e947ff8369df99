/// Names of the CDI specification: a kind, "<vendor>/<class>", and the devices of a kind.
///
/// Pure functions; letters and digits are ASCII's. Source: pkg/parser/parser.go of the CDI library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace toolkit::cdi {

struct Kind {
    std::string vendor;
    std::string className;
};

/// Both parts are empty when it is none.
Kind kindOf(std::string_view text);

/// What is wrong with it; nothing when it is good.
std::optional<std::string> problemOfKind(std::string_view kind);
std::optional<std::string> problemOfDeviceName(std::string_view name);
/// Source: Kubernetes' rule for labels, by which the CDI library checks the key of an annotation.
std::optional<std::string> problemOfAnnotationKey(std::string_view key);

bool isLetter(char character);

} // namespace toolkit::cdi
