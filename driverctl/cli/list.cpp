#include "driverctl/cli/list.h"

#include "host/base/text.h"

#include <algorithm>

namespace driverctl {

namespace {

constexpr char kSeparator = ',';
constexpr char kEscape = '\\';

} // namespace

std::vector<std::string> splitList(std::string_view text) {
    std::vector<std::string> items(1);
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool escaped = text[at] == kEscape && text.substr(at + 1).starts_with(kSeparator);
        if (text[at] == kSeparator) {
            items.emplace_back();
        } else {
            at += escaped ? 1 : 0;
            items.back() += text[at];
        }
    }
    std::ranges::transform(items, items.begin(), [](const std::string& item) {
        return std::string(host::trimmed(item));
    });
    std::erase(items, "");
    return items.empty() ? std::vector<std::string>{""} : items;
}

std::string joinList(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) {
        text += text.empty() ? "" : std::string(1, kSeparator);
        for (const char character : item) {
            text += character == kSeparator ? std::string{kEscape, kSeparator}
                                            : std::string(1, character);
        }
    }
    return text;
}

} // namespace driverctl
