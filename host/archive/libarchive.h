/// What readers and writers of tar share of libarchive: private to archive.cpp and tree_reader.cpp.
#pragma once

#include "host/archive/archive.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct archive;

namespace host {

constexpr std::size_t kArchiveBlock = 64 << 10; ///< bytes that are read or handed on at once

struct ArchiveReadFree {
    void operator()(struct archive* handle) const noexcept;
};
using ArchiveReadHandle = std::unique_ptr<struct archive, ArchiveReadFree>;

/// Throws Error("cannot <operation> <object>: <libarchive's cause>").
[[noreturn]] void throwArchiveError(struct archive* handle, std::string_view operation,
                                    std::string_view object);

/// The bytes of the current member, of which there have to be `size`. `archive` and `member` name
/// it in errors.
void readMemberBytes(struct archive* handle, std::string_view archive, std::string_view member,
                     std::uint64_t size, const MemberSink& sink);

/// A plain relative path: what may become a file name below a directory.
bool isPlainRelativeName(const std::string& name);

} // namespace host
