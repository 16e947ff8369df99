/// The keys that modules and packages are signed with, each a PEM file or a PKCS#11 URI. Plain
/// values; empty: nothing is signed.
#pragma once

#include <filesystem>
#include <string>

namespace precompile {

struct SigningSettings {
    std::string moduleKey = {};
    std::filesystem::path moduleCertificate = {}; ///< of moduleKey; the kernel trusts it
    std::string moduleHash = "sha256";
    std::string packageKey = {};
};

} // namespace precompile
