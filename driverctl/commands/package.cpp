#include "driverctl/commands/package.h"

#include "driverctl/cli/node.h"
#include "driverctl/cli/signing_keys.h"
#include "driverctl/mkprecompiled.h"
#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/standard_output.h"
#include "host/crypto/digest.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/signature.h"

#include <algorithm>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Package;
using precompile::Store;

std::string timeText(std::int64_t seconds) {
    return fmt::format("{:%F %T}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// The document's text; a name that is no UTF-8 must not end the program.
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

/// Good is only what was compared as a whole: a delta without its core was not.
Json verifyOne(const Store::Verdict& listed, const precompile::Acceptance& acceptance, bool& good) {
    precompile::Examination result{.file = listed.file.string(), .problems = listed.reasons};
    if (listed.reasons.empty()) {
        try {
            result = examine(Package(listed.file), acceptance);
        } catch (const host::Error& problem) {
            result.problems = {problem.what()};
        }
    }
    if (const auto unchecked = result.unchecked(); !unchecked.empty()) {
        host::logWarning(unchecked);
        good = false;
    }
    good = good && result.reasons().empty();
    Json modules = Json::array();
    for (const auto& [name, state, reason] : result.modules) {
        modules.push_back({{"name", name}, {"state", toString(state)}, {"reason", reason}});
    }
    return {{"file", listed.file.string()},
            {"modules", modules},
            {"error", fmt::format("{}", fmt::join(result.problems, "; "))}};
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
        printDocument(Json{{"packages", places}});
        return;
    }
    for (const auto& file : files) {
        print("{}\n", file.string());
    }
}

/// The store's packages. What is none is one warning each.
std::vector<Package> packagesOf(const Options& options) {
    std::vector<Package> packages;
    for (auto& [file, reasons] : Store(options.store.directory).list()) {
        try {
            if (reasons.empty()) {
                packages.emplace_back(file);
            }
        } catch (const host::Error& error) { // it has just gone
            reasons = {error.what()};
        }
        if (!reasons.empty()) {
            host::logWarning(reasons.front());
        }
    }
    return packages;
}

/// What cannot be read stays, as if it were: nobody knows.
bool isLoaded(const std::filesystem::path& file, const std::string& loadedDigest) {
    try {
        return host::digestOfFile(file) == loadedDigest;
    } catch (const host::Error& error) {
        host::logWarning(error.what());
        return true;
    }
}

/// Of each operating system, architecture, driver and flavour all but the newest `keep`.
std::vector<std::filesystem::path> superfluous(const Options& options,
                                               const std::string& loadedDigest) {
    std::map<std::string, std::vector<Package>> groups;
    for (Package& package : packagesOf(options)) {
        const auto& identity = package.manifest().identity;
        groups[fmt::format("{} {} {} {}", identity.target.osId, identity.target.architecture,
                           identity.driver, toString(identity.flavour))]
            .push_back(std::move(package));
    }
    std::vector<std::filesystem::path> files;
    for (auto& [name, packages] : groups) {
        std::ranges::stable_sort(packages, [](const Package& left, const Package& right) {
            return left.manifest().builtAt > right.manifest().builtAt;
        });
        for (std::size_t i = options.store.keep; i < packages.size(); ++i) {
            if (!isLoaded(packages[i].file(), loadedDigest)) {
                files.push_back(packages[i].file());
            }
        }
    }
    return files;
}

} // namespace

ExitCode listPackages(const Options& options) {
    Json packages = Json::array();
    requireStore(options);
    for (const Package& package : packagesOf(options)) {
        try {
            packages.push_back(summary(package));
        } catch (const host::Error& error) { // it has just gone
            host::logWarning(error.what());
        }
    }
    if (options.command.json) {
        printDocument(Json{{"packages", packages}});
        return ExitCode::Done;
    }
    constexpr const char* kRow = "{:<14} {:<12} {:<24} {:<22} {:<10} {:>9} {}\n";
    print(kRow, "DRIVER", "FLAVOUR", "KERNEL", "RELEASE", "TAG", "SIZE", "BUILT (UTC)");
    for (const Json& package : packages) {
        print(kRow, package["driver"].get<std::string>(), package["flavour"].get<std::string>(),
              package["kernel"].get<std::string>(),
              package["os"].get<std::string>() + " " + package["release"].get<std::string>(),
              package["tag"].get<std::string>(), package["size"].get<std::uint64_t>(),
              timeText(package["built_at"].get<std::int64_t>()));
    }
    return ExitCode::Done;
}

ExitCode inspectPackage(const Options& options) {
    const Package package(options.arguments.packages.front());
    if (!options.arguments.show.empty()) {
        host::StandardOutput::printAsItIs(memberNamed(package, options.arguments.show));
        return ExitCode::Done;
    }
    const Json manifest = Json::parse(toJson(package.manifest()));
    if (options.command.json) {
        Json document = summary(package);
        document["signed_by"] = precompile::signersOf(package);
        document["manifest"] = manifest;
        printDocument(document);
        return ExitCode::Done;
    }
    const Json about = summary(package);
    for (const auto& [key, value] : about.items()) {
        print("{:<13} {}\n", key, plain(value));
    }
    print("{:<13} {}\n{:<13} {}\n{:<13} {}\n", "compiler", package.manifest().compiler, "linker",
          package.manifest().linker, "built_by", package.manifest().builtBy);
    for (const std::string& key : precompile::signersOf(package)) {
        print("signed_by     {}\n", key);
    }
    for (const auto& [name, digest] : package.manifest().inputs) {
        print("input         {} {}\n", digest, name);
    }
    for (const auto& attachment : package.manifest().attachments) {
        print("attachment    {} {}\n", attachment.sha256, attachment.member);
    }
    for (const auto& module : package.manifest().modules) {
        print("module        {} {} ({} bytes, {})\n", module.sha256, module.name, module.size,
              module.core ? "delta" : "whole");
    }
    return ExitCode::Done;
}

ExitCode verifyPackages(const Options& options) {
    bool good = true;
    Json results = Json::array();
    const auto acceptance = acceptanceOf(options);
    for (const auto& listed : chosenPackages(options)) {
        results.push_back(verifyOne(listed, acceptance, good));
    }
    if (options.command.json) {
        printDocument(Json{{"good", good}, {"packages", results}});
    } else {
        for (const Json& result : results) {
            const auto error = result["error"].get<std::string>();
            print("{}{}\n", result["file"].get<std::string>(), error.empty() ? "" : ": " + error);
            for (const Json& module : result["modules"]) {
                const auto reason = module["reason"].get<std::string>();
                print("  {:<10} {}{}\n", module["state"].get<std::string>(),
                      module["name"].get<std::string>(), reason.empty() ? "" : ": " + reason);
            }
        }
    }
    return good ? ExitCode::Done : ExitCode::VerificationFailed;
}

ExitCode signPackages(const Options& options) {
    if (options.signing.packageKey.empty()) {
        throw host::Error(host::Fault::Usage, "no key to sign with",
                          "Name one with --package-key.");
    }
    const host::PrivateKey key = loadKey(options.signing.packageKey);
    for (const std::string& file : options.arguments.packages) {
        precompile::signPackage(file, key);
    }
    return ExitCode::Done;
}

ExitCode diffPackages(const Options& options) {
    const Package left(options.arguments.packages.at(0));
    const Package right(options.arguments.packages.at(1));
    Json differences = Json::array();
    compare(Json::parse(toJson(left.manifest())), Json::parse(toJson(right.manifest())), "",
            differences);
    if (options.command.json) {
        printDocument(Json{{"differences", differences}});
    } else {
        for (const Json& difference : differences) {
            print("{}\n  - {}\n  + {}\n", difference["field"].get<std::string>(),
                  plain(difference["left"]), plain(difference["right"]));
        }
    }
    return differences.empty() ? ExitCode::Done : ExitCode::Differs;
}

ExitCode importPackages(const Options& options) {
    std::vector<std::filesystem::path> places;
    const auto acceptance = acceptanceOf(options);
    for (const std::string& file : options.arguments.packages) {
        if (isMkprecompiledFile(file)) {
            places.push_back(importMkprecompiled(options, file, identityOfRelease(options)));
            continue;
        }
        acceptPackage(Package(file), acceptance);
        places.push_back(Store(options.store.directory).add(file));
    }
    printPlaces(places, options.command.json);
    return ExitCode::Done;
}

ExitCode exportPackages(const Options& options) {
    if (options.arguments.output.empty()) {
        throw host::Error(host::Fault::Usage, "no directory to export to",
                          "Name one with --output.");
    }
    std::vector<std::filesystem::path> places;
    bool complete = true;
    for (const auto& [file, reasons] : chosenPackages(options)) {
        if (reasons.empty()) {
            places.push_back(Store(options.arguments.output).add(file));
        } else {
            host::logWarning(reasons.front());
            complete = false;
        }
    }
    printPlaces(places, options.command.json);
    return complete ? ExitCode::Done : ExitCode::VerificationFailed;
}

ExitCode prunePackages(const Options& options) {
    requireStore(options);
    const auto last = lastState(options);
    auto files = superfluous(options, last ? last->packageSha256 : "");
    const auto failed = std::erase_if(files, [&options](const auto& file) {
        std::error_code error;
        if (!options.arguments.dryRun) {
            std::filesystem::remove(file, error);
        }
        if (error) {
            host::logWarning(fmt::format("cannot remove {}: {}", file.string(), error.message()));
        }
        return static_cast<bool>(error);
    });
    for (const auto& file : files) {
        if (!options.command.json) {
            print("{} {}\n", options.arguments.dryRun ? "would remove" : "removed", file.string());
        }
    }
    if (options.command.json) {
        Json removed = Json::array();
        for (const auto& file : files) {
            removed.push_back(file.string());
        }
        printDocument(Json{{"dry_run", options.arguments.dryRun}, {"removed", removed}});
    }
    return failed == 0 ? ExitCode::Done : ExitCode::Failed;
}

} // namespace driverctl
