/// Plain tar archives, through libarchive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace host {

/// Takes a member's bytes in pieces, in order.
using MemberSink = std::function<void(std::span<const std::byte>)>;

/// Writes a ustar/pax archive that depends on nothing but its members: owner and group 0, no names,
/// mode 0644, one time stamp. The archive is an AtomicFile: it appears with close(), without it
/// nothing is left.
class TarWriter {
  public:
    /// `timestamp`: seconds since the epoch for every member.
    TarWriter(std::filesystem::path path, std::int64_t timestamp);
    TarWriter(const TarWriter&) = delete;
    TarWriter& operator=(const TarWriter&) = delete;
    TarWriter(TarWriter&&) = delete;
    TarWriter& operator=(TarWriter&&) = delete;
    ~TarWriter();
    void add(const std::string& name, std::span<const std::byte> content);
    /// A member that `produce` hands to its argument; an Error unless that are `size` bytes.
    void add(const std::string& name, std::uint64_t size,
             const std::function<void(const MemberSink&)>& produce);
    /// A member with the content of a file.
    void addFile(const std::string& name, const std::filesystem::path& file);
    /// Mode 0755.
    void addDirectory(const std::string& name);
    /// The archive has mode 0644, or what AtomicFile::commitLike() takes of another file.
    void close(const std::optional<std::filesystem::path>& like = std::nullopt);

  private:
    void start(const std::string& name, unsigned type, std::uint64_t size);
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct TarMember {
    std::string name;
    std::uint64_t size = 0;
};

/// Reads a tar archive (no compression, no other format) front to back. Only regular files without
/// holes and with relative names without ".." are accepted; anything else, a second member of the
/// same name, bytes behind the archive's end, or damage is an Error that names archive and
/// member.
class TarReader {
  public:
    /// What an archive that was made of a directory has beside its files.
    enum class Directories {
        Refuse,
        Skip, ///< and drop a leading "./", which `tar -C directory -c .` writes
    };
    explicit TarReader(const std::filesystem::path& path,
                       Directories directories = Directories::Refuse);
    TarReader(const TarReader&) = delete;
    TarReader& operator=(const TarReader&) = delete;
    TarReader(TarReader&&) = delete;
    TarReader& operator=(TarReader&&) = delete;
    ~TarReader();
    /// The next member, or nothing at the end.
    std::optional<TarMember> next();
    /// The current member's bytes; an Error when it holds more than `limit`.
    std::string read(std::uint64_t limit);
    /// The current member's bytes in pieces, unlimited.
    void read(const MemberSink& sink);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace host
