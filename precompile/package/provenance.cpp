#include "precompile/package/provenance.h"

#include "host/base/time.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace precompile {

namespace {

using nlohmann::ordered_json;

/// Names, behind which there is no address.
constexpr const char* kBuildType = "urn:driverctl:build:package:v1";
constexpr const char* kBuilder = "urn:driverctl:update";
constexpr std::size_t kSha256Digits = 64;

/// An in-toto ResourceDescriptor.
ordered_json resource(const std::string& name, const std::string& digest) {
    return {{"name", name},
            {"digest", {{digest.size() == kSha256Digits ? "sha256" : "sha512", digest}}}};
}

ordered_json resources(const std::map<std::string, std::string>& digests) {
    ordered_json list = ordered_json::array();
    for (const auto& [name, digest] : digests) {
        list.push_back(resource(name, digest));
    }
    return list;
}

ordered_json parametersOf(const Manifest& manifest) {
    ordered_json parameters = identityToJson(manifest.identity);
    parameters["source_date_epoch"] = manifest.builtAt;
    return parameters;
}

} // namespace

std::string provenanceOf(const Manifest& manifest,
                         const std::map<std::string, std::string>& objects) {
    ordered_json subjects = ordered_json::array();
    for (const ModuleEntry& module : manifest.modules) {
        subjects.push_back(resource(module.name + ".ko", module.sha256));
    }
    const ordered_json statement = {
        {"_type", "https://in-toto.io/Statement/v1"},
        {"subject", subjects},
        {"predicateType", "https://slsa.dev/provenance/v1"},
        {"predicate",
         {{"buildDefinition",
           {{"buildType", kBuildType},
            {"externalParameters", parametersOf(manifest)},
            {"internalParameters", {{"compiler", manifest.compiler}, {"linker", manifest.linker}}},
            {"resolvedDependencies", resources(manifest.inputs)}}},
          {"runDetails",
           {{"builder", {{"id", kBuilder}, {"version", {{"driverctl", manifest.builtBy}}}}},
            {"metadata", {{"startedOn", host::utcTime(manifest.builtAt)}}},
            {"byproducts", resources(objects)}}}}}};
    return statement.dump(2) + "\n";
}

} // namespace precompile
