/// What `driverctl package verify` says: of each package, what is wrong with it and its modules.
#pragma once

#include "precompile/package/acceptance.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct PackageVerification {
    std::vector<precompile::Examination> packages;

    /// All were compared as a whole, and nothing speaks against them: a delta without its core was
    /// not compared.
    [[nodiscard]] bool good() const;
};

/// docs/schemas/package-verify.schema.json
nlohmann::ordered_json toJson(const PackageVerification& verification);
std::string toText(const PackageVerification& verification);

} // namespace driverctl
