#include "toolkit/edits/sarus.h"

#include "host/base/text.h"
#include "toolkit/edits/comma_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <set>

namespace toolkit {

namespace {

constexpr const char* kCudaVisible = "CUDA_VISIBLE_DEVICES";
constexpr const char* kNvidiaVisible = "NVIDIA_VISIBLE_DEVICES";
constexpr const char* kCapabilities = "NVIDIA_DRIVER_CAPABILITIES";

/// The host's list; nothing where the job has no GPU.
std::optional<std::vector<std::string>> devicesOf(const Variables& host) {
    const auto found = host.find(kCudaVisible);
    if (found == host.end() || found->second == "NoDevFiles") {
        return std::nullopt;
    }
    auto devices = commaList(found->second);
    return devices.empty() ? std::nullopt : std::optional(std::move(devices));
}

/// Each index by its rank among all of them, anything else as it is.
std::vector<std::string> ranked(const std::vector<std::string>& devices) {
    std::set<unsigned> indices;
    for (const auto& device : devices) {
        if (const auto index = host::toNumber<unsigned>(device)) {
            indices.insert(*index);
        }
    }
    std::vector<std::string> ranks;
    for (const auto& device : devices) {
        const auto index = host::toNumber<unsigned>(device);
        ranks.push_back(
            index ? fmt::format("{}", std::distance(indices.begin(), indices.find(*index)))
                  : device);
    }
    return ranks;
}

} // namespace

Variables environmentForSarus(const Variables& host, Variables container) {
    const auto devices = devicesOf(host);
    if (!devices) {
        for (const char* name : {kCudaVisible, kNvidiaVisible, kCapabilities, "CUDA_VERSION"}) {
            container.erase(name);
        }
        return container;
    }
    container[kNvidiaVisible] = fmt::format("{}", fmt::join(once(*devices), ","));
    container[kCudaVisible] = fmt::format("{}", fmt::join(ranked(*devices), ","));
    container.try_emplace(kCapabilities, "all");
    return container;
}

} // namespace toolkit
