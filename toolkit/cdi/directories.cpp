#include "toolkit/cdi/directories.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "toolkit/cdi/fields.h"
#include "toolkit/cdi/generate.h"
#include "toolkit/cdi/specification.h"
#include "toolkit/cdi/stale.h"
#include "toolkit/cdi/validate.h"
#include "toolkit/edits/gpu_kind.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>
#include <span>

namespace toolkit::cdi {

namespace fs = std::filesystem;

namespace {

/// A driver's specification has some ten thousand bytes; this holds any, and no memory for more.
constexpr std::size_t kLargestFile = 8 << 20;

/// What a reader would open; a pipe would stop this one.
bool mayBeRead(const fs::directory_entry& entry) {
    std::error_code ignored;
    const auto type = entry.status(ignored).type();
    return type == fs::file_type::regular || type == fs::file_type::not_found; // a link to nowhere
}

std::vector<fs::path> filesIn(const fs::path& directory) {
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        if (formatOf(entry->path()) && mayBeRead(*entry)) {
            files.push_back(entry->path());
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        host::throwErrno("read the directory", directory.string(), error.value());
    }
    std::ranges::sort(files);
    return files;
}

/// Which of several devices of one name readers take.
class Devices {
  public:
    void add(const CdiFile& file, std::size_t directory) {
        const auto kind = file.specification.at("kind").get<std::string>();
        for (const auto& device : file.specification.at("devices")) {
            auto name = fmt::format("{}={}", kind, device.at("name").get<std::string>());
            byName_[name].push_back({.index = devices_.size(), .directory = directory});
            devices_.push_back({.name = std::move(name), .file = file.path});
        }
    }

    std::vector<CdiDevice> take() {
        for (const auto& [name, places] : byName_) {
            decide(places);
        }
        return std::move(devices_);
    }

  private:
    struct Place {
        std::size_t index; ///< in devices_
        std::size_t directory;
    };

    /// `places` are in the order of directories.
    void decide(const std::vector<Place>& places) {
        const auto twice = std::ranges::adjacent_find(places, {}, &Place::directory);
        for (const auto& place : places) {
            auto& device = devices_[place.index];
            if (twice != places.end()) {
                const auto& other = twice->index == place.index ? *std::next(twice) : *twice;
                device.state = DeviceState::Ambiguous;
                device.other = devices_[other.index].file;
            } else if (place.index != places.back().index) {
                device.state = DeviceState::Hidden;
                device.other = devices_[places.back().index].file;
            }
        }
    }

    std::vector<CdiDevice> devices_;
    std::map<std::string, std::vector<Place>> byName_;
};

/// The first of them, and how many there are.
std::string shortened(const std::vector<std::string>& texts) {
    return texts.size() == 1 ? texts.front()
                             : fmt::format("{} (and {} more)", texts.front(), texts.size() - 1);
}

CdiFinding ambiguity(const CdiDevice& device) {
    return {.text = fmt::format("{} is in both {} and {}: no container can have it", device.name,
                                device.file.string(), device.other.string()),
            .remedy = "Remove one of the files."};
}

/// A file that cannot be read may be one, too, when it is called so.
bool isOfGpus(const CdiFile& file) {
    return memberOf(file.specification, "kind") == kGpuKind ||
           (file.specification.is_null() &&
            file.path.filename().string().find("nvidia") != std::string::npos);
}

bool isNamedAgain(std::span<const fs::path> directories, std::size_t index) {
    return std::ranges::any_of(directories.subspan(index + 1), [&](const fs::path& later) {
        return isSameDirectory(later, directories[index]);
    });
}

} // namespace

std::vector<fs::path> defaultDirectories(const fs::path& root) {
    return {root / "etc/cdi", root / "var/run/cdi"};
}

bool isSameDirectory(const fs::path& one, const fs::path& other) {
    std::error_code error;
    if (one == other || fs::equivalent(one, other, error)) {
        return true;
    }
    const auto there = fs::weakly_canonical(one, error);
    return !error && there == fs::weakly_canonical(other, error) && !error;
}

CdiFile readCdiFile(const fs::path& path) {
    CdiFile file{.path = path};
    try {
        file.specification = parseSpecification(host::readFile(path, kLargestFile),
                                                formatOf(path).value_or(Format::Yaml));
        for (const auto& problem : validate(file.specification)) {
            file.problems.push_back(toString(problem));
        }
    } catch (const host::Error& error) {
        file.problems.emplace_back(error.what());
    }
    return file;
}

Listing listDirectories(const std::vector<fs::path>& directories, const host::Roots& roots) {
    Listing listing;
    Devices devices;
    for (std::size_t index = 0; index < directories.size(); ++index) {
        if (isNamedAgain(directories, index)) {
            continue;
        }
        for (const auto& path : filesIn(directories[index])) {
            auto file = readCdiFile(path);
            if (file.problems.empty()) {
                file.stale = staleParts(file.specification, roots);
                devices.add(file, index);
            }
            listing.files.push_back(std::move(file));
        }
    }
    listing.devices = devices.take();
    return listing;
}

Listing listDirectoriesWith(const fs::path& file, std::vector<fs::path> directories,
                            const host::Roots& roots) {
    const auto own = file.parent_path();
    const auto place = std::ranges::find_if(
        directories, [&](const fs::path& directory) { return isSameDirectory(directory, own); });
    if (place == directories.end()) {
        directories.push_back(own);
    } else {
        *place = own;
    }
    return listDirectories(directories, roots);
}

std::vector<CdiFinding> findingsIn(const Listing& listing) {
    std::vector<CdiFinding> findings;
    for (const auto& file : listing.files) {
        if (!isOfGpus(file)) {
            continue;
        }
        if (!file.problems.empty()) {
            findings.push_back({.text = fmt::format("readers drop {}: {}", file.path.string(),
                                                    shortened(file.problems)),
                                .remedy = "Remove the file."});
        } else if (!file.stale.empty()) {
            findings.push_back({.text = fmt::format("{} is of another boot or driver: {}",
                                                    file.path.string(), shortened(file.stale)),
                                .remedy = "Remove the file."});
        }
    }
    std::set<fs::path> said;
    for (const auto& device : listing.devices) {
        const bool isPair = device.state == DeviceState::Ambiguous &&
                            device.file.parent_path() == device.other.parent_path() &&
                            device.file < device.other; // each pair once
        if (isPair && device.name.starts_with(kGpuKind + std::string("=")) &&
            said.insert(device.file).second) {
            findings.push_back(ambiguity(device));
        }
    }
    return findings;
}

std::optional<CdiFinding> findingOfAmbiguity(const Listing& listing, const fs::path& file) {
    const auto found = std::ranges::find_if(listing.devices, [&](const CdiDevice& device) {
        return device.file == file && device.state == DeviceState::Ambiguous;
    });
    return found == listing.devices.end() ? std::nullopt : std::optional(ambiguity(*found));
}

} // namespace toolkit::cdi
