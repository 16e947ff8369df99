#include "toolkit/inventory/selection.h"

#include "host/base/text.h"
#include "toolkit/inventory/once.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace toolkit {

namespace {

/// Domain, bus, device and function of a PCI address.
using Address = std::array<std::uint32_t, 4>;

std::optional<Address> addressOf(std::string_view text) {
    constexpr int kHexadecimal = 16;
    std::string parts(text);
    const auto dot = parts.rfind('.');
    if (std::ranges::count(parts, ':') != 2 || dot == std::string::npos) {
        return std::nullopt;
    }
    parts[dot] = ':';
    Address address{};
    auto number = address.begin();
    for (const auto& part : host::split(parts, ':')) {
        const auto read = host::toNumber<std::uint32_t>(part, kHexadecimal);
        if (!read || number == address.end()) {
            return std::nullopt;
        }
        *number++ = *read;
    }
    return address;
}

/// A UUID that nobody knows is nobody's name.
bool isUuid(const std::string& uuid, const std::string& name) {
    return !uuid.empty() && host::lower(uuid) == host::lower(name);
}

bool isNameOf(const gpu::Gpu& gpu, const std::string& name) {
    const auto address = addressOf(name);
    return host::toNumber<unsigned>(name) == gpu.index || isUuid(gpu.uuid, name) ||
           (address && address == addressOf(gpu.address));
}

bool isNameOf(const gpu::Gpu& gpu, const gpu::MigDevice& mig, const std::string& name) {
    const auto colon = name.find(':');
    return isUuid(mig.uuid, name) ||
           (colon != std::string::npos &&
            host::toNumber<unsigned>(name.substr(0, colon)) == gpu.index &&
            host::toNumber<unsigned>(name.substr(colon + 1)) == mig.index);
}

void selectAll(Selection& selection, const std::vector<gpu::Gpu>& gpus) {
    for (const gpu::Gpu& gpu : gpus) {
        if (!gpu.inMigMode) {
            addOnce(selection.gpus, &gpu);
        }
        for (const gpu::MigDevice& mig : gpu.migs) {
            addOnce(selection.migs, {&gpu, &mig});
        }
    }
}

bool selectOne(Selection& selection, const std::vector<gpu::Gpu>& gpus, const std::string& name) {
    for (const gpu::Gpu& gpu : gpus) {
        if (isNameOf(gpu, name)) {
            addOnce(selection.gpus, &gpu);
            return true;
        }
        for (const gpu::MigDevice& mig : gpu.migs) {
            if (isNameOf(gpu, mig, name)) {
                addOnce(selection.migs, {&gpu, &mig});
                return true;
            }
        }
    }
    return false;
}

std::string with(const std::string& name, const std::string& uuid) {
    return uuid.empty() ? name : fmt::format("{} ({})", name, uuid);
}

std::string listOf(const std::vector<gpu::Gpu>& gpus) {
    std::vector<std::string> names;
    for (const gpu::Gpu& gpu : gpus) {
        names.push_back(with(fmt::format("{}", gpu.index), gpu.uuid));
        for (const gpu::MigDevice& mig : gpu.migs) {
            names.push_back(with(fmt::format("{}:{}", gpu.index, mig.index), mig.uuid));
        }
    }
    return names.empty() ? "there is none at all"
                         : fmt::format("there are {}", fmt::join(names, ", "));
}

std::string remedyFor(const std::vector<gpu::Gpu>& gpus) {
    return std::ranges::all_of(gpus, [](const gpu::Gpu& gpu) { return !gpu.uuid.empty(); })
               ? "Name one that is there, or all."
               : "Name one that is there, or all; a UUID is known once the GPU has been opened.";
}

} // namespace

UnknownDevice::UnknownDevice(const std::vector<gpu::Gpu>& gpus, std::string device)
    : Error(fmt::format("there is no GPU or MIG device '{}': {}", device, listOf(gpus)),
            remedyFor(gpus)),
      device_(std::move(device)) {}

Selection select(const std::vector<gpu::Gpu>& gpus, const std::vector<std::string>& names) {
    Selection selection;
    for (const std::string& name : names) {
        if (name == "all") {
            selectAll(selection, gpus);
        } else if (name != "none" && !selectOne(selection, gpus, name)) {
            throw UnknownDevice(gpus, name);
        }
    }
    return selection;
}

} // namespace toolkit
