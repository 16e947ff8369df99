#include "driverctl/report/package_list.h"

#include "driverctl/report/print.h"
#include "host/base/file.h"
#include "host/base/time.h"
#include "host/crypto/digest.h"

#include <nlohmann/json.hpp>

namespace driverctl {

using Json = nlohmann::ordered_json;

PackageSummary summaryOf(const precompile::Package& package) {
    return {.file = package.file().string(),
            .sha256 = host::digestOfFile(package.file()),
            .size = host::fileSize(package.file()),
            .identity = package.manifest().identity,
            .builtAt = package.manifest().builtAt};
}

Json toJson(const PackageSummary& summary) {
    Json json = {{"file", summary.file}, {"sha256", summary.sha256}, {"size", summary.size}};
    json.update(identityToJson(summary.identity));
    json["built_at"] = summary.builtAt;
    return json;
}

Json toJson(const PackageList& list) {
    Json packages = Json::array();
    for (const PackageSummary& package : list.packages) {
        packages.push_back(toJson(package));
    }
    return {{"packages", packages}};
}

std::string toText(const PackageList& list) {
    constexpr const char* kRow = "{:<14} {:<12} {:<24} {:<22} {:<10} {:>9} {}\n";
    std::string text = line(kRow, "DRIVER", "FLAVOUR", "KERNEL", "RELEASE", "TAG", "SIZE", "BUILT");
    for (const PackageSummary& package : list.packages) {
        const auto& identity = package.identity;
        text += line(kRow, identity.driver, toString(identity.flavour), identity.target.kernel,
                     identity.target.osId + " " + identity.target.osRelease, identity.tag,
                     package.size, host::utcTime(package.builtAt));
    }
    return text;
}

Json toJson(const PackagePlaces& places) {
    return toJson(PackageList{places.packages});
}

std::string toText(const PackagePlaces& places) {
    std::string text;
    for (const PackageSummary& package : places.packages) {
        text += line("{}\n", package.file);
    }
    return text;
}

} // namespace driverctl
