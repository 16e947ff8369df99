#include "driverctl/http_options.h"

#include "driverctl/report/log.h"

namespace driverctl {

host::HttpOptions httpOptions(const std::filesystem::path& caFile, host::SignalSet& stop) {
    host::HttpOptions options;
    options.caFile = caFile;
    options.stop = &stop;
    options.onRetry = [](const std::string& message) { host::logWarning(message); };
    return options;
}

} // namespace driverctl
