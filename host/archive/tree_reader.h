/// A tar of a directory tree, plain or compressed by gzip, xz or zstd, read front to back from
/// where a descriptor stands to the file's end.
///
/// Only files, directories and symbolic links come out, by plain relative names (a leading "./" is
/// dropped). An Error that names archive and member for anything else: an absolute name or one with
/// "..", a link that leads out of the tree, a member below something that is no directory, a name
/// twice, devices, pipes, hard links, sparse files, damage, and more members or bytes than the
/// limits allow. Nothing is written, and no program is run for a format that libarchive lacks.
#pragma once

#include "host/archive/archive.h"
#include "host/base/fd.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace host {

struct TreeMember {
    enum class Type { File, Directory, Link };
    std::string name = {};
    Type type = Type::File;
    unsigned mode = 0; ///< permissions, and the bits of setuid, setgid and sticky
    std::uint64_t size = 0;
    std::string target = {}; ///< of a link
};

struct TreeLimits {
    std::uint64_t members = 0;
    std::uint64_t bytes = 0; ///< of all files together, as their headers say
};

class TreeReader {
  public:
    /// `archive` names it in errors. The descriptor has to live as long.
    TreeReader(const Fd& file, std::string archive, TreeLimits limits);
    TreeReader(const TreeReader&) = delete;
    TreeReader& operator=(const TreeReader&) = delete;
    TreeReader(TreeReader&&) = delete;
    TreeReader& operator=(TreeReader&&) = delete;
    ~TreeReader();
    /// The next member, or nothing at the end.
    std::optional<TreeMember> next();
    /// The current file's bytes in pieces.
    void read(const MemberSink& sink);
    /// The current file; an Error when it holds more than `limit`.
    std::string read(std::uint64_t limit);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace host
