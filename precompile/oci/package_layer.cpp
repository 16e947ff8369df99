#include "precompile/oci/package_layer.h"

#include "host/archive/archive.h"
#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace precompile {

namespace {

/// The store's path as members of a layer are named: "var/lib/driverctl/packages".
std::filesystem::path memberPath(const std::filesystem::path& storePath) {
    const auto normal = storePath.lexically_normal().relative_path();
    if (!storePath.is_absolute() || normal.empty()) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("the store path '{}' is no absolute path of a directory",
                                      storePath.string()),
                          "Name the store inside the image, such as /var/lib/driverctl/packages.");
    }
    return normal.has_filename() ? normal : normal.parent_path();
}

} // namespace

void writePackageLayer(const std::filesystem::path& file, const std::vector<Package>& packages,
                       const std::filesystem::path& storePath, std::int64_t timestamp) {
    const auto store = memberPath(storePath);
    std::set<std::string> directories;
    std::map<std::string, std::filesystem::path> files;
    for (const Package& package : packages) {
        const auto& identity = package.manifest().identity;
        validate(identity);
        const auto directory = store / identity.directoryName();
        directories.insert(directory.string());
        const auto [known, fresh] =
            files.emplace((directory / identity.fileName()).string(), package.file());
        if (!fresh) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("{} and {} both are for {}", known->second.string(),
                                          package.file().string(), identity.describe()),
                              "Name one of them.");
        }
    }
    host::TarWriter layer(file, timestamp);
    for (const std::string& directory : directories) {
        layer.addDirectory(directory + "/");
        for (auto entry = files.lower_bound(directory + "/");
             entry != files.end() && entry->first.starts_with(directory + "/"); ++entry) {
            layer.addFile(entry->first, entry->second);
        }
    }
    layer.close();
}

std::int64_t layerTime(const std::vector<Package>& packages, unsigned sourceDateEpoch) {
    if (sourceDateEpoch != 0) {
        return sourceDateEpoch;
    }
    std::int64_t newest = 0;
    for (const Package& package : packages) {
        newest = std::max(newest, package.manifest().builtAt);
    }
    return newest;
}

} // namespace precompile
