#include "host/archive/archive.h"

#include "host/archive/libarchive.h"
#include "host/base/atomic_file.h"
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <set>
#include <unistd.h>

namespace host {

namespace {

constexpr unsigned kFileMode = 0644;
constexpr unsigned kDirectoryMode = 0755;

using WriteHandle = std::unique_ptr<struct archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

} // namespace

struct TarWriter::Impl {
    Impl(std::filesystem::path name, std::int64_t time)
        : path(std::move(name)), timestamp(time), file(path) {}

    std::filesystem::path path;
    std::int64_t timestamp;
    AtomicFile file;
    WriteHandle handle{archive_write_new(), &archive_write_free};
};

TarWriter::TarWriter(std::filesystem::path path, std::int64_t timestamp)
    : impl_(std::make_unique<Impl>(std::move(path), timestamp)) {
    if (archive_write_set_format_pax_restricted(impl_->handle.get()) != ARCHIVE_OK ||
        archive_write_open_fd(impl_->handle.get(), impl_->file.fd()) != ARCHIVE_OK) {
        throwArchiveError(impl_->handle.get(), "write", impl_->path.string());
    }
}

TarWriter::~TarWriter() = default;

void TarWriter::start(const std::string& name, unsigned type, std::uint64_t size) {
    const Entry entry(archive_entry_new(), &archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), type == AE_IFDIR ? kDirectoryMode : kFileMode);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    archive_entry_set_mtime(entry.get(), impl_->timestamp, 0);
    if (archive_write_header(impl_->handle.get(), entry.get()) != ARCHIVE_OK) {
        throwArchiveError(impl_->handle.get(), "write " + name + " into", impl_->path.string());
    }
}

void TarWriter::add(const std::string& name, std::span<const std::byte> content) {
    add(name, content.size(), [content](const MemberSink& sink) { sink(content); });
}

void TarWriter::add(const std::string& name, std::uint64_t size,
                    const std::function<void(const MemberSink&)>& produce) {
    start(name, AE_IFREG, size);
    std::uint64_t written = 0;
    produce([&](std::span<const std::byte> part) {
        // libarchive drops what is too much, without an error.
        if (archive_write_data(impl_->handle.get(), part.data(), part.size()) < 0) {
            throwArchiveError(impl_->handle.get(), "write " + name + " into", impl_->path.string());
        }
        written += part.size();
    });
    if (written != size) {
        throw Error(fmt::format("cannot write {} into {}: {} bytes were announced, {} came", name,
                                impl_->path.string(), size, written));
    }
}

void TarWriter::addFile(const std::string& name, const std::filesystem::path& file) {
    const Fd fd = openFile(file, O_RDONLY);
    add(name, fileSize(fd.procPath()),
        [&](const MemberSink& sink) { readPieces(fd, file.string(), sink); });
}

void TarWriter::addDirectory(const std::string& name) {
    start(name, AE_IFDIR, 0);
}

void TarWriter::close(const std::optional<std::filesystem::path>& like) {
    if (archive_write_close(impl_->handle.get()) != ARCHIVE_OK) {
        throwArchiveError(impl_->handle.get(), "finish", impl_->path.string());
    }
    like ? impl_->file.commitLike(*like) : impl_->file.commit(kFileMode);
}

struct TarReader::Impl {
    std::filesystem::path path;
    Fd fd;
    ArchiveReadHandle handle{archive_read_new()};
    Directories directories = Directories::Refuse;
    std::set<std::string> seen;
    std::uint64_t fileSize = 0;
    TarMember current;

    void requireEnd() const;
};

/// Behind the last member come zeros alone, no more than fill a record of tar(1): two blocks that
/// say so, and padding.
void TarReader::Impl::requireEnd() const {
    constexpr std::uint64_t kMostZeros = 1024 + 10240;
    const auto refuse = [this] {
        throw Error(fmt::format("{} has bytes behind the archive's end", path.string()),
                    "Make or fetch it again.");
    };
    const la_int64_t end = archive_read_header_position(handle.get());
    if (end < 0 || fileSize > static_cast<std::uint64_t>(end) + kMostZeros) {
        refuse();
    }
    std::string rest(kMostZeros, '\0');
    const ssize_t count = ::pread(fd.get(), rest.data(), rest.size(), end);
    if (count < 0) {
        throwErrno("read", path.string());
    }
    if (rest.find_first_not_of('\0') != std::string::npos) {
        refuse();
    }
}

TarReader::TarReader(const std::filesystem::path& path, Directories directories)
    : impl_(std::make_unique<Impl>()) {
    impl_->path = path;
    impl_->directories = directories;
    impl_->fd = openFile(path, O_RDONLY | O_NONBLOCK); // a FIFO is refused and not waited for
    impl_->fileSize = fileSize(impl_->fd.procPath());
    if (archive_read_support_format_tar(impl_->handle.get()) != ARCHIVE_OK ||
        archive_read_open_fd(impl_->handle.get(), impl_->fd.get(), kArchiveBlock) != ARCHIVE_OK) {
        throwArchiveError(impl_->handle.get(), "open", path.string());
    }
}

TarReader::~TarReader() = default;

std::optional<TarMember> TarReader::next() {
    const bool skip = impl_->directories == Directories::Skip;
    archive_entry* entry = nullptr;
    do {
        const int result = archive_read_next_header(impl_->handle.get(), &entry);
        if (result == ARCHIVE_EOF) {
            impl_->requireEnd();
            return std::nullopt;
        }
        if (result != ARCHIVE_OK) {
            throwArchiveError(impl_->handle.get(), "read", impl_->path.string());
        }
    } while (skip && archive_entry_filetype(entry) == AE_IFDIR);
    const char* raw = archive_entry_pathname(entry);
    std::string name = raw == nullptr ? "" : raw;
    if (skip && name.starts_with("./")) {
        name.erase(0, 2);
    }
    const auto refuse = [&](std::string_view cause) {
        throw Error(fmt::format("{}: member '{}' {}", impl_->path.string(), name, cause));
    };
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
        refuse("is no regular file");
    }
    if (archive_entry_sparse_count(entry) > 0) {
        refuse("is sparse");
    }
    if (!isPlainRelativeName(name)) {
        refuse("has a name that is no plain relative path");
    }
    if (!impl_->seen.insert(name).second) {
        refuse("is there twice");
    }
    const la_int64_t size = archive_entry_size(entry);
    if (size < 0 || static_cast<std::uint64_t>(size) > impl_->fileSize) {
        refuse("claims to be larger than the archive");
    }
    impl_->current = {name, static_cast<std::uint64_t>(size)};
    return impl_->current;
}

std::string TarReader::read(std::uint64_t limit) {
    const TarMember& member = impl_->current;
    if (member.size > limit) {
        throw Error(fmt::format("{}: member '{}' holds {} bytes, at most {} are allowed",
                                impl_->path.string(), member.name, member.size, limit));
    }
    std::string content;
    content.reserve(member.size);
    read([&content](std::span<const std::byte> part) {
        content.append(reinterpret_cast<const char*>(part.data()), part.size());
    });
    return content;
}

void TarReader::read(const MemberSink& sink) {
    readMemberBytes(impl_->handle.get(), impl_->path.string(), impl_->current.name,
                    impl_->current.size, sink);
}

} // namespace host
