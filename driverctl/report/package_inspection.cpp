#include "driverctl/report/package_inspection.h"

#include "driverctl/report/print.h"
#include "host/base/json.h"

#include <nlohmann/json.hpp>

namespace driverctl {

using Json = nlohmann::ordered_json;

Json toJson(const PackageInspection& inspection) {
    Json json = toJson(inspection.package);
    json["signed_by"] = inspection.signedBy;
    json["manifest"] = host::parseStrictInOrder(toJson(inspection.manifest));
    return json;
}

std::string toText(const PackageInspection& inspection) {
    const auto& manifest = inspection.manifest;
    std::string text;
    const Json about = toJson(inspection.package);
    for (const auto& [key, value] : about.items()) {
        text +=
            line("{:<13} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    text += line("{:<13} {}\n{:<13} {}\n{:<13} {}\n", "compiler", manifest.compiler, "linker",
                 manifest.linker, "built_by", manifest.builtBy);
    for (const std::string& key : inspection.signedBy) {
        text += line("signed_by     {}\n", key);
    }
    for (const auto& [name, digest] : manifest.inputs) {
        text += line("input         {} {}\n", digest, name);
    }
    for (const auto& attachment : manifest.attachments) {
        text += line("attachment    {} {}\n", attachment.sha256, attachment.member);
    }
    for (const auto& module : manifest.modules) {
        text += line("module        {} {} ({} bytes, {})\n", module.sha256, module.name,
                     module.size, module.core ? "delta" : "whole");
    }
    return text;
}

} // namespace driverctl
