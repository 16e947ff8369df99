/// Writes file changes, each at once; those that were written are taken back when it goes before it
/// is told that all is well.
///
/// Private to configure.cpp. A file keeps its mode, its owner and the links to it; a new one, and
/// each directory that is made for it, belongs to whom the directory above belongs to.
#pragma once

#include "toolkit/runtimes/config_files.h"
#include "toolkit/runtimes/configure.h"

#include <filesystem>
#include <vector>

namespace toolkit::runtimes {

class ChangeWriter {
  public:
    explicit ChangeWriter(const ConfigFiles& files) : files_(files) {}
    ChangeWriter(const ChangeWriter&) = delete;
    ChangeWriter& operator=(const ChangeWriter&) = delete;
    ChangeWriter(ChangeWriter&&) = delete;
    ChangeWriter& operator=(ChangeWriter&&) = delete;
    /// Takes back, unless done() was called; what cannot be taken back stays.
    ~ChangeWriter();

    /// The directories that have to be made for these files, the upper ones first.
    [[nodiscard]] std::vector<std::filesystem::path>
    missingDirectories(const std::vector<std::filesystem::path>& paths) const;
    void makeDirectories(const std::vector<std::filesystem::path>& directories);
    /// Those that are empty go.
    void removeDirectories(const std::vector<std::filesystem::path>& directories);
    /// A new file gets the mode of `model`, where that is there. Throws host::Error when the file
    /// is not as it was before the change any more.
    void write(const FileChange& change, const std::filesystem::path& model = {});
    void done() noexcept { done_ = true; }

  private:
    void put(const FileChange& change, const std::filesystem::path& model) const;
    void giveToOwnerAbove(const std::filesystem::path& path) const;

    const ConfigFiles& files_;
    std::vector<FileChange> undo_;
    std::vector<std::filesystem::path> made_;
    bool done_ = false;
};

} // namespace toolkit::runtimes
