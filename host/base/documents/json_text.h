/// Where things lie in the text of a JSON document, and new texts for changes of it.
///
/// Private to edited_document.cpp. Pure functions of a text that is valid, or without anything but
/// blanks; the result means what is asked for or something else, which the caller finds out.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace host::json_text {

struct Member;

struct Node {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::vector<Member> members; ///< of an object
};

struct Member {
    std::string key;
    std::size_t keyBegin = 0;
    std::size_t keyEnd = 0;
    Node value;
};

/// What the text has twice in one object, or nests too deep: Error that begins with "LINE:COLUMN".
Node scan(std::string_view text);

/// The member that lies deepest on the path, and how many keys of the path lead to it.
struct Found {
    const Member* member = nullptr; ///< none: not even the first key is there
    const Node* node = nullptr;     ///< its value; the root without a member
    std::size_t depth = 0;
};
Found find(const Node& root, const std::vector<std::string>& path);

std::string with(const std::string& text, const std::vector<std::string>& path,
                 const nlohmann::ordered_json& value);
std::string without(const std::string& text, const std::vector<std::string>& path);

} // namespace host::json_text
