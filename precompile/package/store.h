/// Where packages are: a directory with one subdirectory for each release and architecture.
///
/// Reading needs no lock: a package becomes visible by rename, whole. Writers take turns (flock).
/// Nothing in the store is removed but what host::AtomicFile itself left when it was killed. Names
/// are hints; the manifest decides.
#pragma once

#include "host/base/file_lock.h"
#include "host/base/observer.h"
#include "precompile/package/package.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace host {
class SignalSet;
}

namespace precompile {

class Store {
  public:
    explicit Store(std::filesystem::path directory) : directory_(std::move(directory)) {}

    struct Verdict {
        std::filesystem::path file;
        std::vector<std::string> reasons; ///< why it does not fit; empty: it does
    };
    struct Misfit {
        std::filesystem::path file;
        std::vector<std::string> reasons;        ///< all of them
        std::optional<PackageIdentity> identity; ///< nothing: it is no package
    };
    struct Lookup {
        std::optional<std::filesystem::path> file;
        std::vector<Misfit> others; ///< when none fits: every package
    };

    /// The package that fits `wanted` (an empty kernel fits any). One that lies where prepare()
    /// puts it is found without a look at the others. A store that does not exist is an empty one.
    [[nodiscard]] Lookup find(const PackageIdentity& wanted) const;

    /// Every package file, sorted by path. What is damaged has reasons, and so has what cannot be
    /// one: a link that leads nowhere, a name that is no UTF-8, a directory that cannot be read. An
    /// Error only when the store itself cannot be listed.
    [[nodiscard]] std::vector<Verdict> list() const;

    /// Those that are packages. What is none is one warning each.
    [[nodiscard]] std::vector<Package> packages(const host::Observer& observer) const;

    /// What pruning would remove: of each operating system, architecture, driver and flavour all
    /// but the newest `keep`. The package with the digest `loaded` stays, and so does one that
    /// cannot be read: nobody knows.
    [[nodiscard]] std::vector<std::filesystem::path>
    superfluous(unsigned keep, const std::string& loaded, const host::Observer& observer) const;

    /// "no package in /store fits driver …", of a lookup that found none: a line for each of the
    /// ten packages that are nearest, with all reasons, and one that counts the others by driver.
    [[nodiscard]] std::string describeMiss(const PackageIdentity& wanted,
                                           const Lookup& lookup) const;

    /// Copies the package into its place; the copy appears whole or not at all. Returns where.
    [[nodiscard]] std::filesystem::path add(const std::filesystem::path& file,
                                            host::SignalSet* stop = nullptr) const;

    /// A place for one new package; holds the lock of the release's directory.
    struct Slot {
        std::filesystem::path file;
        host::FileLock lock;
    };
    /// Waits until nobody else writes there; a signal of `stop` ends that (host::Interrupted).
    [[nodiscard]] Slot prepare(const PackageIdentity& identity,
                               host::SignalSet* stop = nullptr) const;

    [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }

  private:
    std::filesystem::path directory_;
};

} // namespace precompile
