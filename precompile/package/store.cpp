#include "precompile/package/store.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"
#include "host/process/signals.h"

#include <algorithm>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <tuple>

namespace precompile {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".tar";
constexpr std::size_t kMostShown = 10; ///< of packages that do not fit

using Verdict = Store::Verdict;
using Misfit = Store::Misfit;

/// What JSON and index pages need a name to be.
bool isUtf8(const std::string& text) {
    try {
        static_cast<void>(nlohmann::json(text).dump());
        return true;
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

/// Why the entry cannot be a package; nothing when it may be one.
std::vector<std::string> oddity(const fs::path& file, const fs::path& name) {
    const auto odd = [&file](std::string_view why) {
        return std::vector{fmt::format("{} is no package: {}", file.string(), why)};
    };
    std::error_code error;
    const auto type = fs::status(file, error).type();
    if (type == fs::file_type::not_found || type == fs::file_type::none) {
        return odd(error.message()); // a link that leads nowhere or to itself, or it has just gone
    }
    if (type != fs::file_type::regular) {
        return odd("it is no regular file");
    }
    return isUtf8(name.native()) ? std::vector<std::string>{} : odd("its name is no UTF-8");
}

/// Every entry named like a package below `directory`, which is in the store `root`. One that
/// cannot be read is an entry with a reason and hides none of the others.
void collect(const fs::path& directory, const fs::path& root, std::vector<Verdict>& found) {
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        const fs::path& path = entry->path();
        std::error_code ignored;
        if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
            collect(path, root, found);
        } else if (path.extension() == kSuffix) {
            found.push_back({path, oddity(path, path.lexically_relative(root))});
        }
    }
    if (!error || error == std::errc::no_such_file_or_directory) {
        return;
    }
    const std::string cause =
        fmt::format("cannot list {}: {}", directory.string(), error.message());
    if (directory == root) {
        throw host::Error(cause, "Name the directory of a package store with {store}.");
    }
    found.push_back({directory, {cause}});
}

std::vector<Verdict> packageFiles(const fs::path& store) {
    std::vector<Verdict> files;
    collect(store, store, files);
    std::ranges::sort(files, {}, &Verdict::file);
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
    compare("operating system", is.target.osId, wanted.target.osId);
    compare("release", is.target.osRelease, wanted.target.osRelease);
    compare("architecture", is.target.architecture, wanted.target.architecture);
    if (!wanted.target.kernel.empty()) {
        compare("kernel", is.target.kernel, wanted.target.kernel);
    }
    compare("driver", is.driver, wanted.driver);
    compare("flavour", toString(is.flavour), toString(wanted.flavour));
    compare("tag", is.tag, wanted.tag);
    return reasons;
}

/// The package beside the wanted one, as its manifest says; without reasons it is that one.
Misfit compared(const fs::path& file, const PackageIdentity& wanted) {
    try {
        auto identity = Package(file).manifest().identity;
        auto reasons = differences(identity, wanted);
        return {file, std::move(reasons), std::move(identity)};
    } catch (const host::Error& error) {
        return {file, {error.what()}, {}};
    }
}

/// Least for what people ask about: damage in the wanted one's place, then few differences and a
/// similar name. What is no package comes last.
std::pair<std::size_t, std::ptrdiff_t> distance(const Misfit& other,
                                                const PackageIdentity& wanted) {
    const std::string name =
        other.identity ? other.identity->fileName() : other.file.filename().string();
    const std::string wantedName = wanted.fileName();
    const auto alike = std::ranges::mismatch(name, wantedName).in1 - name.begin();
    const std::size_t differences = other.identity       ? other.reasons.size()
                                    : name == wantedName ? 0
                                                         : SIZE_MAX;
    return {differences, -alike};
}

/// "290 more: 287 of driver 535.261.03 for 40 kernels, 3 no package"
std::string countByDriver(std::span<const Misfit> others) {
    struct Count {
        std::size_t packages = 0;
        std::set<std::string> kernels = {};
    };
    std::map<std::string, Count> drivers;
    std::size_t none = 0;
    for (const Misfit& other : others) {
        if (other.identity) {
            Count& count = drivers[other.identity->driver];
            ++count.packages;
            count.kernels.insert(other.identity->target.kernel);
        } else {
            ++none;
        }
    }
    std::vector<std::string> parts;
    for (const auto& [driver, count] : drivers) {
        parts.push_back(fmt::format("{} of driver {} for {} kernel{}", count.packages, driver,
                                    count.kernels.size(), count.kernels.size() == 1 ? "" : "s"));
    }
    if (none > 0) {
        parts.push_back(fmt::format("{} no package", none));
    }
    return fmt::format("{} more: {}", others.size(), fmt::join(parts, ", "));
}

bool mayBeLoaded(const fs::path& file, const std::string& loaded, const host::Observer& observer) {
    try {
        return host::digestOfFile(file) == loaded;
    } catch (const host::Error& error) {
        observer.warn(error.what());
        return true;
    }
}

} // namespace

Store::Lookup Store::find(const PackageIdentity& wanted) const {
    // Where prepare() puts it: a store with hundreds of packages costs no more than one with one.
    const auto expected = directory_ / wanted.directoryName() / wanted.fileName();
    std::error_code none;
    if (fs::is_regular_file(expected, none) && compared(expected, wanted).reasons.empty()) {
        return {expected, {}};
    }
    Lookup lookup;
    for (auto& [file, reasons] : packageFiles(directory_)) {
        Misfit other =
            reasons.empty() ? compared(file, wanted) : Misfit{file, std::move(reasons), {}};
        if (other.reasons.empty()) {
            return {file, {}};
        }
        lookup.others.push_back(std::move(other));
    }
    return lookup;
}

std::vector<Store::Verdict> Store::list() const {
    auto verdicts = packageFiles(directory_);
    for (auto& [file, reasons] : verdicts) {
        try {
            if (reasons.empty()) {
                static_cast<void>(Package(file));
            }
        } catch (const host::Error& error) {
            reasons = {error.what()};
        }
    }
    return verdicts;
}

std::vector<Package> Store::packages(const host::Observer& observer) const {
    std::vector<Package> packages;
    for (auto& [file, reasons] : packageFiles(directory_)) {
        try {
            if (reasons.empty()) {
                packages.emplace_back(file);
            }
        } catch (const host::Error& error) {
            reasons = {error.what()};
        }
        if (!reasons.empty()) {
            observer.warn(reasons.front());
        }
    }
    return packages;
}

std::vector<fs::path> Store::superfluous(unsigned keep, const std::string& loaded,
                                         const host::Observer& observer) const {
    using Kind = std::tuple<std::string, std::string, std::string, Flavour>;
    std::map<Kind, std::vector<Package>> kinds;
    for (Package& package : packages(observer)) {
        const auto& [target, driver, flavour, tag] = package.manifest().identity;
        kinds[{target.osId, target.architecture, driver, flavour}].push_back(std::move(package));
    }
    std::vector<fs::path> files;
    for (auto& [kind, packages] : kinds) {
        std::ranges::stable_sort(packages, std::greater{},
                                 [](const Package& package) { return package.manifest().builtAt; });
        for (std::size_t i = keep; i < packages.size(); ++i) {
            if (!mayBeLoaded(packages[i].file(), loaded, observer)) {
                files.push_back(packages[i].file());
            }
        }
    }
    return files;
}

std::string Store::describeMiss(const PackageIdentity& wanted, const Lookup& lookup) const {
    std::string text =
        fmt::format("no package in {} fits {}", directory_.string(), wanted.describe());
    std::vector<Misfit> others = lookup.others;
    std::ranges::stable_sort(others, {},
                             [&](const Misfit& other) { return distance(other, wanted); });
    const std::size_t shown = std::min(kMostShown, others.size());
    for (const Misfit& other : std::span(others).first(shown)) {
        text += fmt::format("\n  {}: {}", other.file.filename().string(),
                            fmt::join(other.reasons, "; "));
    }
    if (shown < others.size()) {
        text += "\n  and " + countByDriver(std::span(others).subspan(shown));
    }
    return text;
}

fs::path Store::add(const fs::path& file, host::SignalSet* stop) const {
    const Slot slot = prepare(Package(file).manifest().identity, stop);
    host::copyFileAtomic(file, slot.file);
    return slot.file;
}

Store::Slot Store::prepare(const PackageIdentity& identity, host::SignalSet* stop) const {
    validate(identity);
    const auto directory = directory_ / identity.directoryName();
    std::error_code error;
    fs::create_directories(directory, error);
    if (error) {
        throw host::Error(fmt::format("cannot create the package store {}: {}", directory.string(),
                                      error.message()),
                          "Name a writable directory with {store}.");
    }
    return {directory / identity.fileName(),
            host::FileLock(host::openFile(directory / ".lock", O_RDWR | O_CREAT),
                           "the package store " + directory.string(), host::interruptedBy(stop))};
}

} // namespace precompile
