#include "precompile/oci/container_image.h"

#include "host/archive/archive.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/file_lock.h"
#include "host/crypto/digest.h"
#include "precompile/oci/oci_document.h"
#include "precompile/oci/oci_layout.h"
#include "precompile/oci/package_layer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <set>

namespace precompile {

namespace {

namespace fs = std::filesystem;

std::string architectureOf(const std::vector<Package>& packages) {
    const std::string& first = packages.front().manifest().identity.target.architecture;
    for (const Package& package : packages) {
        const std::string& other = package.manifest().identity.target.architecture;
        if (other != first) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("{} is for {}, {} for {}: an image is for one",
                                          packages.front().file().string(), first,
                                          package.file().string(), other),
                              "Run the command once for each architecture.");
        }
    }
    return first;
}

std::set<std::string> fileNames(const fs::path& image) {
    std::set<std::string> names;
    visitLayout(image,
                [&](const std::string& name) {
                    names.insert(name);
                    return false;
                },
                {});
    return names;
}

void requireLayout(const fs::path& image) {
    const auto refuse = [](const std::string& cause) {
        throw host::Error(host::Fault::Usage, "it is no OCI image layout: " + cause,
                          "Name a layout's directory or an oci-archive, as 'podman save --format "
                          "oci-archive' and 'skopeo copy docker-archive:FILE oci-archive:FILE' "
                          "write it.");
    };
    if (!fs::exists(image)) {
        refuse("it does not exist");
    }
    std::set<std::string> names;
    try {
        names = fileNames(image);
    } catch (const host::Error& error) {
        if (fs::is_directory(image)) {
            throw;
        }
        refuse(error.what()); // a docker-archive has links, a compressed one is no tar
    }
    // Docker writes both into one archive, and reads its own: the new layer would be missing there.
    if (names.contains("manifest.json")) {
        refuse("it is a docker-archive (it has a manifest.json)");
    }
    if (!names.contains("oci-layout")) {
        refuse("it has no oci-layout");
    }
}

/// Held by the writer of a layout's directory.
host::FileLock lockDirectory(const fs::path& layout) {
    return {host::openFile(layout, O_RDONLY | O_DIRECTORY), "the image " + layout.string()};
}

/// Hashes a file while its bytes pass on to `sink`.
void readChecked(const LayoutFile& file, const host::MemberSink& sink) {
    host::Digest digest;
    file.read([&](std::span<const std::byte> part) {
        digest.update(part);
        if (sink) {
            sink(part);
        }
    });
    if (blobName("sha256:" + digest.hex()) != file.name) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("{} does not have the digest that its name says", file.name),
                          "Make or fetch the image again.");
    }
}

/// Which blobs of the image have not been seen with their size.
class Missing {
  public:
    explicit Missing(std::map<std::string, std::uint64_t> blobs) : blobs_(std::move(blobs)) {}
    void saw(const LayoutFile& file) {
        const auto blob = blobs_.find(file.name);
        if (blob != blobs_.end() && blob->second == file.size) {
            blobs_.erase(blob);
        }
    }
    void requireNone() const {
        if (!blobs_.empty()) {
            throw host::Error(host::Fault::Verification,
                              fmt::format("{} is missing or does not have {} bytes",
                                          blobs_.begin()->first, blobs_.begin()->second),
                              "Make or fetch the image again.");
        }
    }

  private:
    std::map<std::string, std::uint64_t> blobs_;
};

/// Reads every blob of the image and compares size and digest.
void verifyBlobs(const fs::path& image, const std::map<std::string, std::uint64_t>& blobs) {
    Missing missing(blobs);
    visitLayout(
        image, [&](const std::string& name) { return blobs.contains(name); },
        [&](const LayoutFile& file) {
            readChecked(file, {});
            missing.saw(file);
        });
    missing.requireNone();
}

/// What is new in the image; the layer lies in a file of its own. No layer: nothing is new.
struct Addition {
    NewDocuments documents;
    std::string layerName; ///< its blob's
    std::optional<fs::path> layer;
};

void changeDirectory(const fs::path& layout, const Addition& addition) {
    fs::rename(*addition.layer, layout / addition.layerName);
    for (const auto& [name, content] : addition.documents.blobs) {
        host::writeFileAtomic(layout / name, content);
    }
    host::writeFileAtomic(layout / kIndexFile, addition.documents.index);
}

void writeArchive(const ImageChange& change, const fs::path& output,
                  const std::map<std::string, std::uint64_t>& blobs, const Addition& addition) {
    Missing missing(blobs);
    std::set<std::string> written;
    std::string index;
    const fs::path target = host::linkTarget(output);
    host::TarWriter archive(target, change.time);
    visitLayout(
        change.image, [](const std::string& name) { return name != kIndexFile; },
        [&](const LayoutFile& file) {
            written.insert(file.name);
            archive.add(file.name, file.size, [&](const host::MemberSink& sink) {
                if (file.name.starts_with("blobs/")) {
                    readChecked(file, sink);
                } else {
                    file.read(sink);
                }
            });
            missing.saw(file);
        });
    missing.requireNone();
    if (addition.layer && written.insert(addition.layerName).second) {
        archive.addFile(addition.layerName, *addition.layer);
    }
    for (const auto& [name, content] : addition.documents.blobs) {
        if (written.insert(name).second) {
            archive.add(name, std::as_bytes(std::span(content)));
        }
    }
    archive.add(kIndexFile, std::as_bytes(std::span(addition.documents.index)));
    archive.close(fs::exists(target) ? std::optional(target) : std::nullopt);
}

ChangedImage changeImage(const ImageChange& change, const std::vector<Package>& packages,
                         const fs::path& output) {
    const auto documents = findImage(change.image, change.reference, architectureOf(packages));
    const bool inDirectory = fs::is_directory(output);
    const host::TempDir work(inDirectory                ? output
                             : output.has_parent_path() ? output.parent_path()
                                                        : ".",
                             kLayoutWorkPrefix);
    const auto layer = work.path() / "layer.tar";
    writePackageLayer(layer, packages, change.storePath, change.time);

    ChangedImage result;
    result.layer = "sha256:" + host::digestOfFile(layer);
    result.layerWasThere = hasLayer(documents, result.layer);
    Addition addition;
    if (result.layerWasThere) {
        result.manifest = manifestDigest(documents);
        addition.documents.index = readLayoutFile(change.image, kIndexFile).value_or("");
    } else {
        addition.layer = layer;
        addition.layerName = blobName(result.layer);
        addition.documents = withLayer(documents, {result.layer, host::fileSize(layer), change.time,
                                                   fmt::format("{} packages in {}", packages.size(),
                                                               change.storePath.string())});
        result.manifest = addition.documents.manifestDigest;
    }
    if (inDirectory || (result.layerWasThere && change.output.empty())) {
        verifyBlobs(change.image, documents.blobs);
    }
    if (inDirectory && addition.layer) {
        changeDirectory(output, addition);
    } else if (!inDirectory && (addition.layer || !change.output.empty())) {
        writeArchive(change, output, documents.blobs, addition);
    }
    return result;
}

} // namespace

ChangedImage addPackages(const ImageChange& change, const std::vector<Package>& packages) {
    if (!change.output.empty() && fs::is_directory(change.output)) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("the output {} is a directory", change.output.string()),
                          "Name the archive to write.");
    }
    const fs::path& output = change.output.empty() ? change.image : change.output;
    return host::context(fmt::format("image {}", change.image.string()), [&] {
        const auto lock =
            fs::is_directory(output) ? std::optional(lockDirectory(change.image)) : std::nullopt;
        requireLayout(change.image);
        return changeImage(change, packages, output);
    });
}

} // namespace precompile
