#include "host/net/http.h"

namespace host {

HttpOptions httpOptions(const std::filesystem::path& caFile, SignalSet* stop,
                        const Observer& observer) {
    HttpOptions options;
    options.caFile = caFile;
    options.stop = stop;
    options.onRetry = observer.warn;
    return options;
}

} // namespace host
