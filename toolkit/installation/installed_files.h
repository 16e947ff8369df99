/// What is installed in a directory of the host, and taken back from it.
///
/// Each file appears whole, by rename: a process that runs an older one goes on with it, and nobody
/// finds half a file. A record in the directory (installation_record.h) says before a file is
/// written that it is ours, so that whoever comes after a SIGKILL goes on or takes all back. What
/// is not ours, or was changed since, is neither replaced nor removed. Throws host::Error.
#pragma once

#include "host/base/observer.h"
#include "toolkit/installation/installation_record.h"

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit {

struct InstalledFile {
    enum class Kind {
        Program,
        Document, ///< one that an administrator has changed, or brought, stays as it is
        Link,
    };
    std::filesystem::path name; ///< below the directory
    Kind kind = Kind::Program;
    std::string content; ///< of a link: where it leads
};

class InstalledFiles {
  public:
    InstalledFiles(std::filesystem::path directory, const host::Observer& observer);

    /// In place of what an earlier one has put there. Nothing is changed when something else has
    /// one of the names; what fails later is taken back, unless an older version was there.
    void put(const std::vector<InstalledFile>& files);
    /// All that the record names, then the record, then the directory if it was made for it.
    void takeBack();

  private:
    [[nodiscard]] std::filesystem::path pathOf(const std::filesystem::path& name) const;
    [[nodiscard]] std::vector<InstalledFile> toWrite(const std::vector<InstalledFile>& files,
                                                     const InstallationRecord& record) const;
    void giveUp(bool madeDirectory);
    void removeOthers(const InstallationRecord& record,
                      const std::vector<InstalledFile>& files) const;
    void write(const InstalledFile& file) const;
    void makeLink(const InstalledFile& link) const;
    void remove(const std::filesystem::path& name, const InstallationRecord& record) const;
    void removeEmpty(const std::filesystem::path& name) const;

    std::filesystem::path directory_;
    const host::Observer& observer_;
};

} // namespace toolkit
