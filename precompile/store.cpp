#include "precompile/store.h"

#include "host/error.h"
#include "host/file.h"
#include "precompile/package.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace precompile {

namespace {

constexpr std::string_view kSuffix = ".tar";
constexpr std::string_view kTemporaryMark = ".tar."; ///< what host::TarWriter adds while it writes

std::vector<std::filesystem::path> packageFiles(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator entry(directory, error), end;
         !error && entry != end; entry.increment(error)) {
        if (entry->path().extension() == kSuffix && entry->is_regular_file()) {
            files.push_back(entry->path());
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        throw host::Error(fmt::format("cannot list the package store {}: {}", directory.string(),
                                      error.message()));
    }
    std::ranges::sort(files);
    return files;
}

std::vector<std::string> differences(const PackageIdentity& is, const PackageIdentity& wanted) {
    std::vector<std::string> reasons;
    const auto compare = [&](std::string_view what, std::string_view has, std::string_view wants) {
        if (has != wants) {
            reasons.push_back(fmt::format("{} is {}, wanted is {}", what,
                                          has.empty() ? "none" : has,
                                          wants.empty() ? "none" : wants));
        }
    };
    compare("operating system", is.osId, wanted.osId);
    compare("release", is.osRelease, wanted.osRelease);
    compare("architecture", is.architecture, wanted.architecture);
    if (!wanted.kernel.empty()) {
        compare("kernel", is.kernel, wanted.kernel);
    }
    compare("driver", is.driver, wanted.driver);
    compare("flavour", toString(is.flavour), toString(wanted.flavour));
    compare("tag", is.tag, wanted.tag);
    return reasons;
}

/// Why the package is not the wanted one, as its manifest says; empty: it is.
std::vector<std::string> misfit(const std::filesystem::path& file, const PackageIdentity& wanted) {
    try {
        return differences(Package(file).manifest().identity, wanted);
    } catch (const host::Error& error) {
        return {error.what()};
    }
}

} // namespace

Store::Lookup Store::find(const PackageIdentity& wanted) const {
    // Where prepare() puts it: a store with hundreds of packages costs no more than one with one.
    const auto expected = directory_ / wanted.directoryName() / wanted.fileName();
    if (std::filesystem::is_regular_file(expected) && misfit(expected, wanted).empty()) {
        return {expected, {}};
    }
    Lookup lookup;
    for (const auto& file : packageFiles(directory_)) {
        auto reasons = misfit(file, wanted);
        if (reasons.empty()) {
            return {file, {}};
        }
        lookup.others.push_back({file, std::move(reasons)});
    }
    return lookup;
}

std::vector<Store::Verdict> Store::list() const {
    std::vector<Verdict> verdicts;
    for (const auto& file : packageFiles(directory_)) {
        verdicts.push_back({file, {}});
        try {
            static_cast<void>(Package(file));
        } catch (const host::Error& error) {
            verdicts.back().reasons = {error.what()};
        }
    }
    return verdicts;
}

std::filesystem::path Store::add(const std::filesystem::path& file) const {
    const Slot slot = prepare(Package(file).manifest().identity);
    host::copyFileAtomic(file, slot.file);
    return slot.file;
}

Store::Slot Store::prepare(const PackageIdentity& identity) const {
    validate(identity);
    const auto directory = directory_ / identity.directoryName();
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
        throw host::Error(fmt::format("cannot create the package store {}: {}", directory.string(),
                                      error.message()),
                          "Name a writable directory with --store.");
    }
    Slot slot{directory / identity.fileName(),
              host::openFile(directory / ".lock", O_RDWR | O_CREAT)};
    while (::flock(slot.lock.get(), LOCK_EX) != 0) {
        if (errno != EINTR) {
            host::throwErrno("lock the package store", directory.string());
        }
    }
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().filename().string().find(kTemporaryMark) != std::string::npos) {
            std::filesystem::remove(entry.path());
        }
    }
    return slot;
}

} // namespace precompile
