#include "precompile/package/manifest.h"

#include "host/base/error.h"
#include "host/base/json.h"
#include "host/crypto/digest.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace precompile {

namespace {

using nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::uint64_t kLargestModule = 256 << 20; ///< driver 535's nvidia.ko has 85 MiB
constexpr std::uint64_t kLargestAttachment = 4 << 20;
constexpr std::size_t kMostAttachments = 16;
constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kMostModules = 64;

bool isSha256(std::string_view text) {
    return host::isDigest(text);
}

/// What may be shown on a terminal as it is.
bool isLine(std::string_view text) {
    return text.size() <= kLongestLine && std::ranges::none_of(text, [](char character) {
               return std::iscntrl(static_cast<unsigned char>(character)) != 0;
           });
}

bool isRelativeInside(const std::filesystem::path& path) {
    return !path.empty() && path.is_relative() &&
           std::ranges::none_of(path, [](const auto& part) { return part == ".." || part == "."; });
}

std::string_view toString(Encoding encoding) {
    return encoding == Encoding::Zstd ? "zstd" : "zstd-delta";
}

using host::JsonValue;

CoreReference readCore(const JsonValue& core) {
    return {.object = core.at("object").text(isRelativeInside),
            .sha256 = core.at("sha256").text(isSha256)};
}

ModuleEntry readModule(const JsonValue& entry) {
    ModuleEntry module;
    module.name = entry.at("name").text(isNamePart);
    module.member = entry.at("member").text(isNamePart);
    const auto encoding = entry.at("encoding").text([](const std::string& name) {
        return name == toString(Encoding::Zstd) || name == toString(Encoding::ZstdDelta);
    });
    if (encoding == toString(Encoding::ZstdDelta)) {
        module.encoding = Encoding::ZstdDelta;
        module.core = readCore(entry.at("core"));
    }
    module.size = entry.at("size").integer<std::uint64_t>();
    if (module.size == 0 || module.size > kLargestModule) {
        entry.at("size").fail(fmt::format("is {}, which is out of range", module.size));
    }
    module.sha256 = entry.at("sha256").text(isSha256);
    module.vermagic = entry.at("vermagic").text(isLine);
    module.sourceVersion = entry.at("srcversion").text(isLine);
    for (const JsonValue& name : entry.at("depends").list()) {
        module.depends.push_back(name.text(isNamePart));
    }
    return module;
}

AttachmentEntry readAttachment(const JsonValue& entry) {
    AttachmentEntry attachment;
    attachment.member = entry.at("member").text(isNamePart);
    attachment.size = entry.at("size").integer<std::uint64_t>();
    if (attachment.size > kLargestAttachment) {
        entry.at("size").fail(fmt::format("is {}, which is out of range", attachment.size));
    }
    attachment.sha256 = entry.at("sha256").text(isSha256);
    return attachment;
}

std::map<std::string, std::string> readInputs(const JsonValue& entry) {
    std::map<std::string, std::string> inputs;
    for (const auto& [name, digest] : entry.fields()) {
        if (!isLine(name)) {
            entry.fail("has a name that is no line of text");
        }
        inputs[name] = digest.text([](const std::string& text) {
            return isSha256(text) || host::isDigest(text, host::DigestKind::Sha512);
        });
    }
    return inputs;
}

void requireDifferentNames(const Manifest& manifest, const JsonValue& document) {
    std::set<std::string> names;
    std::set<std::string> members = {kManifestName, kSignatureName};
    const auto require = [&document](std::set<std::string>& seen, const std::string& name) {
        if (!seen.insert(name).second) {
            document.fail(fmt::format("has two entries that are named '{}'", name));
        }
    };
    for (const ModuleEntry& module : manifest.modules) {
        require(names, module.name);
        require(members, module.member);
    }
    for (const AttachmentEntry& attachment : manifest.attachments) {
        require(members, attachment.member);
    }
}

PackageIdentity readIdentity(const JsonValue& document) {
    const JsonValue os = document.at("os");
    PackageIdentity identity;
    identity.target.osId = os.at("id").text(isNamePart);
    identity.target.osRelease = os.at("release").text(isNamePart);
    identity.target.architecture = document.at("architecture").text(isNamePart);
    identity.target.kernel = document.at("kernel").text(isNamePart);
    identity.driver = document.at("driver").text(isNamePart);
    identity.flavour =
        flavourFromString(document.at("flavour").text([](const std::string& flavour) {
            return flavour == toString(Flavour::Open) || flavour == toString(Flavour::Proprietary);
        }));
    identity.tag = document.at("tag").text(
        [](const std::string& tag) { return tag.empty() || isNamePart(tag); });
    return identity;
}

} // namespace

bool isBuildTime(std::int64_t seconds) {
    return seconds >= 0 && seconds <= kLatestBuildTime;
}

std::string toJson(const Manifest& manifest) {
    ordered_json modules = ordered_json::array();
    for (const ModuleEntry& module : manifest.modules) {
        ordered_json entry = {{"name", module.name},
                              {"member", module.member},
                              {"encoding", toString(module.encoding)},
                              {"size", module.size},
                              {"sha256", module.sha256},
                              {"vermagic", module.vermagic},
                              {"srcversion", module.sourceVersion},
                              {"depends", module.depends}};
        if (module.core) {
            entry["core"] = {{"object", module.core->object.string()},
                             {"sha256", module.core->sha256}};
        }
        modules.push_back(std::move(entry));
    }
    ordered_json attachments = ordered_json::array();
    for (const AttachmentEntry& attachment : manifest.attachments) {
        attachments.push_back({{"member", attachment.member},
                               {"size", attachment.size},
                               {"sha256", attachment.sha256}});
    }
    const PackageIdentity& identity = manifest.identity;
    const ordered_json document = {
        {"format", kFormat},
        {"os", {{"id", identity.target.osId}, {"release", identity.target.osRelease}}},
        {"architecture", identity.target.architecture},
        {"kernel", identity.target.kernel},
        {"driver", identity.driver},
        {"flavour", precompile::toString(identity.flavour)},
        {"tag", identity.tag},
        {"compiler", manifest.compiler},
        {"linker", manifest.linker},
        {"built_by", manifest.builtBy},
        {"built_at", manifest.builtAt},
        {"inputs", manifest.inputs},
        {"modules", modules},
        {"attachments", attachments},
    };
    return document.dump(2) + "\n";
}

Manifest manifestFromJson(const std::string& text, const std::string& origin) {
    const JsonValue document(text, {.refusal = origin + ": the manifest is not valid"});
    if (const int format = document.at("format").integer<int>(); format != kFormat) {
        throw host::Error(fmt::format("{}: package format {} is not known, this driverctl reads {}",
                                      origin, format, kFormat),
                          "Use a newer driverctl, or build the package again.");
    }
    Manifest manifest;
    manifest.identity = readIdentity(document);
    manifest.compiler = document.at("compiler").text(isLine);
    manifest.linker = document.at("linker").text(isLine);
    manifest.builtBy = document.at("built_by").text(isLine);
    manifest.builtAt = document.at("built_at").integer<std::int64_t>();
    if (!isBuildTime(manifest.builtAt)) {
        document.at("built_at").fail(fmt::format("is {}, which is no time", manifest.builtAt));
    }
    manifest.inputs = readInputs(document.at("inputs"));
    for (const JsonValue& module : document.at("modules").list(kMostModules)) {
        manifest.modules.push_back(readModule(module));
    }
    if (manifest.modules.empty()) {
        document.at("modules").fail("is empty");
    }
    if (const auto attachments = document.find("attachments")) {
        for (const JsonValue& entry : attachments->list(kMostAttachments)) {
            manifest.attachments.push_back(readAttachment(entry));
        }
    }
    requireDifferentNames(manifest, document);
    return manifest;
}

} // namespace precompile
