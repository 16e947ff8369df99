#include "host/archive/libarchive.h"

#include "host/base/error.h"

#include <algorithm>
#include <archive.h>
#include <climits>
#include <filesystem>
#include <fmt/format.h>
#include <vector>

namespace host {

void ArchiveReadFree::operator()(struct archive* handle) const noexcept {
    archive_read_free(handle);
}

void throwArchiveError(struct archive* handle, std::string_view operation,
                       std::string_view object) {
    const char* cause = archive_error_string(handle);
    throw Error(fmt::format("cannot {} {}: {}", operation, object,
                            cause == nullptr ? "unknown error" : cause));
}

void readMemberBytes(struct archive* handle, std::string_view archive, std::string_view member,
                     std::uint64_t size, const MemberSink& sink) {
    std::vector<std::byte> buffer(kArchiveBlock);
    std::uint64_t done = 0;
    while (done < size) {
        const la_ssize_t count = archive_read_data(handle, buffer.data(), buffer.size());
        if (count < 0) {
            throwArchiveError(handle, fmt::format("read '{}' of", member), archive);
        }
        if (count == 0) {
            throw Error(fmt::format("{}: member '{}' is truncated", archive, member));
        }
        sink(std::span(buffer).first(static_cast<std::size_t>(count)));
        done += static_cast<std::uint64_t>(count);
    }
}

bool isPlainRelativeName(const std::string& name) {
    if (name.empty() || name.size() >= PATH_MAX || name.front() == '/' ||
        name.find('\0') != std::string::npos) {
        return false;
    }
    return std::ranges::none_of(std::filesystem::path(name), [](const auto& part) {
        return part == ".." || part == "." || part.empty();
    });
}

} // namespace host
