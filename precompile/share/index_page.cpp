#include "precompile/share/index_page.h"

#include "host/base/time.h"
#include "precompile/share/index_page_template.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace precompile {

namespace {

/// 4593.2.5 before 4081.3.4, 595.58.03 before 1.2.
struct NewestFirst {
    bool operator()(const std::string& left, const std::string& right) const {
        return ::strverscmp(left.c_str(), right.c_str()) > 0;
    }
};

/// By operating system and architecture, the newest release first.
struct Release {
    std::string os;
    std::string architecture;
    std::string number;
    bool operator<(const Release& other) const {
        return std::tie(os, architecture) != std::tie(other.os, other.architecture)
                   ? std::tie(os, architecture) < std::tie(other.os, other.architecture)
                   : NewestFirst()(number, other.number);
    }
};

using Drivers = std::set<std::string, NewestFirst>;
using Cells = std::map<std::string, std::vector<IndexEntry>>; ///< by driver
using Table = std::map<Release, Cells>;

std::string escape(const std::string& text) {
    std::string out;
    for (const char character : text) {
        switch (character) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += character;
        }
    }
    return out;
}

/// A relative link that can be nothing else: "./" and only unreserved characters (RFC 3986, 2.3).
std::string link(const std::string& file) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    std::string out = "./";
    for (const char character : file) {
        if (kPlain.find(character) != std::string_view::npos) {
            out += character;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(character));
        }
    }
    return out;
}

std::string field(const char* name, const std::string& value, const char* kind = "") {
    return value.empty() ? "" : fmt::format("<dt>{}</dt><dd{}>{}</dd>", name, kind, escape(value));
}

std::string detailsOf(const IndexEntry& entry) {
    constexpr const char* kCode = " class=\"code\"";
    const bool isSigned = !entry.signedBy.empty();
    std::string text = fmt::format(
        "<details><summary><b>{}</b>{} <span class=\"{}\">{}</span> "
        "<span>{:.1f} MB</span></summary><dl>",
        toString(entry.identity.flavour),
        entry.identity.tag.empty() ? ""
                                   : fmt::format(" <span>{}</span>", escape(entry.identity.tag)),
        isSigned ? "signed" : "unsigned", isSigned ? "signed" : "unsigned",
        static_cast<double>(entry.size) / 1e6);
    text += field("Kernel", entry.identity.target.kernel);
    text += field("Built", host::utcTime(entry.builtAt));
    text += field("Size", fmt::format("{} bytes", entry.size));
    text += field("SHA-256", entry.sha256, kCode);
    for (const std::string& key : entry.signedBy) {
        text += field("Signed by", key, kCode);
    }
    return text + fmt::format("<dt>Download</dt><dd><a href=\"{}\" download>{}</a></dd>"
                              "</dl></details>",
                              link(entry.file),
                              escape(std::filesystem::path(entry.file).filename().string()));
}

std::string rowOf(const Release& release, const Cells& cells, const Drivers& drivers) {
    std::string row =
        fmt::format("<tr><th scope=\"row\">{} {}<small>{}</small></th>", escape(release.os),
                    escape(release.number), escape(release.architecture));
    for (const std::string& driver : drivers) {
        const auto cell = cells.find(driver);
        if (cell == cells.end()) {
            row += "<td class=\"none\"></td>";
            continue;
        }
        row += fmt::format("<td data-driver=\"{}\">", escape(driver));
        for (const IndexEntry& entry : cell->second) {
            row += detailsOf(entry);
        }
        row += "</td>";
    }
    return row + "</tr>\n";
}

/// The template with each mark replaced; what is put in is not looked at again.
std::string fill(const std::vector<std::pair<std::string_view, std::string>>& parts) {
    std::string page;
    std::string_view rest = kIndexPageTemplate;
    for (const auto& [mark, content] : parts) {
        const auto at = rest.find(mark);
        if (at == std::string_view::npos) {
            throw std::logic_error(fmt::format("index_page.html has no {}", mark));
        }
        page += rest.substr(0, at);
        page += content;
        rest.remove_prefix(at + mark.size());
    }
    return page += rest;
}

} // namespace

std::string indexPage(const std::vector<IndexEntry>& entries) {
    Table table;
    Drivers drivers;
    for (const IndexEntry& entry : entries) {
        drivers.insert(entry.identity.driver);
        table[{entry.identity.target.osId, entry.identity.target.architecture,
               entry.identity.target.osRelease}][entry.identity.driver]
            .push_back(entry);
    }
    std::string heads;
    for (const std::string& driver : drivers) {
        heads += fmt::format("<th scope=\"col\">{}</th>", escape(driver));
    }
    std::string rows;
    for (auto& [release, cells] : table) {
        for (auto& [driver, cell] : cells) {
            std::ranges::sort(cell, {}, [](const IndexEntry& entry) {
                return std::tie(entry.identity.flavour, entry.identity.target.kernel,
                                entry.identity.tag, entry.file);
            });
        }
        rows += rowOf(release, cells, drivers);
    }
    return fill({{"<!--summary-->", fmt::format("Packages: {} · releases: {} · drivers: {}",
                                                entries.size(), table.size(), drivers.size())},
                 {"<!--drivers-->", heads},
                 {"<!--releases-->", rows}});
}

} // namespace precompile
