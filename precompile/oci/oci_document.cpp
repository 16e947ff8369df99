#include "precompile/oci/oci_document.h"

#include "host/base/error.h"
#include "host/base/json.h"
#include "host/base/time.h"
#include "precompile/oci/oci_digest.h"
#include "precompile/oci/oci_layout.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace precompile {

namespace {

constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayerType = "application/vnd.oci.image.layer.v1.tar";
constexpr std::size_t kDeepestIndex = 2;

[[noreturn]] void damaged(const std::string& what) {
    throw host::Error(host::Fault::Verification, what, "Make or fetch the image again.");
}

[[noreturn]] void unfit(const std::string& what, const std::string& remedy) {
    throw host::Error(host::Fault::Usage, what, remedy);
}

/// Runs `body`; what JSON lacks there is damage of the document.
template <typename Body>
auto within(const std::string& document, Body&& body) {
    try {
        return body();
    } catch (const OrderedJson::exception& error) {
        damaged(
            fmt::format("{} does not have the form that it should: {}", document, error.what()));
    }
}

OrderedJson parse(const std::string& document, const std::string& text) {
    try {
        return host::parseStrictInOrder(text);
    } catch (const host::Error& error) {
        damaged(
            fmt::format("{} does not have the form that it should: {}", document, error.what()));
    }
}

/// What a descriptor points to, checked against it.
OrderedJson follow(const std::filesystem::path& image, const OrderedJson& descriptor) {
    const auto digest = descriptor.at("digest").get<std::string>();
    const auto text = readLayoutFile(image, blobName(digest));
    if (!text) {
        damaged(fmt::format("the blob {} is missing", digest));
    }
    if (host::integerIn<std::uint64_t>(descriptor.at("size")) != text->size() ||
        ociDigest(*text) != digest) {
        damaged(
            fmt::format("the blob {} does not have the size and digest that it should", digest));
    }
    return parse("the blob " + digest, *text);
}

/// An annotation of an index's entry, or nothing.
std::string annotation(const OrderedJson& entry, const char* key) {
    return entry.value("annotations", OrderedJson::object()).value(key, "");
}

/// Names as podman, buildah and skopeo write them, and as Docker and containerd do.
std::set<std::string> namesOf(const OrderedJson& entry) {
    std::set<std::string> names = {annotation(entry, "org.opencontainers.image.ref.name"),
                                   annotation(entry, "io.containerd.image.name")};
    names.erase("");
    return names;
}

std::string architectureInOci(const std::string& architecture) {
    return architecture == "x86_64" ? "amd64" : architecture == "aarch64" ? "arm64" : architecture;
}

bool isFor(const OrderedJson& entry, const std::string& architecture) {
    const auto platform = entry.value("platform", OrderedJson::object());
    return platform.value("architecture", "") == architecture &&
           platform.value("os", "") == "linux";
}

/// The entry of the index that is meant: by name, then, among several, by architecture.
std::size_t chooseEntry(const OrderedJson& index, const std::string& reference,
                        const std::string& architecture) {
    std::vector<std::size_t> found;
    std::set<std::string> names;
    const auto& entries = index.at("manifests");
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto own = namesOf(entries.at(i));
        names.insert(own.begin(), own.end());
        if (reference.empty() || own.contains(reference)) {
            found.push_back(i);
        }
    }
    if (found.size() > 1) {
        std::erase_if(found, [&](std::size_t i) {
            return entries.at(i).contains("platform") && !isFor(entries.at(i), architecture);
        });
    }
    if (found.size() == 1) {
        return found.front();
    }
    const std::string known =
        names.empty() ? "they have no names" : fmt::format("named {}", fmt::join(names, ", "));
    if (found.empty()) {
        unfit(fmt::format("none of {} images ({}) is {} for {}", entries.size(), known,
                          reference.empty() ? "one" : "'" + reference + "'", architecture),
              "Name one that is there with {reference}, and packages of its architecture.");
    }
    unfit(fmt::format("{} images ({}) could be meant", found.size(), known),
          "Name one with {reference}.");
}

void requireKind(const OrderedJson& descriptor, const std::string& wanted,
                 const std::string& noun) {
    const auto type = descriptor.at("mediaType").get<std::string>();
    if (type != wanted) {
        unfit(fmt::format("{} has the type {}, not {}", noun, type, wanted),
              "Convert the image: skopeo copy --format oci SOURCE oci-archive:FILE, or podman save "
              "--format oci-archive.");
    }
}

void requireConfig(const ImageDocuments& documents, const std::string& architecture) {
    const auto& config = documents.config;
    if (config.at("architecture") != architecture || config.at("os") != "linux") {
        unfit(fmt::format("the image is for {} {}, the packages are for linux {}",
                          config.at("os").get<std::string>(),
                          config.at("architecture").get<std::string>(), architecture),
              "Name the image, or packages, of the right architecture.");
    }
    if (config.at("rootfs").at("diff_ids").size() != documents.manifest.at("layers").size()) {
        damaged("the configuration and the manifest have different numbers of layers");
    }
}

void addBlob(std::map<std::string, std::uint64_t>& blobs, const OrderedJson& descriptor) {
    const auto size = host::integerIn<std::uint64_t>(descriptor.at("size"));
    const std::string name = blobName(descriptor.at("digest").get<std::string>());
    if (!size) {
        damaged(fmt::format("the size of {} is no number of bytes", name));
    }
    blobs[name] = *size;
}

/// Lets the descriptor point to the text.
void pointTo(OrderedJson& descriptor, const std::string& text) {
    descriptor["digest"] = ociDigest(text);
    descriptor["size"] = text.size();
    descriptor.erase("data"); // a copy of what it pointed to
}

} // namespace

ImageDocuments findImage(const std::filesystem::path& image, const std::string& reference,
                         const std::string& architecture) {
    const std::string wanted = architectureInOci(architecture);
    ImageDocuments found;
    const auto text = readLayoutFile(image, kIndexFile);
    if (!text) {
        damaged("there is no index.json");
    }
    OrderedJson document = parse(kIndexFile, *text);
    const auto descend = [&](const std::string& name) -> OrderedJson {
        const std::size_t entry = chooseEntry(document, name, wanted);
        const OrderedJson descriptor = document.at("manifests").at(entry);
        found.indexes.push_back({std::move(document), entry});
        addBlob(found.blobs, descriptor);
        return descriptor;
    };
    OrderedJson descriptor = within(kIndexFile, [&] { return descend(reference); });
    while (within("an index", [&] { return descriptor.at("mediaType") == kIndexType; })) {
        if (found.indexes.size() >= kDeepestIndex) {
            damaged("an index of platforms leads to another one");
        }
        document = within(kIndexFile, [&] { return follow(image, descriptor); });
        descriptor = within("the index of platforms", [&] { return descend(""); });
    }
    within("the manifest", [&] {
        requireKind(descriptor, kManifestType, "the manifest");
        found.manifest = follow(image, descriptor);
        const auto& config = found.manifest.at("config");
        requireKind(config, kConfigType, "the configuration");
        found.config = follow(image, config);
        addBlob(found.blobs, config);
        for (const auto& layer : found.manifest.at("layers")) {
            addBlob(found.blobs, layer);
        }
    });
    within("the configuration", [&] { requireConfig(found, wanted); });
    return found;
}

bool hasLayer(const ImageDocuments& documents, const std::string& digest) {
    return std::ranges::any_of(documents.manifest.at("layers"),
                               [&](const auto& layer) { return layer.at("digest") == digest; });
}

std::string manifestDigest(const ImageDocuments& documents) {
    const auto& last = documents.indexes.back();
    return last.document.at("manifests").at(last.entry).at("digest").get<std::string>();
}

NewDocuments withLayer(ImageDocuments documents, const NewLayer& layer) {
    return within("the image", [&] {
        NewDocuments result;
        documents.config["created"] = host::utcTime(layer.time);
        documents.config["rootfs"]["diff_ids"].push_back(layer.digest);
        if (documents.config.contains("history")) {
            documents.config["history"].push_back({{"created", host::utcTime(layer.time)},
                                                   {"created_by", "driverctl image add-packages"},
                                                   {"comment", layer.comment}});
        }
        documents.manifest["layers"].push_back(
            {{"mediaType", kLayerType}, {"digest", layer.digest}, {"size", layer.size}});
        const auto addBlob = [&](OrderedJson& descriptor, const OrderedJson& document) {
            const std::string text = document.dump();
            pointTo(descriptor, text);
            result.blobs[blobName(descriptor.at("digest"))] = text;
        };
        addBlob(documents.manifest["config"], documents.config);
        const OrderedJson* below = &documents.manifest;
        for (auto level = documents.indexes.rbegin(); level != documents.indexes.rend(); ++level) {
            addBlob(level->document["manifests"][level->entry], *below);
            below = &level->document;
        }
        result.manifestDigest = manifestDigest(documents);
        result.index = documents.indexes.front().document.dump();
        return result;
    });
}

} // namespace precompile
