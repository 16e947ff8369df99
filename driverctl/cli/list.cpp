#include "driverctl/cli/list.h"

#include <algorithm>

namespace driverctl {

namespace {

constexpr char kSeparator = ',';
constexpr char kEscape = '\\';

std::string trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto begin = std::min(text.find_first_not_of(kBlank), text.size());
    return std::string(text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin));
}

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
    std::ranges::transform(items, items.begin(), trimmed);
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
