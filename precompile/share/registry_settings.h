/// How OCI registries are talked to. Plain values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

struct RegistrySettings {
    std::vector<std::string> authFiles = {}; ///< credentials, as docker and podman write them
    bool plainHttp = false;                  ///< without TLS
    std::filesystem::path caFile = {}; ///< authorities that certify servers; empty: the system's
};

} // namespace precompile
