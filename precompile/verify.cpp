#include "precompile/verify.h"

#include "host/archive.h"
#include "host/error.h"
#include "precompile/driver_source.h"

#include <fmt/format.h>
#include <optional>
#include <set>

namespace precompile {

namespace {

void requireMembers(const Package& package) {
    std::set<std::string> wanted = {kManifestName};
    for (const auto& module : package.manifest().modules) {
        wanted.insert(module.member);
    }
    for (const auto& attachment : package.manifest().attachments) {
        wanted.insert(attachment.member);
    }
    const auto refuse = [&](std::string_view what, const std::string& name) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("{} {} the member {}", package.file().string(), what, name),
                          "Build or fetch the package again.");
    };
    host::TarReader archive(package.file());
    while (const auto member = archive.next()) {
        if (wanted.erase(member->name) == 0 && member->name != kSignatureName) {
            refuse("has no use for", member->name);
        }
    }
    if (!wanted.empty()) {
        refuse("lacks", *wanted.begin());
    }
}

std::optional<DriverSource> sourceOf(const Package& package,
                                     const std::filesystem::path& sourceDirectory) {
    const auto& identity = package.manifest().identity;
    try {
        return findDriverSource(sourceDirectory, identity.driver, identity.flavour);
    } catch (const host::Error&) {
        return std::nullopt;
    }
}

} // namespace

std::string_view toString(ModuleVerdict::State state) {
    switch (state) {
    case ModuleVerdict::State::Good:
        return "good";
    case ModuleVerdict::State::Unchecked:
        return "unchecked";
    case ModuleVerdict::State::Damaged:
        return "damaged";
    }
    return "unknown";
}

std::vector<ModuleVerdict> verify(const Package& package,
                                  const std::filesystem::path& sourceDirectory) {
    requireMembers(package);
    for (const auto& attachment : package.manifest().attachments) {
        static_cast<void>(package.attachment(attachment.member));
    }
    const auto source = sourceOf(package, sourceDirectory);
    std::vector<ModuleVerdict> verdicts;
    for (const auto& module : package.manifest().modules) {
        ModuleVerdict verdict{.name = module.name};
        if (module.core && !source) {
            verdict.state = ModuleVerdict::State::Unchecked;
            verdict.reason =
                fmt::format("the sources of driver {} are not in {}",
                            package.manifest().identity.driver, sourceDirectory.string());
        } else {
            try {
                static_cast<void>(
                    package.restore(module, source ? source->directory : std::filesystem::path()));
            } catch (const host::Error& error) {
                verdict.state = ModuleVerdict::State::Damaged;
                verdict.reason = error.what();
            }
        }
        verdicts.push_back(std::move(verdict));
    }
    return verdicts;
}

void requireSound(const Package& package, const std::filesystem::path& sourceDirectory) {
    for (const auto& verdict : verify(package, sourceDirectory)) {
        if (verdict.state == ModuleVerdict::State::Damaged) {
            throw host::Error(host::Fault::Verification, verdict.reason,
                              "Build or fetch the package again.");
        }
    }
}

} // namespace precompile
