/// Lists as one text, the same for a flag and a variable: "a,b". Blanks around items do not count;
/// "\," is a comma of an item. A file has lists of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace driverctl {

/// A text without any item is a list of one that is empty, which assign() refuses: "," must not
/// mean the same as nothing.
std::vector<std::string> splitList(std::string_view text);

/// What splitList() makes `items` of.
std::string joinList(const std::vector<std::string>& items);

} // namespace driverctl
