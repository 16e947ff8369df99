#include "loader/checks/flavour_choice.h"

#include "gpu/functions.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "host/base/text.h"
#include "precompile/package/driver_version.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace loader {

namespace {

using precompile::Flavour;

constexpr std::uint16_t kFirstTuring = 0x1e00;
constexpr std::uint16_t kFirstBlackwell = 0x2900;
constexpr int kOpenByDefault = 560;
constexpr int kLastBeforeTuring = 580;
/// First and last device number of each range.
constexpr std::pair<std::uint16_t, std::uint16_t> kSelfHosted[] = {
    {0x2340, 0x237f}, // Hopper
    {0x2940, 0x297f}, // Blackwell, also the next two
    {0x31a1, 0x31a1},
    {0x31c0, 0x31ff}};
constexpr std::size_t kLargestTable = 16 << 20;

std::uint16_t deviceNumber(const host::JsonValue& device) {
    const std::string text = device.text();
    const std::string digits = text.starts_with("0x") ? text.substr(2) : text;
    const auto number = host::toNumber<std::uint16_t>(digits, 16);
    if (!number) {
        device.fail(fmt::format("is no PCI device number: '{}'", text));
    }
    return *number;
}

SupportedGpus readTable(const host::JsonValue& document) {
    SupportedGpus table;
    bool namesProprietary = false;
    for (const auto& chip : document.at("chips").list()) {
        FlavourSupport support{.open = false, .proprietary = false};
        const auto features = chip.find("features");
        for (const std::string& feature :
             features ? features->texts() : std::vector<std::string>{}) {
            support.open |= feature == "kernelopen";
            support.proprietary |= feature == "gsp_proprietary_supported";
        }
        namesProprietary = namesProprietary || support.proprietary;
        support.proprietary |= !support.open;
        // One number stands for several boards: what any of them can do, the chip can do.
        const auto [entry, added] = table.try_emplace(deviceNumber(chip.at("devid")), support);
        entry->second.open |= support.open;
        entry->second.proprietary |= support.proprietary;
    }
    // Tables up to driver 555 do not have that feature: as for what is in no table, numbers decide.
    for (auto& [device, support] : table) {
        support.proprietary =
            support.proprietary || (!namesProprietary && device < kFirstBlackwell);
    }
    return table;
}

} // namespace

SupportedGpus readSupportedGpus(const std::string& driver, const std::filesystem::path& root) {
    const std::filesystem::path candidates[] = {
        fmt::format("usr/src/nvidia-{}/supported-gpus/supported-gpus.json", driver),
        "usr/share/nvidia/supported-gpus.json",
        "usr/share/nvidia/supported-gpus/supported-gpus.json",
        "usr/share/doc/nvidia-driver/supported-gpus.json",
        "usr/share/nvidia-driver-assistant/supported-gpus/supported-gpus.json"};
    for (const auto& candidate : candidates) {
        const auto text = host::readRegularFileIfExists(root / candidate, kLargestTable);
        if (text) {
            return readTable({*text,
                              {.refusal = (root / candidate).string() + " is damaged",
                               .remedy = "Take the file from NVIDIA's driver package again."}});
        }
    }
    return {};
}

FlavourSupport flavourSupport(std::uint16_t device, const SupportedGpus& table) {
    if (std::ranges::any_of(kSelfHosted, [device](const auto& range) {
            return range.first <= device && device <= range.second;
        })) {
        return {.open = true, .proprietary = false};
    }
    const auto known = table.find(device);
    if (known != table.end()) {
        return known->second;
    }
    return {.open = device >= kFirstTuring, .proprietary = device < kFirstBlackwell};
}

bool isRetired(std::uint16_t device, const std::string& driver) {
    return device < kFirstTuring && precompile::branchOf(driver) > kLastBeforeTuring;
}

bool workWith(const std::vector<host::PciFunction>& functions, const std::string& driver,
              Flavour flavour, const SupportedGpus& table) {
    return std::ranges::all_of(functions, [&](const host::PciFunction& function) {
        return !gpu::isGpu(function) || (!isRetired(function.device, driver) &&
                                         flavourSupport(function.device, table).has(flavour));
    });
}

FlavourChoice chooseFlavour(const std::vector<host::PciFunction>& functions,
                            const std::string& driver, const SupportedGpus& table) {
    for (const auto& function : functions) {
        const auto support = flavourSupport(function.device, table);
        if (gpu::isGpu(function) && support.open != support.proprietary) {
            const Flavour flavour = support.open ? Flavour::Open : Flavour::Proprietary;
            return {flavour,
                    fmt::format("GPU {} ({:04x}) works with the {} modules only", function.address,
                                function.device, precompile::toString(flavour))};
        }
    }
    const Flavour flavour =
        precompile::branchOf(driver) >= kOpenByDefault ? Flavour::Open : Flavour::Proprietary;
    return {flavour, fmt::format("the default of driver {}", driver.empty() ? "?" : driver)};
}

} // namespace loader
