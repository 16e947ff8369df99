#include "driverctl/commands/packages.h"

#include "host/base/error.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/store_settings.h"

#include <fmt/format.h>

namespace driverctl {

using precompile::Store;

PackagePlaces placesOf(const std::vector<std::filesystem::path>& files) {
    PackagePlaces places;
    for (const auto& file : files) {
        places.packages.push_back(summaryOf(precompile::Package(file)));
    }
    return places;
}

void requireStore(const std::filesystem::path& store) {
    std::error_code none;
    if (store != precompile::StoreSettings{}.directory &&
        !std::filesystem::is_directory(store, none)) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("the store {} does not exist or is no directory", store.string()),
            "Name the directory of a package store with {store}.");
    }
}

std::vector<Store::Verdict> chosenPackages(const std::filesystem::path& store,
                                           const std::vector<std::string>& named) {
    if (named.empty()) {
        std::error_code none;
        if (!std::filesystem::is_directory(store, none)) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format("no package is named, and the store {} does not exist", store.string()),
                "Name packages, or the directory of a package store with {store}.");
        }
        return Store(store).list();
    }
    std::vector<Store::Verdict> chosen;
    for (const std::string& file : named) {
        chosen.push_back({file, {}});
    }
    return chosen;
}

std::vector<Store::Verdict> wholePackages(const std::filesystem::path& store,
                                          const std::vector<std::string>& named) {
    auto chosen = chosenPackages(store, named);
    for (auto& [file, reasons] : chosen) {
        try {
            if (reasons.empty()) {
                requireMembers(precompile::Package(file));
            }
        } catch (const host::Error& error) {
            if (!named.empty()) {
                throw;
            }
            reasons = {error.what()};
        }
    }
    return chosen;
}

} // namespace driverctl
