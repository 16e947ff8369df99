#include "driverctl/report/containers/cdi_list.h"

#include "driverctl/report/print.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace driverctl {

using Json = nlohmann::ordered_json;
using toolkit::cdi::CdiDevice;
using toolkit::cdi::CdiFile;
using toolkit::cdi::DeviceState;

namespace {

const char* wordOf(DeviceState state) {
    switch (state) {
    case DeviceState::Usable:
        return "usable";
    case DeviceState::Hidden:
        return "hidden";
    case DeviceState::Ambiguous:
        break;
    }
    return "ambiguous";
}

std::string explained(const CdiDevice& device) {
    switch (device.state) {
    case DeviceState::Usable:
        return "";
    case DeviceState::Hidden:
        return "hidden by " + device.other.string();
    case DeviceState::Ambiguous:
        break;
    }
    return "unresolvable: it is in " + device.other.string() + " as well";
}

std::string textOf(const CdiFile& file) {
    std::string text;
    for (const auto& problem : file.problems) {
        text += line("{}: dropped: {}\n", file.path.string(), problem);
    }
    for (const auto& part : file.stale) {
        text += line("{}: stale: {}\n", file.path.string(), part);
    }
    return text;
}

} // namespace

Json toJson(const CdiList& list) {
    Json devices = Json::array();
    for (const auto& device : list.listing.devices) {
        devices.push_back({{"name", device.name},
                           {"file", device.file.string()},
                           {"state", wordOf(device.state)},
                           {"other", device.other.string()}});
    }
    Json files = Json::array();
    for (const auto& file : list.listing.files) {
        files.push_back(
            {{"file", file.path.string()}, {"problems", file.problems}, {"stale", file.stale}});
    }
    return {{"devices", devices}, {"files", files}};
}

std::string toText(const CdiList& list) {
    constexpr const char* kRow = "{:<{}} {}{}\n";
    std::size_t width = 44;
    for (const auto& device : list.listing.devices) {
        width = std::max(width, device.name.size());
    }
    std::string text = line(kRow, "DEVICE", width, "FILE", "");
    for (const auto& device : list.listing.devices) {
        const auto why = explained(device);
        text += line(kRow, device.name, width, device.file.string(),
                     why.empty() ? why : fmt::format(" ({})", why));
    }
    for (const auto& file : list.listing.files) {
        text += textOf(file);
    }
    return text;
}

} // namespace driverctl
