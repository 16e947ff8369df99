#include "precompile/package/manifest.h"

#include "host/base/error.h"
#include "host/base/untrusted_json.h"
#include "host/crypto/digest.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace precompile {

namespace {

using nlohmann::json;
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

/// Reads fields with errors that name manifest and field.
class Reader {
  public:
    Reader(const json& object, std::string origin) : object_(object), origin_(std::move(origin)) {
        if (!object.is_object()) {
            fail("it is no object");
        }
    }

    template <typename Type>
    [[nodiscard]] Type get(const char* field) const {
        try {
            const json& value = object_.at(field);
            if constexpr (std::integral<Type>) {
                if (const auto number = host::integerIn<Type>(value)) {
                    return *number;
                }
            } else {
                return value.get<Type>();
            }
        } catch (const json::exception&) { // the same as a number that is none
        }
        fail(fmt::format("field '{}' is missing or of the wrong type", field));
    }

    template <typename Check>
    [[nodiscard]] std::string text(const char* field, const Check& isValid) const {
        auto value = get<std::string>(field);
        if (!isValid(value)) {
            fail(fmt::format("field '{}' has the invalid value '{}'", field, value));
        }
        return value;
    }

    [[nodiscard]] Reader child(const char* field) const {
        const auto found = object_.find(field);
        if (found == object_.end()) {
            fail(fmt::format("field '{}' is missing", field));
        }
        return {*found, fmt::format("{}.{}", origin_, field)};
    }

    [[noreturn]] void fail(const std::string& cause) const {
        throw host::Error(fmt::format("{}: the manifest is not valid: {}", origin_, cause));
    }

  private:
    const json& object_;
    std::string origin_;
};

std::optional<CoreReference> readCore(const Reader& module) {
    const Reader core = module.child("core");
    CoreReference reference;
    reference.object = core.text("object", isRelativeInside);
    reference.sha256 = core.text("sha256", isSha256);
    return reference;
}

ModuleEntry readModule(const Reader& reader) {
    ModuleEntry module;
    module.name = reader.text("name", isNamePart);
    module.member = reader.text("member", isNamePart);
    const std::string encoding = reader.get<std::string>("encoding");
    if (encoding != toString(Encoding::Zstd) && encoding != toString(Encoding::ZstdDelta)) {
        reader.fail(fmt::format("encoding '{}' is unknown", encoding));
    }
    if (encoding == toString(Encoding::ZstdDelta)) {
        module.encoding = Encoding::ZstdDelta;
        module.core = readCore(reader);
    }
    module.size = reader.get<std::uint64_t>("size");
    if (module.size == 0 || module.size > kLargestModule) {
        reader.fail(fmt::format("size {} of module {} is out of range", module.size, module.name));
    }
    module.sha256 = reader.text("sha256", isSha256);
    module.vermagic = reader.text("vermagic", isLine);
    module.sourceVersion = reader.text("srcversion", isLine);
    module.depends = reader.get<std::vector<std::string>>("depends");
    if (!std::ranges::all_of(module.depends, isNamePart)) {
        reader.fail(fmt::format("field 'depends' of module {} holds no module name", module.name));
    }
    return module;
}

AttachmentEntry readAttachment(const Reader& reader) {
    AttachmentEntry attachment;
    attachment.member = reader.text("member", isNamePart);
    attachment.size = reader.get<std::uint64_t>("size");
    if (attachment.size > kLargestAttachment) {
        reader.fail(fmt::format("size {} of attachment {} is out of range", attachment.size,
                                attachment.member));
    }
    attachment.sha256 = reader.text("sha256", isSha256);
    return attachment;
}

std::map<std::string, std::string> readInputs(const Reader& reader) {
    auto inputs = reader.get<std::map<std::string, std::string>>("inputs");
    for (const auto& [name, digest] : inputs) {
        if (!isLine(name) ||
            !(isSha256(digest) || host::isDigest(digest, host::DigestKind::Sha512))) {
            reader.fail("field 'inputs' holds something else than SHA-256 or SHA-512 by name");
        }
    }
    return inputs;
}

void requireDifferentNames(const Manifest& manifest, const Reader& reader) {
    std::set<std::string> names;
    std::set<std::string> members = {kManifestName, kSignatureName};
    const auto require = [&reader](std::set<std::string>& seen, const std::string& name) {
        if (!seen.insert(name).second) {
            reader.fail(fmt::format("two of its entries are named '{}'", name));
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

/// The list's entries; a list that is not there has none.
std::vector<json> listOf(const json& document, const char* field, const Reader& reader,
                         std::size_t most) {
    const auto entries =
        document.contains(field) ? reader.get<std::vector<json>>(field) : std::vector<json>{};
    if (entries.size() > most) {
        reader.fail(fmt::format("field '{}' has {} entries, at most {} are allowed", field,
                                entries.size(), most));
    }
    return entries;
}

json parse(const std::string& text, const std::string& origin) {
    try {
        return host::parseUntrusted(text);
    } catch (const host::Error& error) {
        throw host::Error(fmt::format("{}: the manifest is not valid: {}", origin, error.what()));
    }
}

PackageIdentity readIdentity(const Reader& reader) {
    const Reader os = reader.child("os");
    PackageIdentity identity;
    identity.target.osId = os.text("id", isNamePart);
    identity.target.osRelease = os.text("release", isNamePart);
    identity.target.architecture = reader.text("architecture", isNamePart);
    identity.target.kernel = reader.text("kernel", isNamePart);
    identity.driver = reader.text("driver", isNamePart);
    const auto flavour = reader.get<std::string>("flavour");
    if (flavour != toString(Flavour::Open) && flavour != toString(Flavour::Proprietary)) {
        reader.fail(fmt::format("flavour '{}' is unknown", flavour));
    }
    identity.flavour = flavourFromString(flavour);
    identity.tag =
        reader.text("tag", [](const std::string& tag) { return tag.empty() || isNamePart(tag); });
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
    const json document = parse(text, origin);
    const Reader reader(document, origin);
    if (const int format = reader.get<int>("format"); format != kFormat) {
        throw host::Error(fmt::format("{}: package format {} is not known, this driverctl reads {}",
                                      origin, format, kFormat),
                          "Use a newer driverctl, or build the package again.");
    }
    Manifest manifest;
    manifest.identity = readIdentity(reader);
    manifest.compiler = reader.text("compiler", isLine);
    manifest.linker = reader.text("linker", isLine);
    manifest.builtBy = reader.text("built_by", isLine);
    manifest.builtAt = reader.get<std::int64_t>("built_at");
    if (!isBuildTime(manifest.builtAt)) {
        reader.fail(fmt::format("built_at {} is out of range", manifest.builtAt));
    }
    manifest.inputs = readInputs(reader);
    const auto modules = listOf(document, "modules", reader, kMostModules);
    if (modules.empty()) {
        reader.fail("field 'modules' is missing or empty");
    }
    for (const json& module : modules) {
        manifest.modules.push_back(readModule({module, origin}));
    }
    for (const json& entry : listOf(document, "attachments", reader, kMostAttachments)) {
        manifest.attachments.push_back(readAttachment({entry, origin}));
    }
    requireDifferentNames(manifest, reader);
    return manifest;
}

} // namespace precompile
