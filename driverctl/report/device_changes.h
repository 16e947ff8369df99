/// What `driverctl device create` says: the nodes and links that it made or changed, or would.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct DeviceChange {
    enum class Kind {
        Make,
        Replace, ///< something else lies there
        Permit,  ///< mode and owner alone
        Link,
    };
    Kind kind = Kind::Make;
    std::string path;
    std::string number = {}; ///< of a node: "195:0"
    unsigned mode = 0;       ///< of a node
    unsigned owner = 0;      ///< of a node
    unsigned group = 0;      ///< of a node
    std::string target = {}; ///< of a link
};

struct DeviceChanges {
    bool dryRun = false;
    std::vector<DeviceChange> changes = {};
};

/// "made /dev/nvidia0 (195:0, mode 0666, owner 0:0)", or what would be done.
std::string describe(const DeviceChange& change, bool dryRun);

/// docs/schemas/device-create.schema.json
nlohmann::ordered_json toJson(const DeviceChanges& report);
std::string toText(const DeviceChanges& report);

} // namespace driverctl
