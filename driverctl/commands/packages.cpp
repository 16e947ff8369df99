#include "driverctl/commands/packages.h"

#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"

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

void requireStore(const Options& options) {
    std::error_code none;
    if (options.store.directory != Options().store.directory &&
        !std::filesystem::is_directory(options.store.directory, none)) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("the store {} does not exist or is no directory",
                                      options.store.directory.string()),
                          "Name the directory of a package store with --store.");
    }
}

std::vector<Store::Verdict> chosenPackages(const Options& options) {
    if (options.arguments.packages.empty()) {
        std::error_code none;
        if (!std::filesystem::is_directory(options.store.directory, none)) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("no package is named, and the store {} does not exist",
                                          options.store.directory.string()),
                              "Name packages, or the directory of a package store with --store.");
        }
        return Store(options.store.directory).list();
    }
    std::vector<Store::Verdict> named;
    for (const std::string& file : options.arguments.packages) {
        named.push_back({file, {}});
    }
    return named;
}

} // namespace driverctl
