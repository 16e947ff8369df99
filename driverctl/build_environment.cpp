#include "driverctl/build_environment.h"

#include "driverctl/directory_distribution.h"
#include "driverctl/flatcar_distribution.h"

namespace driverctl {

std::unique_ptr<Distribution> chooseDistribution(const Options& options, host::SignalSet& stop) {
    return options.target.buildRoot.empty() ? makeFlatcarDistribution(options, stop)
                                            : makeDirectoryDistribution(options);
}

} // namespace driverctl
