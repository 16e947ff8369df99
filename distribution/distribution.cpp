#include "distribution/distribution.h"

#include <algorithm>
#include <stdexcept>

namespace distribution {

Distributions::Distributions(std::vector<std::unique_ptr<Distribution>> all)
    : all_(std::move(all)) {}

Target Distributions::detect(const Machine& machine) const {
    for (const auto& distribution : all_) {
        if (auto target = distribution->detect(machine)) {
            return *target;
        }
    }
    throw std::logic_error("the last distribution does not know every machine");
}

TargetSettings Distributions::complete(TargetSettings given, const Machine& machine) const {
    const bool ownRelease = given.release.empty() || given.release == detect(machine).osRelease;
    for (const auto& distribution : all_) {
        given = distribution->complete(std::move(given), machine);
    }
    if (given.kernel.empty() && ownRelease) {
        given.kernel = machine.kernel.release;
    }
    return given;
}

const Distribution& Distributions::of(const TargetSettings& wanted) const {
    const auto found = std::ranges::find_if(
        all_, [&wanted](const auto& distribution) { return distribution->claims(wanted); });
    return found == all_.end() ? *all_.front() : **found;
}

} // namespace distribution
