#include "flatcar/mirror.h"

#include "host/base/error.h"
#include "host/net/download.h"
#include "host/process/signals.h"

#include <algorithm>
#include <fmt/format.h>

namespace flatcar {

namespace {

constexpr std::string_view kChannelMark = "{channel}";
constexpr std::string_view kArchitectureMark = "{arch}";
constexpr std::string_view kVersionMark = "{version}";

bool replaceMark(std::string& url, std::string_view mark, const std::string& value) {
    const auto at = url.find(mark);
    if (at != std::string::npos) {
        url.replace(at, mark.size(), value);
    }
    return at != std::string::npos;
}

/// The release in the channel that it says, then in the others that its number allows.
std::vector<Release> placesOf(const Release& release, const host::Address& base) {
    std::vector<Release> places{release};
    const auto channels = channelsOf(release.version);
    if (channels.size() > 1 && base.secret().find(kChannelMark) != std::string::npos) {
        for (const std::string& channel : channels) {
            if (channel != release.channel) {
                places.push_back({release.version, channel, release.board});
            }
        }
    }
    return places;
}

} // namespace

host::Address urlOf(const host::Address& base, const Release& release, const std::string& file) {
    std::string url = base.secret();
    replaceMark(url, kChannelMark, serverOf(release.channel));
    replaceMark(url, kArchitectureMark, release.board.substr(0, release.board.find('-')));
    const bool complete = replaceMark(url, kVersionMark, release.version);
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return complete ? fmt::format("{}/{}", url, file)
                    : fmt::format("{}/{}/{}/{}", url, release.board, release.version, file);
}

Mirrors::Mirrors(std::vector<host::Address> bases, const host::HttpOptions& options)
    : bases_(std::move(bases)), session_(options) {
    for (const host::Address& base : bases_) {
        const std::string& url = base.secret();
        if (!url.starts_with("https://") && !url.starts_with("http://")) {
            throw host::Error(host::Fault::Usage, fmt::format("mirror '{}' is no URL", base),
                              "Give one that starts with https:// or http://.");
        }
    }
}

/// `fetch(url)` returns something that is false when the server does not have the file.
template <typename Fetch>
auto Mirrors::fetchFromFirst(const Release& release, const std::string& file, Fetch&& fetch) {
    std::string failures;
    for (std::size_t i = 0; i < bases_.size(); ++i) {
        for (const Release& place : placesOf(release, bases_[i])) {
            const host::Address url = urlOf(bases_[i], place, file);
            try {
                if (auto fetched = fetch(url)) {
                    // The next file comes from here: nobody waits for the dead ones again.
                    std::rotate(bases_.begin(), bases_.begin() + static_cast<std::ptrdiff_t>(i),
                                bases_.end());
                    return fetched;
                }
                failures += fmt::format("; {} is not there (HTTP status 404)", url);
            } catch (const host::SystemError&) {
                throw; // our own disk: another mirror cannot help
            } catch (const host::Error& error) {
                failures += fmt::format("; {}", error.what());
            }
        }
    }
    throw host::Error(
        fmt::format("cannot fetch {} of release {}{}", file, release.version, failures),
        "Check release, channel and board, or name another server with {mirror}.");
}

std::string Mirrors::get(const Release& release, const std::string& file, std::size_t limit) {
    return *fetchFromFirst(release, file, [&](const host::Address& url) {
        return host::fetchDocument(session_, url, limit);
    });
}

void Mirrors::download(const Release& release, const std::string& file,
                       const std::filesystem::path& target, std::uint64_t limit) {
    fetchFromFirst(release, file, [&](const host::Address& url) {
        return host::downloadFile(session_, url, target, limit);
    });
}

} // namespace flatcar
