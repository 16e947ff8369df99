#include "toolkit/bundle/node_supply.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "toolkit/edits/hook_name.h"
#include "toolkit/inventory/collect.h"
#include "toolkit/inventory/inventory_json.h"

#include <fmt/format.h>
#include <optional>
#include <sys/stat.h>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

constexpr std::size_t kLargestConfig = 1 << 20; // NVIDIA's own has 1 KiB

/// What init left, where it still holds.
std::optional<Inventory> inventoryOfInit(const host::Roots& roots) {
    try {
        auto inventory = readInventory(inventoryFile(roots.run / "nvidia"));
        return inventory && isOfThisBoot(*inventory, roots) ? inventory : std::nullopt;
    } catch (const host::Error&) {
        return std::nullopt; // of another version, or not readable for this user
    }
}

/// Of the program, or the one that a link of /proc leads to.
fs::path folderOf(const fs::path& self) {
    std::error_code isNoLink;
    const auto program = fs::read_symlink(self, isNoLink);
    return (isNoLink ? self : program).parent_path();
}

HostNode lookUpNode(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        host::throwErrno("find the device node", path.string());
    }
    return hostNodeOf(status);
}

} // namespace

ParsedToolkitConfig readToolkitConfig(std::map<std::string, std::string> environment,
                                      const fs::path& named, const fs::path& self) {
    constexpr const char* kConfigHome = "XDG_CONFIG_HOME";
    std::error_code missing;
    const auto installed = folderOf(self) / ".config";
    if (fs::exists(toolkitConfigFile({{kConfigHome, installed}}), missing)) {
        environment[kConfigHome] = installed;
    } else if (!fs::exists(toolkitConfigFile(environment), missing)) {
        environment.erase(kConfigHome); // podman 5 sets it for each user: then /etc's counts
    }
    const auto file = named.empty() ? toolkitConfigFile(environment) : named;
    const auto text = named.empty() ? host::readFileIfExists(file, kLargestConfig)
                                    : host::readFile(file, kLargestConfig);
    // Not host::homeDirectory(): the hook and the shim are statically linked.
    const std::string home = environment["HOME"];
    return text ? parseToolkitConfig(*text, file.string(), home.empty() ? "/root" : home)
                : ParsedToolkitConfig();
}

Inventory inventoryOf(const ToolkitConfig& config, const host::Roots& roots) {
    if (auto inventory = inventoryOfInit(roots)) {
        return *std::move(inventory);
    }
    return collect({.driverRoot = config.containerCli.root}, roots);
}

fs::path findHookProgram(const host::Roots& roots, const fs::path& self) {
    const fs::path places[] = {folderOf(self), roots.run / "nvidia/driver/usr/bin",
                               roots.root / "usr/bin"};
    for (const fs::path& place : places) {
        std::error_code missing;
        if (const fs::path program = place / kHookName; fs::is_regular_file(program, missing)) {
            return program;
        }
    }
    throw host::Error(fmt::format("{} is in none of {}, {} and {}", kHookName, places[0].string(),
                                  places[1].string(), places[2].string()),
                      "Install it beside this program.");
}

NodeSupply supplyOf(const ToolkitConfig& config, const host::Roots& roots) {
    return {.config = config,
            .inventory = [=] { return inventoryOf(config, roots); },
            .hookProgram = [=] { return findHookProgram(roots); },
            .lookup = lookUpNode};
}

} // namespace toolkit
