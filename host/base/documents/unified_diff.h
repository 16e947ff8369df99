/// What changes a text into another, as `diff -u` says it. A pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace host {

/// With three lines of context, ready for patch(1); empty for equal texts. Nothing stands for a
/// file that is not there: it is named /dev/null.
std::string unifiedDiff(std::string_view path, const std::optional<std::string>& before,
                        const std::optional<std::string>& after);

} // namespace host
