/// How this program talks to servers, be they mirrors, package sources or registries.
#pragma once

#include "host/net/http.h"

#include <filesystem>

namespace driverctl {

/// `caFile`: authorities that certify servers; empty: the system's. What is tried again is logged.
host::HttpOptions httpOptions(const std::filesystem::path& caFile, host::SignalSet& stop);

} // namespace driverctl
