#include "host/archive/sparse_file.h"

#include "host/base/error.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <vector>

namespace host {

namespace {

constexpr std::size_t kWrittenBlock = 64 << 10;
constexpr std::size_t kReadBlock = 1 << 20;

bool isHole(std::span<const std::byte> block) {
    return std::ranges::all_of(block, [](std::byte byte) { return byte == std::byte{0}; });
}

} // namespace

SparseWriter::SparseWriter(std::filesystem::path path) : path_(std::move(path)), file_(path_) {}

void SparseWriter::write(std::span<const std::byte> data) {
    while (!data.empty()) {
        const auto block = data.first(std::min(kWrittenBlock, data.size()));
        if (!isHole(block)) {
            writeAt(block);
        }
        size_ += block.size();
        data = data.subspan(block.size());
    }
}

void SparseWriter::finish() {
    constexpr unsigned kMode = 0644;
    if (::ftruncate(file_.fd(), static_cast<off_t>(size_)) != 0) {
        fail();
    }
    file_.commit(kMode);
}

void SparseWriter::writeAt(std::span<const std::byte> block) {
    std::uint64_t offset = size_;
    while (!block.empty()) {
        const ssize_t count =
            ::pwrite(file_.fd(), block.data(), block.size(), static_cast<off_t>(offset));
        if (count < 0 && errno != EINTR) {
            fail();
        }
        const auto done = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
        block = block.subspan(done);
        offset += done;
    }
}

void SparseWriter::fail() const {
    const int error = errno;
    throw SystemError(
        fmt::format("write byte {} of", size_), path_.string(), error,
        error == ENOSPC ? "Free space there, or name another directory with {work-dir}." : "");
}

SparseReader::SparseReader(std::filesystem::path path)
    : path_(std::move(path)), fd_(openFile(path_, O_RDONLY)), size_(findSize()) {}

std::uint64_t SparseReader::findSize() const {
    const off_t size = ::lseek(fd_.get(), 0, SEEK_END);
    if (size < 0) {
        throwErrno("find the size of", path_.string());
    }
    return static_cast<std::uint64_t>(size);
}

/// Nothing when only holes follow (ENXIO, also for a position behind the end).
std::optional<std::uint64_t> SparseReader::dataFrom(std::uint64_t position) const {
    const off_t data = ::lseek(fd_.get(), static_cast<off_t>(position), SEEK_DATA);
    if (data < 0 && errno == ENXIO) {
        return std::nullopt;
    }
    if (data < 0 && errno == EINVAL) {
        return position; // this file system does not tell holes from data
    }
    if (data < 0) {
        throwErrno("find the data of", path_.string());
    }
    return static_cast<std::uint64_t>(data);
}

void SparseReader::requireWhole(bool isWhole) const {
    if (!isWhole) {
        throw Error(fmt::format("{} became shorter while it was read", path_.string()),
                    "Leave the file to driverctl alone.");
    }
}

void SparseReader::read(const BlockSink& sink) const {
    std::vector<std::byte> buffer(kReadBlock);
    for (std::uint64_t position = 0; position < size_;) {
        const auto data = dataFrom(position);
        if (!data) {
            requireWhole(findSize() >= size_);
            return;
        }
        position = *data - *data % kReadBlock;
        const ssize_t count =
            ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(position));
        if (count < 0) {
            throwErrno("read", path_.string());
        }
        requireWhole(count > 0);
        const auto block = std::span(buffer).first(static_cast<std::size_t>(count));
        if (!isHole(block)) {
            sink(position, block);
        }
        position += block.size();
    }
}

} // namespace host
