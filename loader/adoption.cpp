#include "loader/adoption.h"

#include "host/base/file.h"
#include "host/base/text.h"
#include "host/kernel/module.h"
#include "loader/module_parameters.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <sstream>
#include <string_view>

namespace loader {

namespace {

std::string unquoted(std::string text) {
    std::erase(text, '"');
    return text;
}

/// Booleans and numbers in one form: the kernel prints 1 as Y or 1, 0x10 as 16; what it takes for a
/// boolean is in kstrtobool().
std::string normalized(const std::string& text) {
    constexpr std::string_view kTrue[] = {"y", "yes", "t", "true", "on"};
    constexpr std::string_view kFalse[] = {"n", "no", "f", "false", "off"};
    const std::string plain = unquoted(text);
    const std::string small = host::lower(plain);
    if (std::ranges::find(kTrue, small) != std::end(kTrue)) {
        return "1";
    }
    if (std::ranges::find(kFalse, small) != std::end(kFalse)) {
        return "0";
    }
    const auto number = host::toNumberOfEitherBase<std::uint64_t>(plain);
    return number ? std::to_string(*number) : plain;
}

/// What nvidia itself says of its NVreg_ parameters, which have no file below /sys.
std::optional<std::string> registryValue(const std::string& parameter, const host::Roots& roots) {
    constexpr std::string_view kPrefix = "NVreg_";
    if (!parameter.starts_with(kPrefix)) {
        return std::nullopt;
    }
    const std::string name = parameter.substr(kPrefix.size()) + ":";
    std::istringstream lines(
        host::readFileIfExists(roots.proc / "driver/nvidia/params").value_or(""));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name)) {
            const auto value = line.find_first_not_of(' ', name.size());
            return value == std::string::npos ? "" : line.substr(value);
        }
    }
    return std::nullopt;
}

std::optional<std::string> liveValue(const std::string& module, const std::string& parameter,
                                     const host::Roots& roots) {
    const auto value =
        host::readLineIfExists(roots.sys / "module" / module / "parameters" / parameter);
    return value ? value : registryValue(parameter, roots);
}

std::string_view nameOf(std::string_view word) {
    return word.substr(0, word.find('='));
}

/// Of a parameter that is given more than once the kernel takes the last.
void compareParameters(const DriverModules::Module& module, const host::Roots& roots,
                       std::vector<std::string>& reasons) {
    const std::string name = host::kernelName(module.entry.name);
    const auto words = parameterWords(module.parameters);
    for (auto word = words.begin(); word != words.end(); ++word) {
        const std::string parameter(nameOf(*word));
        if (std::find_if(std::next(word), words.end(), [&](const std::string& later) {
                return nameOf(later) == parameter;
            }) != words.end()) {
            continue;
        }
        const std::string wanted = word->substr(std::min(word->size(), parameter.size() + 1));
        const auto live = liveValue(name, parameter, roots);
        if (live && normalized(*live) != normalized(wanted)) {
            reasons.push_back(fmt::format("{} is loaded with {}={}, wanted is {}", name, parameter,
                                          *live, wanted));
        }
    }
}

void compareModule(const DriverModules::Module& module, const std::string& driver,
                   const host::Roots& roots, std::vector<std::string>& reasons) {
    const std::string name = host::kernelName(module.entry.name);
    const auto loaded = host::loadedModule(name, roots.sys);
    if (!loaded) {
        reasons.push_back(fmt::format("{} is not loaded", name));
        return;
    }
    if (!loaded->version.empty() && loaded->version != driver) {
        reasons.push_back(
            fmt::format("{} is loaded in version {}, wanted is {}", name, loaded->version, driver));
    } else if (!module.entry.sourceVersion.empty() &&
               loaded->sourceVersion != module.entry.sourceVersion) {
        reasons.push_back(
            fmt::format("{} is loaded from other sources: srcversion {}, wanted is {}", name,
                        loaded->sourceVersion, module.entry.sourceVersion));
    }
    compareParameters(module, roots, reasons);
}

void compareRecord(const WantedDriver& wanted, const NodeState& last,
                   std::vector<std::string>& reasons) {
    if (last.packageSha256 != wanted.packageSha256) {
        reasons.push_back(fmt::format("it was loaded from another package: {}", last.package));
    }
    if (last.configDigest != wanted.configDigest) {
        reasons.push_back(fmt::format("the configuration's digest was '{}', wanted is '{}'",
                                      last.configDigest, wanted.configDigest));
    }
    for (const auto& module : wanted.modules) {
        const auto before =
            std::ranges::find(last.modules, module.entry.name, &NodeState::Module::name);
        if (before != last.modules.end() && before->parameters != module.parameters) {
            reasons.push_back(fmt::format("{} was loaded with the parameters '{}', wanted is '{}'",
                                          module.entry.name, before->parameters,
                                          module.parameters));
        }
    }
}

/// True when the record describes modules that it saw loaded, not a plan that was cut short.
bool describesLoadedModules(const NodeState& state) {
    return state.phase != Phase::Starting || state.adopted ||
           std::ranges::any_of(state.steps, [](const NodeState::Step& step) {
               return step.name == kLoadStep && step.result == "done";
           });
}

} // namespace

std::vector<std::string> reasonsToReload(const WantedDriver& wanted,
                                         const std::optional<NodeState>& last,
                                         const host::Roots& roots) {
    std::vector<std::string> reasons;
    if (!last || last->bootId != host::bootId(roots.proc) || !describesLoadedModules(*last)) {
        reasons.emplace_back("nothing is known of how the loaded driver was loaded");
    } else {
        compareRecord(wanted, *last, reasons);
    }
    for (const auto& module : wanted.modules) {
        compareModule(module, wanted.driver, roots, reasons);
    }
    return reasons;
}

} // namespace loader
