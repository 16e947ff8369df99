#include "host/archive/tree_reader.h"

#include "host/archive/libarchive.h"
#include "host/base/error.h"
#include "host/base/text.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <map>

namespace host {

namespace {

using Type = TreeMember::Type;

constexpr unsigned kModeBits = 07777;

std::string textOf(const char* text) {
    return text == nullptr ? "" : text;
}

/// "./a/b/" → "a/b"; the tree's own directory is "".
std::string nameOf(archive_entry* entry) {
    std::string name = textOf(archive_entry_pathname(entry));
    if (name == "." || name.starts_with("./")) {
        name.erase(0, name.find_first_not_of('/', 1));
    }
    if (archive_entry_filetype(entry) == AE_IFDIR && name.ends_with('/')) {
        name.pop_back();
    }
    return name;
}

std::optional<Type> typeOf(archive_entry* entry) {
    if (archive_entry_hardlink(entry) != nullptr) {
        return std::nullopt;
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return Type::File;
    case AE_IFDIR:
        return Type::Directory;
    case AE_IFLNK:
        return Type::Link;
    default:
        return std::nullopt;
    }
}

/// Whether a link of this name leads to something in the tree, whatever lies there. Above it are
/// directories alone, so that ".." is known where the target begins; behind a name, which may be a
/// link's, nobody knows where it leads.
bool staysInside(const std::string& name, const std::string& target) {
    if (target.empty() || target.front() == '/') {
        return false;
    }
    auto depth = std::ranges::count(name, '/');
    bool isBehindAName = false;
    for (const std::string& part : split(target, '/')) {
        const bool goesUp = part == "..";
        if (goesUp && (isBehindAName || depth-- == 0)) {
            return false;
        }
        isBehindAName = isBehindAName || (!goesUp && !part.empty() && part != ".");
    }
    return true;
}

} // namespace

struct TreeReader::Impl {
    std::string archive;
    TreeLimits limits;
    ArchiveReadHandle handle{archive_read_new()};
    std::map<std::string, Type> seen;
    std::uint64_t bytes = 0;
    TreeMember current;

    [[noreturn]] void refuse(const std::string& name, std::string_view cause) const {
        throw Error(fmt::format("{}: member '{}' {}", archive, name, cause));
    }
    [[nodiscard]] TreeMember memberOf(archive_entry* entry) const;
    void requirePlace(const TreeMember& member) const;
    void count(const TreeMember& member);
};

TreeMember TreeReader::Impl::memberOf(archive_entry* entry) const {
    TreeMember member{.name = nameOf(entry), .mode = archive_entry_mode(entry) & kModeBits};
    const auto type = typeOf(entry);
    if (!type) {
        refuse(member.name, "is no file, directory or symbolic link");
    }
    member.type = *type;
    if (archive_entry_sparse_count(entry) > 0) {
        refuse(member.name, "is sparse");
    }
    if (member.type == Type::Link) {
        member.target = textOf(archive_entry_symlink(entry));
        return member;
    }
    const la_int64_t size = member.type == Type::File ? archive_entry_size(entry) : 0;
    if (size < 0) {
        refuse(member.name, "has no size");
    }
    member.size = static_cast<std::uint64_t>(size);
    return member;
}

/// A name of its own, below directories only, and nothing below it unless it is one.
void TreeReader::Impl::requirePlace(const TreeMember& member) const {
    if (!isPlainRelativeName(member.name)) {
        refuse(member.name, "has a name that is no plain relative path");
    }
    if (seen.contains(member.name)) {
        refuse(member.name, "is there twice");
    }
    for (auto end = member.name.rfind('/'); end != std::string::npos && end > 0;
         end = member.name.rfind('/', end - 1)) {
        const auto known = seen.find(member.name.substr(0, end));
        if (known != seen.end() && known->second != Type::Directory) {
            refuse(member.name,
                   fmt::format("lies below '{}', which is no directory", known->first));
        }
        if (known != seen.end()) {
            break; // what is above it was looked at before
        }
    }
    const auto below = seen.lower_bound(member.name + "/");
    if (member.type != Type::Directory && below != seen.end() &&
        below->first.starts_with(member.name + "/")) {
        refuse(member.name, "is no directory, and there are members below it");
    }
    if (member.type == Type::Link && !staysInside(member.name, member.target)) {
        refuse(member.name, fmt::format("is a link that leads out, to '{}'", member.target));
    }
}

void TreeReader::Impl::count(const TreeMember& member) {
    seen.emplace(member.name, member.type);
    if (seen.size() > limits.members) {
        throw Error(fmt::format("{} has more than {} members", archive, limits.members));
    }
    if (member.size > limits.bytes - bytes) {
        throw Error(fmt::format("{} holds more than {} bytes with member '{}'", archive,
                                limits.bytes, member.name));
    }
    bytes += member.size;
}

TreeReader::TreeReader(const Fd& file, std::string archive, TreeLimits limits)
    : impl_(std::make_unique<Impl>()) {
    impl_->archive = std::move(archive);
    impl_->limits = limits;
    auto* handle = impl_->handle.get();
    if (archive_read_support_filter_gzip(handle) != ARCHIVE_OK ||
        archive_read_support_filter_xz(handle) != ARCHIVE_OK ||
        archive_read_support_filter_zstd(handle) != ARCHIVE_OK ||
        archive_read_support_format_tar(handle) != ARCHIVE_OK ||
        archive_read_open_fd(handle, file.get(), kArchiveBlock) != ARCHIVE_OK) {
        throwArchiveError(handle, "open", impl_->archive);
    }
}

TreeReader::~TreeReader() = default;

std::optional<TreeMember> TreeReader::next() {
    while (true) {
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(impl_->handle.get(), &entry);
        if (result == ARCHIVE_EOF) {
            return std::nullopt;
        }
        if (result != ARCHIVE_OK) {
            throwArchiveError(impl_->handle.get(), "read", impl_->archive);
        }
        TreeMember member = impl_->memberOf(entry);
        if (member.type == Type::Directory && member.name.empty()) {
            continue; // the tree's own
        }
        impl_->requirePlace(member);
        impl_->count(member);
        impl_->current = std::move(member);
        return impl_->current;
    }
}

void TreeReader::read(const MemberSink& sink) {
    readMemberBytes(impl_->handle.get(), impl_->archive, impl_->current.name, impl_->current.size,
                    sink);
}

std::string TreeReader::read(std::uint64_t limit) {
    if (impl_->current.size > limit) {
        impl_->refuse(impl_->current.name, fmt::format("holds {} bytes, at most {} are allowed",
                                                       impl_->current.size, limit));
    }
    std::string content;
    read([&content](std::span<const std::byte> part) {
        content.append(reinterpret_cast<const char*>(part.data()), part.size());
    });
    return content;
}

} // namespace host
