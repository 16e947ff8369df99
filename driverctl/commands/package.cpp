#include "driverctl/commands/package.h"

#include "driverctl/mkprecompiled.h"
#include "driverctl/node.h"
#include "driverctl/node_package.h"
#include "host/digest.h"
#include "host/error.h"
#include "host/file.h"
#include "host/log.h"
#include "host/standard_output.h"
#include "precompile/signature.h"
#include "precompile/verify.h"

#include <algorithm>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::ModuleVerdict;
using precompile::Package;
using precompile::Store;

std::string timeText(std::int64_t seconds) {
    return fmt::format("{:%F %T}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

Json summary(const Package& package) {
    Json document = {{"file", package.file().string()},
                     {"sha256", host::digestOfFile(package.file())},
                     {"size", host::fileSize(package.file())}};
    document.update(identityToJson(package.manifest().identity));
    document["built_at"] = package.manifest().builtAt;
    return document;
}

std::string memberNamed(const Package& package, const std::string& name) {
    return name == "manifest" ? package.manifestText()
                              : package.attachment(name == "sbom" ? precompile::kSbomName
                                                                  : precompile::kProvenanceName);
}

Json verifyOne(const std::filesystem::path& file, const Options& options, bool& good) {
    Json modules = Json::array();
    std::string error;
    try {
        const Package package(file);
        requireTrusted(options, package);
        for (const auto& verdict : precompile::verify(package, options.sourceDir)) {
            good = good && verdict.state != ModuleVerdict::State::Damaged;
            modules.push_back({{"name", verdict.name},
                               {"state", toString(verdict.state)},
                               {"reason", verdict.reason}});
        }
    } catch (const host::Error& problem) {
        error = problem.what();
        good = false;
    }
    return {{"file", file.string()}, {"modules", modules}, {"error", error}};
}

/// "inputs.gcc: a → b" for every value that differs, by its path in the manifest.
void compare(const Json& left, const Json& right, const std::string& path, Json& differences) {
    if (left.is_structured() && right.is_structured() && left.type() == right.type()) {
        const Json flatLeft = left.flatten();
        const Json flatRight = right.flatten();
        std::map<std::string, std::pair<Json, Json>> values;
        for (const auto& [key, value] : flatLeft.items()) {
            values[key].first = value;
        }
        for (const auto& [key, value] : flatRight.items()) {
            values[key].second = value;
        }
        for (const auto& [key, pair] : values) {
            if (pair.first != pair.second) {
                differences.push_back(
                    {{"field", path + key}, {"left", pair.first}, {"right", pair.second}});
            }
        }
    }
}

std::string plain(const Json& value) {
    return value.is_null()     ? "nothing"
           : value.is_string() ? value.get<std::string>()
                               : value.dump();
}

/// Where packages have been put.
void printPlaces(const std::vector<std::filesystem::path>& files, bool json) {
    if (json) {
        Json places = Json::array();
        for (const auto& file : files) {
            places.push_back(summary(Package(file)));
        }
        std::cout << Json{{"packages", places}}.dump(2) << '\n';
        return;
    }
    for (const auto& file : files) {
        std::cout << file.string() << '\n';
    }
}

/// Of each operating system, architecture, driver and flavour all but the newest `keep`.
std::vector<std::filesystem::path> superfluous(const Options& options,
                                               const std::string& loadedDigest) {
    std::map<std::string, std::vector<Package>> groups;
    for (const auto& verdict : Store(options.store).list()) {
        if (verdict.reasons.empty()) {
            Package package(verdict.file);
            const auto& identity = package.manifest().identity;
            groups[fmt::format("{} {} {} {}", identity.osId, identity.architecture, identity.driver,
                               toString(identity.flavour))]
                .push_back(std::move(package));
        }
    }
    std::vector<std::filesystem::path> files;
    for (auto& [name, packages] : groups) {
        std::ranges::stable_sort(packages, [](const Package& left, const Package& right) {
            return left.manifest().builtAt > right.manifest().builtAt;
        });
        for (std::size_t i = options.keep; i < packages.size(); ++i) {
            if (host::digestOfFile(packages[i].file()) != loadedDigest) {
                files.push_back(packages[i].file());
            }
        }
    }
    return files;
}

} // namespace

ExitCode listPackages(const Options& options) {
    Json packages = Json::array();
    for (const auto& verdict : Store(options.store).list()) {
        if (!verdict.reasons.empty()) {
            host::logWarning(verdict.reasons.front());
            continue;
        }
        packages.push_back(summary(Package(verdict.file)));
    }
    if (options.json) {
        std::cout << Json{{"packages", packages}}.dump(2) << '\n';
        return ExitCode::Done;
    }
    constexpr const char* kRow = "{:<14} {:<12} {:<24} {:<22} {:<10} {:>9} {}\n";
    std::cout << fmt::format(kRow, "DRIVER", "FLAVOUR", "KERNEL", "RELEASE", "TAG", "SIZE",
                             "BUILT (UTC)");
    for (const Json& package : packages) {
        std::cout << fmt::format(
            kRow, package["driver"].get<std::string>(), package["flavour"].get<std::string>(),
            package["kernel"].get<std::string>(),
            package["os"].get<std::string>() + " " + package["release"].get<std::string>(),
            package["tag"].get<std::string>(), package["size"].get<std::uint64_t>(),
            timeText(package["built_at"].get<std::int64_t>()));
    }
    return ExitCode::Done;
}

ExitCode inspectPackage(const Options& options) {
    const Package package(options.packages.front());
    if (!options.show.empty()) {
        host::StandardOutput::printAsItIs(memberNamed(package, options.show));
        return ExitCode::Done;
    }
    const Json manifest = Json::parse(toJson(package.manifest()));
    if (options.json) {
        Json document = summary(package);
        document["signed_by"] = precompile::signersOf(package);
        document["manifest"] = manifest;
        std::cout << document.dump(2) << '\n';
        return ExitCode::Done;
    }
    const Json about = summary(package);
    for (const auto& [key, value] : about.items()) {
        std::cout << fmt::format("{:<13} {}\n", key, plain(value));
    }
    std::cout << fmt::format("{:<13} {}\n{:<13} {}\n{:<13} {}\n", "compiler",
                             package.manifest().compiler, "linker", package.manifest().linker,
                             "built_by", package.manifest().builtBy);
    for (const std::string& key : precompile::signersOf(package)) {
        std::cout << fmt::format("signed_by     {}\n", key);
    }
    for (const auto& [name, digest] : package.manifest().inputs) {
        std::cout << fmt::format("input         {} {}\n", digest, name);
    }
    for (const auto& attachment : package.manifest().attachments) {
        std::cout << fmt::format("attachment    {} {}\n", attachment.sha256, attachment.member);
    }
    for (const auto& module : package.manifest().modules) {
        std::cout << fmt::format("module        {} {} ({} bytes, {})\n", module.sha256, module.name,
                                 module.size, module.core ? "delta" : "whole");
    }
    return ExitCode::Done;
}

ExitCode verifyPackages(const Options& options) {
    bool good = true;
    Json results = Json::array();
    for (const auto& file : chosenPackages(options)) {
        results.push_back(verifyOne(file, options, good));
    }
    if (options.json) {
        std::cout << Json{{"good", good}, {"packages", results}}.dump(2) << '\n';
    } else {
        for (const Json& result : results) {
            const auto error = result["error"].get<std::string>();
            std::cout << fmt::format("{}{}\n", result["file"].get<std::string>(),
                                     error.empty() ? "" : ": " + error);
            for (const Json& module : result["modules"]) {
                const auto reason = module["reason"].get<std::string>();
                std::cout << fmt::format("  {:<10} {}{}\n", module["state"].get<std::string>(),
                                         module["name"].get<std::string>(),
                                         reason.empty() ? "" : ": " + reason);
            }
        }
    }
    return good ? ExitCode::Done : ExitCode::VerificationFailed;
}

ExitCode signPackages(const Options& options) {
    if (options.packageKey.empty()) {
        throw host::Error(host::Fault::Usage, "no key to sign with",
                          "Name one with --package-key.");
    }
    const host::PrivateKey key(options.packageKey);
    for (const std::string& file : options.packages) {
        precompile::signPackage(file, key);
    }
    return ExitCode::Done;
}

ExitCode diffPackages(const Options& options) {
    const Package left(options.packages.at(0));
    const Package right(options.packages.at(1));
    Json differences = Json::array();
    compare(Json::parse(toJson(left.manifest())), Json::parse(toJson(right.manifest())), "",
            differences);
    if (options.json) {
        std::cout << Json{{"differences", differences}}.dump(2) << '\n';
    } else {
        for (const Json& difference : differences) {
            std::cout << fmt::format("{}\n  - {}\n  + {}\n", difference["field"].get<std::string>(),
                                     plain(difference["left"]), plain(difference["right"]));
        }
    }
    return differences.empty() ? ExitCode::Done : ExitCode::Differs;
}

ExitCode importPackages(const Options& options) {
    std::vector<std::filesystem::path> places;
    for (const std::string& file : options.packages) {
        if (isMkprecompiledFile(file)) {
            places.push_back(importMkprecompiled(options, file, identityOfRelease(options)));
            continue;
        }
        const Package package(file);
        requireTrusted(options, package);
        precompile::requireSound(package, options.sourceDir);
        places.push_back(Store(options.store).add(file));
    }
    printPlaces(places, options.json);
    return ExitCode::Done;
}

ExitCode exportPackages(const Options& options) {
    if (options.output.empty()) {
        throw host::Error(host::Fault::Usage, "no directory to export to",
                          "Name one with --output.");
    }
    std::vector<std::filesystem::path> places;
    for (const auto& file : chosenPackages(options)) {
        places.push_back(Store(options.output).add(file));
    }
    printPlaces(places, options.json);
    return ExitCode::Done;
}

ExitCode prunePackages(const Options& options) {
    const auto last = lastState(options);
    const auto files = superfluous(options, last ? last->packageSha256 : "");
    for (const auto& file : files) {
        if (!options.dryRun) {
            std::filesystem::remove(file);
        }
        if (!options.json) {
            std::cout << fmt::format("{} {}\n", options.dryRun ? "would remove" : "removed",
                                     file.string());
        }
    }
    if (options.json) {
        Json removed = Json::array();
        for (const auto& file : files) {
            removed.push_back(file.string());
        }
        std::cout << Json{{"dry_run", options.dryRun}, {"removed", removed}}.dump(2) << '\n';
    }
    return ExitCode::Done;
}

} // namespace driverctl
