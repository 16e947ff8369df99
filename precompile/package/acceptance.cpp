#include "precompile/package/acceptance.h"

#include "host/archive/archive.h"
#include "host/base/error.h"
#include "precompile/package/content.h"
#include "precompile/package/module_demands.h"
#include "precompile/package/signature.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace precompile {

namespace {

using State = ModuleVerdict::State;

void requireUnpatched(const Package& package) {
    for (const auto& [input, digest] : package.manifest().inputs) {
        if (input.starts_with(kPatchInput)) {
            const std::string patch = input.substr(std::string_view(kPatchInput).size());
            throw host::Error(
                host::Fault::Verification,
                fmt::format("{} was compiled of patched sources ({})", package.file().string(),
                            patch),
                "Build it anew with {command:update no-patches}, or leave out {no-patches}.");
        }
    }
}

/// Also where nobody has to have signed: damaged signatures are damage.
void requireSignatures(const Package& package, const Acceptance& acceptance) {
    requireWelcome(package, acceptance);
    if (acceptance.trusted.empty()) {
        static_cast<void>(signersOf(package));
    }
}

/// The driver's sources, or why they are not to be had.
struct Sources {
    Sources(const Package& package, const DriverSources& sources) {
        const auto& identity = package.manifest().identity;
        try {
            directory = sources(identity.driver, identity.flavour).directory;
        } catch (const host::Error& error) {
            problem = error.what();
        }
    }
    /// Why the module's core cannot be read; empty: it can, or it needs none.
    [[nodiscard]] std::string missingFor(const ModuleEntry& module) const {
        if (!module.core || !problem.empty()) {
            return module.core ? problem : "";
        }
        try {
            host::openFile(directory / module.core->object, O_RDONLY);
            return "";
        } catch (const host::Error& error) {
            return error.what();
        }
    }
    std::filesystem::path directory = {};
    std::string problem = {};
};

/// Nothing when its bytes are none of a kernel module.
std::optional<ModuleFile> inspectRestored(const host::Fd& restored, const std::string& name) {
    try {
        return inspectModule(restored.procPath(), name);
    } catch (const host::Error&) { // names a descriptor
        return std::nullopt;
    }
}

/// Adds what the module is to `files` when it could be restored.
ModuleVerdict examineModule(const Package& package, const ModuleEntry& module,
                            const Sources& sources, const Acceptance& acceptance,
                            std::vector<ModuleFile>& files) {
    if (const std::string missing = sources.missingFor(module); !missing.empty()) {
        return {module.name, acceptance.modulesSignedBy ? State::Damaged : State::Unchecked,
                missing};
    }
    try {
        const host::Fd restored = package.restore(module, sources.directory);
        if (acceptance.modulesSignedBy &&
            host::moduleSignature(restored, module.name) != acceptance.modulesSignedBy) {
            return {
                module.name, State::Damaged,
                fmt::format("module {} is not signed with the key that is asked for", module.name)};
        }
        auto file = inspectRestored(restored, module.name);
        if (!file) {
            return {module.name, State::Unfit,
                    fmt::format("{} of {} is no kernel module, or a damaged one", module.name,
                                package.file().string())};
        }
        files.push_back(std::move(*file));
    } catch (const host::Error& error) {
        return {module.name, State::Damaged, error.what()};
    }
    return {.name = module.name};
}

/// Whether those that could be read are what the manifest says, and go together.
void judge(const Package& package, const std::vector<ModuleFile>& files,
           std::vector<ModuleVerdict>& verdicts) {
    const PackageIdentity& identity = package.manifest().identity;
    const auto problems = problemsOf(files, {.driver = identity.driver,
                                             .kernel = {.release = identity.target.kernel},
                                             .complete = files.size() == verdicts.size()});
    for (ModuleVerdict& verdict : verdicts) {
        std::vector<std::string> texts;
        for (const ModuleProblem& problem : problems) {
            if (problem.module == verdict.name) {
                texts.push_back(problem.text);
            }
        }
        if (!texts.empty()) {
            verdict = {verdict.name, State::Unfit,
                       fmt::format("module {} of {} is not fit for {}: {}", verdict.name,
                                   package.file().string(), identity.describe(),
                                   fmt::join(texts, "; "))};
        }
    }
}

} // namespace

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
    readingContent("", "Build or fetch the package again.", [&] {
        host::TarReader archive(package.file());
        while (const auto member = archive.next()) {
            if (wanted.erase(member->name) == 0 && member->name != kSignatureName) {
                refuse("has no use for", member->name);
            }
        }
        if (!wanted.empty()) {
            refuse("lacks", *wanted.begin());
        }
    });
}

Acceptance acceptanceFor(DriverSources sources, const std::vector<std::string>& trust) {
    Acceptance acceptance{.sources = std::move(sources)};
    for (const std::string& file : trust) {
        for (host::PublicKey& key : host::readPublicKeys(file)) {
            acceptance.trusted.push_back(std::move(key));
        }
    }
    return acceptance;
}

std::string_view toString(State state) {
    switch (state) {
    case State::Good:
        return "good";
    case State::Unchecked:
        return "unchecked";
    case State::Damaged:
        return "damaged";
    case State::Unfit:
        return "unfit";
    }
    return "unknown";
}

std::vector<std::string> Examination::reasons() const {
    std::vector<std::string> all = problems;
    for (const ModuleVerdict& module : modules) {
        if (module.state == State::Damaged || module.state == State::Unfit) {
            all.push_back(module.reason);
        }
    }
    return all;
}

std::string Examination::unchecked() const {
    const auto isUnchecked = [](const ModuleVerdict& module) {
        return module.state == State::Unchecked;
    };
    const auto first = std::ranges::find_if(modules, isUnchecked);
    return first == modules.end()
               ? ""
               : fmt::format("{} of {} modules of {} were not compared with their SHA-256: {}",
                             std::ranges::count_if(modules, isUnchecked), modules.size(), file,
                             first->reason);
}

Examination examine(const Package& package, const Acceptance& acceptance) {
    Examination result{.file = package.file().string()};
    const auto isGood = [&result](const auto& check) {
        try {
            check();
            return true;
        } catch (const host::Error& error) {
            result.problems.emplace_back(error.what());
            return false;
        }
    };
    if (!isGood([&] { requireSignatures(package, acceptance); }) ||
        !isGood([&] { requireMembers(package); })) {
        return result;
    }
    for (const auto& attachment : package.manifest().attachments) {
        isGood([&] { static_cast<void>(package.attachment(attachment.member)); });
    }
    const Sources sources(package, acceptance.sources);
    std::vector<ModuleFile> files;
    for (const auto& module : package.manifest().modules) {
        result.modules.push_back(examineModule(package, module, sources, acceptance, files));
    }
    judge(package, files, result.modules);
    return result;
}

Examination examine(const Store::Verdict& listed, const Acceptance& acceptance) {
    if (!listed.reasons.empty()) {
        return {.file = listed.file.string(), .problems = listed.reasons};
    }
    try {
        return examine(Package(listed.file), acceptance);
    } catch (const host::Error& problem) {
        return {.file = listed.file.string(), .problems = {problem.what()}};
    }
}

void requireAcceptable(const Package& package, const Acceptance& acceptance,
                       const host::Observer& observer) {
    const Examination result = examine(package, acceptance);
    if (const auto reasons = result.reasons(); !reasons.empty()) {
        throw host::Error(host::Fault::Verification, fmt::format("{}", fmt::join(reasons, "; ")),
                          "Build, sign or fetch the package again.");
    }
    if (const auto unchecked = result.unchecked(); !unchecked.empty()) {
        observer.warn(unchecked);
    }
}

void requireWelcome(const Package& package, const Acceptance& acceptance) {
    if (!acceptance.trusted.empty()) {
        requireTrusted(package, acceptance.trusted);
    }
    if (!acceptance.mayBePatched) {
        requireUnpatched(package);
    }
}

std::optional<std::filesystem::path> findAcceptable(const Store& store,
                                                    const PackageIdentity& wanted,
                                                    const Acceptance& acceptance,
                                                    const host::Observer& observer) {
    const auto file = store.find(wanted).file;
    if (!file) {
        return std::nullopt;
    }
    try {
        requireAcceptable(Package(*file), acceptance, observer);
        return file;
    } catch (const host::Error& error) {
        observer.warn(
            fmt::format("{} is not usable and will be replaced: {}", file->string(), error.what()));
        return std::nullopt;
    }
}

} // namespace precompile
