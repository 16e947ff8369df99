#include "toolkit/bundle/sentence.h"

#include "host/base/printable.h"

#include <string_view>

namespace toolkit {

std::string sentenceOf(const host::Error& error) {
    constexpr std::string_view kMark = "{command:";
    std::string text = error.what();
    if (std::string_view remedy = error.remedy(); !remedy.empty()) {
        text += ". ";
        for (auto at = remedy.find(kMark); at != remedy.npos; at = remedy.find(kMark)) {
            const auto end = remedy.find('}', at);
            text += remedy.substr(0, at);
            text += '\'';
            text += "driverctl ";
            text += remedy.substr(at + kMark.size(), end - at - kMark.size());
            text += '\'';
            remedy.remove_prefix(end + 1);
        }
        text += remedy;
    }
    if (text.ends_with('.')) {
        text.pop_back();
    }
    return host::printable(text);
}

} // namespace toolkit
