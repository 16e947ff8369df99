#include "driverctl/commands/list_request.h"

#include "driverctl/cli/list.h"
#include "driverctl/cli/nearest.h"
#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

namespace driverctl {

namespace {

using toolkit::Capabilities;
using toolkit::kCapabilities;

/// Of a flag that may be repeated, and takes several with commas between.
std::vector<std::string> itemsOf(const Arguments& arguments, std::string_view name) {
    std::vector<std::string> items;
    for (const std::string& word : arguments.words(name)) {
        std::ranges::move(splitList(word), std::back_inserter(items));
    }
    return items;
}

std::optional<Capabilities> capabilitiesOf(const Arguments& arguments) {
    if (!arguments.has("capabilities")) {
        return std::nullopt;
    }
    Capabilities capabilities;
    for (const std::string& word : itemsOf(arguments, "capabilities")) {
        const auto capability = toolkit::toCapability(word);
        if (capability) {
            capabilities.insert(*capability);
        } else if (word == "all") {
            capabilities.insert(std::begin(kCapabilities), std::end(kCapabilities));
        } else {
            std::vector<std::string_view> words = {"all"};
            for (const toolkit::Capability known : kCapabilities) {
                words.push_back(toString(known));
            }
            throw host::Error(host::Fault::Usage,
                              fmt::format("flag --capabilities: there is no capability '{}'{}",
                                          word, suggestion(word, words)),
                              fmt::format("Give some of: {}.", fmt::join(words, " ")));
        }
    }
    return capabilities;
}

} // namespace

toolkit::ListRequest listRequestOf(const Arguments& arguments) {
    constexpr std::string_view kKinds[] = {"device",     "libraries",   "binaries",
                                           "ipcs",       "firmware",    "compat32",
                                           "mig-config", "mig-monitor", "imex-channel"};
    auto capabilities = capabilitiesOf(arguments);
    if (std::ranges::none_of(kKinds, [&](std::string_view kind) { return arguments.has(kind); })) {
        return toolkit::everything(std::move(capabilities));
    }
    toolkit::ListRequest request;
    request.devices = itemsOf(arguments, "device");
    request.migConfig = arguments.has("mig-config");
    request.migMonitor = arguments.has("mig-monitor");
    request.imexChannels = itemsOf(arguments, "imex-channel");
    request.binaries = arguments.has("binaries");
    request.libraries = arguments.has("libraries");
    request.compat32 = arguments.has("compat32");
    request.ipcs = arguments.has("ipcs");
    request.firmware = arguments.has("firmware");
    request.capabilities = std::move(capabilities);
    return request;
}

} // namespace driverctl
