#include "precompile/oci/oci_layout.h"

#include "host/base/abandoned.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "precompile/oci/oci_digest.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <vector>

namespace precompile {

namespace {

constexpr std::uint64_t kLargestDocument = 4 << 20;

std::vector<std::string> filesBelow(const std::filesystem::path& layout) {
    namespace fs = std::filesystem;
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(layout, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().lexically_relative(layout).string();
        const auto type = entry->symlink_status().type();
        if (host::isTemporaryName(entry->path().filename().native(), kLayoutWorkPrefix)) {
            entry.disable_recursion_pending();
        } else if (type == fs::file_type::directory) {
            continue;
        } else if (type == fs::file_type::regular) {
            names.push_back(name);
        } else {
            throw host::Error(host::Fault::Verification,
                              fmt::format("{}: '{}' is no regular file", layout.string(), name),
                              "Copy the image into a new layout.");
        }
    }
    if (error) {
        throw host::Error(
            fmt::format("cannot list the image {}: {}", layout.string(), error.message()));
    }
    std::ranges::sort(names);
    return names;
}

void visitDirectory(const std::filesystem::path& layout,
                    const std::function<bool(const std::string& name)>& wanted,
                    const std::function<void(const LayoutFile&)>& visit) {
    for (const std::string& name : filesBelow(layout)) {
        if (wanted(name)) {
            const auto path = layout / name;
            const host::Fd content = host::openFile(path, O_RDONLY | O_NOFOLLOW);
            visit({name, host::fileSize(content.procPath()), [&](const host::MemberSink& sink) {
                       host::readPieces(content, path.string(), sink);
                   }});
        }
    }
}

void visitArchive(const std::filesystem::path& file,
                  const std::function<bool(const std::string& name)>& wanted,
                  const std::function<void(const LayoutFile&)>& visit) {
    host::TarReader archive(file, host::TarReader::Directories::Skip);
    while (const auto member = archive.next()) {
        if (wanted(member->name)) {
            visit({member->name, member->size,
                   [&](const host::MemberSink& sink) { archive.read(sink); }});
        }
    }
}

} // namespace

void visitLayout(const std::filesystem::path& image,
                 const std::function<bool(const std::string& name)>& wanted,
                 const std::function<void(const LayoutFile&)>& visit) {
    if (std::filesystem::is_directory(image)) {
        visitDirectory(image, wanted, visit);
    } else {
        visitArchive(image, wanted, visit);
    }
}

std::optional<std::string> readLayoutFile(const std::filesystem::path& image,
                                          const std::string& name) {
    std::optional<std::string> content;
    visitLayout(
        image, [&](const std::string& found) { return found == name; },
        [&](const LayoutFile& file) {
            if (file.size > kLargestDocument) {
                throw host::Error(host::Fault::Verification,
                                  fmt::format("{}: {} holds {} bytes, at most {} are allowed",
                                              image.string(), name, file.size, kLargestDocument));
            }
            content.emplace();
            file.read([&](std::span<const std::byte> part) {
                content->append(reinterpret_cast<const char*>(part.data()), part.size());
            });
        });
    return content;
}

std::string blobName(const std::string& digest) {
    if (!isOciDigest(digest)) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("'{}' is no SHA-256 digest", digest));
    }
    return fmt::format("{}/{}", kBlobDirectory, digest.substr(std::string_view("sha256:").size()));
}

} // namespace precompile
