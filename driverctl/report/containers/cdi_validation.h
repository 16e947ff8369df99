/// What `driverctl cdi validate` says: of each file, what is wrong with it, and what each reader
/// would say to it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct CdiVerdict {
    std::string reader; ///< "podman-4.3"
    std::vector<std::string> objections;
};

struct CdiValidation {
    struct File {
        std::string file;
        std::vector<std::string> problems; ///< for any reader
        std::vector<CdiVerdict> readers;   ///< of a file without problems
    };
    std::vector<File> files;

    /// Every reader reads every file.
    [[nodiscard]] bool good() const;
};

/// docs/schemas/cdi-validate.schema.json
nlohmann::ordered_json toJson(const CdiValidation& validation);
std::string toText(const CdiValidation& validation);

} // namespace driverctl
