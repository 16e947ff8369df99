#include "toolkit/edits/sarus.h"

#include "host/base/text.h"
#include "toolkit/edits/comma_list.h"
#include "toolkit/edits/image_environment.h"

#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace toolkit {

namespace {

constexpr const char* kCudaVisible = "CUDA_VISIBLE_DEVICES";
constexpr const char* kNvidiaVisible = "NVIDIA_VISIBLE_DEVICES";
constexpr const char* kCapabilities = "NVIDIA_DRIVER_CAPABILITIES";

using Index = std::int64_t;

/// The host's list as far as CUDA reads it: to the first index below 0. Empty where the job has no
/// GPU. An index is written in one way.
std::vector<std::string> devicesOf(const Variables& host) {
    std::vector<std::string> devices;
    const auto found = host.find(kCudaVisible);
    if (found == host.end() || found->second == "NoDevFiles") {
        return devices;
    }
    for (const auto& device : commaList(found->second)) {
        const auto index = host::toNumber<Index>(device);
        if (index && *index < 0) {
            break;
        }
        devices.push_back(index ? fmt::format("{}", *index) : device);
    }
    return devices;
}

/// Each index by its rank among all of them, anything else as it is.
std::vector<std::string> ranked(const std::vector<std::string>& devices) {
    std::set<Index> indices;
    for (const auto& device : devices) {
        if (const auto index = host::toNumber<Index>(device)) {
            indices.insert(*index);
        }
    }
    std::vector<std::string> ranks;
    for (const auto& device : devices) {
        const auto index = host::toNumber<Index>(device);
        ranks.push_back(
            index ? fmt::format("{}", std::distance(indices.begin(), indices.find(*index)))
                  : device);
    }
    return ranks;
}

/// Each one by its rank among their texts, as Sarus has it.
std::string rankedAsTexts(const std::string& list) {
    const auto devices = host::split(list, ',');
    const std::multiset<std::string> sorted(devices.begin(), devices.end());
    std::vector<std::string> ranks;
    for (const auto& device : devices) {
        ranks.push_back(
            fmt::format("{}", std::distance(sorted.begin(), sorted.lower_bound(device))));
    }
    return fmt::format("{}", fmt::join(ranks, ","));
}

} // namespace

std::optional<std::string> miscountedBySarus(const std::vector<std::string>& environment) {
    const ImageEnvironment variables(environment);
    const auto visible = variables.value(kNvidiaVisible);
    const auto counted = variables.value(kCudaVisible);
    const auto right = environmentForSarus({{kCudaVisible, visible}}, {});
    const auto wanted = right.find(kCudaVisible);
    if (wanted == right.end() || counted == wanted->second || counted != rankedAsTexts(visible)) {
        return std::nullopt;
    }
    return fmt::format("CUDA_VISIBLE_DEVICES is {}, because Sarus has sorted {} as texts; it should"
                       " be {}: the GPUs are in another order than on the host",
                       counted, visible, wanted->second);
}

Variables environmentForSarus(const Variables& host, Variables container) {
    const auto devices = devicesOf(host);
    if (devices.empty()) {
        for (const char* name : {kCudaVisible, kNvidiaVisible, kCapabilities, "CUDA_VERSION"}) {
            container.erase(name);
        }
        return container;
    }
    container[kNvidiaVisible] = fmt::format("{}", fmt::join(once(devices), ","));
    container[kCudaVisible] = fmt::format("{}", fmt::join(ranked(devices), ","));
    container.try_emplace(kCapabilities, "all");
    return container;
}

} // namespace toolkit
