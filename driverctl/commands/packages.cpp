#include "driverctl/commands/packages.h"

#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"
#include "precompile/package/store_settings.h"

#include <fmt/format.h>

namespace driverctl {

using Json = nlohmann::ordered_json;
using precompile::Package;
using precompile::Store;

Json summary(const Package& package) {
    Json document = {{"file", package.file().string()},
                     {"sha256", host::digestOfFile(package.file())},
                     {"size", host::fileSize(package.file())}};
    document.update(identityToJson(package.manifest().identity));
    document["built_at"] = package.manifest().builtAt;
    return document;
}

std::string plain(const Json& value) {
    return value.is_null()     ? "nothing"
           : value.is_string() ? value.get<std::string>()
                               : value.dump();
}

void printPlaces(const std::vector<std::filesystem::path>& files, bool json) {
    if (json) {
        Json places = Json::array();
        for (const auto& file : files) {
            places.push_back(summary(Package(file)));
        }
        printDocument(Json{{"packages", places}});
        return;
    }
    for (const auto& file : files) {
        print("{}\n", file.string());
    }
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

} // namespace driverctl
