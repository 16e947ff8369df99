#include "driverctl/commands/packages.h"

#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"
#include "precompile/package/store.h"

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
        std::cout << documentOf(Json{{"packages", places}});
        return;
    }
    for (const auto& file : files) {
        print("{}\n", file.string());
    }
}

std::vector<Package> packagesOf(const Options& options) {
    std::vector<Package> packages;
    for (auto& [file, reasons] : Store(options.store.directory).list()) {
        try {
            if (reasons.empty()) {
                packages.emplace_back(file);
            }
        } catch (const host::Error& error) { // it has just gone
            reasons = {error.what()};
        }
        if (!reasons.empty()) {
            host::logWarning(reasons.front());
        }
    }
    return packages;
}

} // namespace driverctl
