#include "toolkit/hooks/create_symlinks.h"

#include "host/base/error.h"

#include <fmt/format.h>

namespace toolkit {

namespace {

SymbolicLink parseLink(const std::string& text) {
    constexpr std::string_view kSeparator = "::";
    const auto at = text.find(kSeparator);
    if (at == 0 || at == std::string::npos || at + kSeparator.size() == text.size()) {
        throw host::Error(host::Fault::Usage, fmt::format("'{}' is no link", text),
                          "Give TARGET::LINK");
    }
    return {.target = text.substr(0, at), .link = text.substr(at + kSeparator.size())};
}

} // namespace

std::vector<SymbolicLink> parseLinks(const std::vector<std::string>& texts) {
    std::vector<SymbolicLink> links;
    for (const std::string& text : texts) {
        links.push_back(parseLink(text));
    }
    return links;
}

void createSymlinks(const ContainerRoot& root, const std::vector<SymbolicLink>& links,
                    const host::Observer& observer) {
    for (const auto& [target, link] : links) {
        if (root.placeLink(link, target) == ContainerRoot::Link::Kept) {
            observer.warn(fmt::format("{} stays as it is: it is no link, and would have become one "
                                      "to {}",
                                      link.string(), target));
        }
    }
}

} // namespace toolkit
