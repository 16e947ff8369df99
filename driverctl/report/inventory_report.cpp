#include "driverctl/report/inventory_report.h"

#include "driverctl/report/print.h"
#include "toolkit/inventory/inventory_json.h"

#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;

/// "00000000:3B:00.0", as NVML writes an address.
std::string busLocationOf(const std::string& address) {
    constexpr std::size_t kDomain = 8;
    const std::size_t domain = address.find(':');
    std::string location = address;
    if (domain < kDomain) {
        location.insert(0, kDomain - domain, '0');
    }
    for (char& digit : location) {
        digit = static_cast<char>(digit >= 'a' && digit <= 'f' ? digit - 'a' + 'A' : digit);
    }
    return location;
}

std::string orUnknown(const std::string& text) {
    return text.empty() ? "unknown" : text;
}

} // namespace

Json toJson(const ListReport& report) {
    Json entries = Json::array();
    for (const toolkit::Listed& entry : report.entries) {
        entries.push_back({{"kind", toString(entry.kind)},
                           {"path", entry.path.string()},
                           {"host_path", entry.hostPath.string()}});
    }
    return {{"driver_root", report.driverRoot.string()},
            {"driver_version", report.driverVersion},
            {"entries", entries}};
}

std::string toText(const ListReport& report) {
    std::string text;
    for (const toolkit::Listed& entry : report.entries) {
        text += line("{}\n", (report.hostPaths ? entry.hostPath : entry.path).string());
    }
    return text;
}

Json toJson(const InfoReport& report) {
    const Json inventory = toolkit::toJson(report.inventory);
    Json json;
    for (const char* field : {"driver_root", "driver_version", "module_version", "cuda_version",
                              "source", "nvml_failure", "gpus"}) {
        json[field] = inventory.at(field);
    }
    return json;
}

std::string toText(const InfoReport& report) {
    const toolkit::Inventory& inventory = report.inventory;
    constexpr auto kLine = "{:<15} {}\n";
    std::string text =
        line(kLine, "NVRM version:",
             orUnknown(inventory.moduleVersion.empty() ? inventory.driverVersion
                                                       : inventory.moduleVersion)) +
        line(kLine, "CUDA version:", orUnknown(inventory.cudaVersion)) +
        line(kLine, "Driver root:", inventory.driverRoot.string()) +
        line(kLine, "Source:", inventory.source == gpu::Source::Nvml ? "NVML" : "/proc and /sys");
    for (const gpu::Gpu& gpu : inventory.gpus) {
        text +=
            line("\n{:<15} {}\n", "Device Index:", gpu.index) +
            line(kLine,
                 "Device Minor:", gpu.minor ? std::to_string(*gpu.minor) : std::string("unknown")) +
            line(kLine, "Model:", orUnknown(gpu.model)) +
            line(kLine, "Brand:", orUnknown(gpu.brand)) +
            line(kLine, "GPU UUID:", orUnknown(gpu.uuid)) +
            line(kLine, "Bus Location:", busLocationOf(gpu.address)) +
            line(kLine, "Architecture:", orUnknown(gpu.architecture));
        for (const gpu::MigDevice& mig : gpu.migs) {
            text +=
                line("{:<15} {}:{} {}\n", "MIG Device:", gpu.index, mig.index, orUnknown(mig.uuid));
        }
    }
    return text;
}

} // namespace driverctl
