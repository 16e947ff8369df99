/// Where the node's metrics go. Plain values; empty: nowhere.
#pragma once

#include <filesystem>
#include <string>

namespace loader {

struct MetricsSettings {
    std::filesystem::path file; ///< for node-exporter's textfile collector
    std::string listen;         ///< HOST:PORT
};

} // namespace loader
