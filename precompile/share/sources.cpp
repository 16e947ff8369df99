#include "precompile/share/sources.h"

#include "host/base/address.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/digest.h"
#include "host/net/http_status.h"
#include "host/net/url.h"
#include "precompile/package/store.h"
#include "precompile/share/package_index.h"

#include <fmt/format.h>

namespace precompile {

namespace {

using namespace host::http_status;

constexpr std::size_t kLargestIndex = 16 << 20;
constexpr int kAttempts = 3;
constexpr std::chrono::seconds kConnectTimeout{10};
constexpr std::chrono::seconds kGrace{30}; ///< a request
constexpr std::string_view kRegistryScheme = "oci://";

class DirectorySource : public PackageSource {
  public:
    explicit DirectorySource(std::filesystem::path directory) : directory_(std::move(directory)) {}

    [[nodiscard]] std::string name() const override { return directory_.string(); }

    bool has(const PackageIdentity& wanted) override { return find(wanted).has_value(); }

    bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) override {
        const auto found = find(wanted);
        if (found) {
            host::copyFileAtomic(*found, file);
        }
        return found.has_value();
    }

  private:
    [[nodiscard]] std::optional<std::filesystem::path> find(const PackageIdentity& wanted) const {
        if (!std::filesystem::is_directory(directory_)) {
            throw host::Error(fmt::format("{} is no directory", directory_.string()),
                              "Check the path, and whether it is mounted.");
        }
        const auto lookup = Store(directory_).find(wanted);
        for (const Store::Misfit& other : lookup.others) {
            requireReadable(other.file, wanted);
        }
        return lookup.file;
    }

    /// Where the wanted package would lie there is either another whole one, or damage.
    void requireReadable(const std::filesystem::path& file, const PackageIdentity& wanted) const {
        if (file != directory_ / wanted.directoryName() / wanted.fileName() &&
            file != directory_ / wanted.fileName()) {
            return;
        }
        try {
            static_cast<void>(Package(file));
        } catch (const host::SystemError&) {
            throw;
        } catch (const host::Error& error) {
            throw host::Error(host::Fault::Verification, error.what(), error.remedy());
        }
    }

    std::filesystem::path directory_;
};

class HttpSource : public PackageSource {
  public:
    HttpSource(std::string url, const host::HttpOptions& options)
        : name_(host::withoutPassword(url)), base_(std::move(url)), session_(options) {
        base_ += base_.ends_with('/') ? "" : "/";
    }

    [[nodiscard]] std::string name() const override { return name_; }

    bool has(const PackageIdentity& wanted) override { return find(wanted).has_value(); }

    bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) override {
        const auto entry = find(wanted);
        if (!entry) {
            return false;
        }
        const std::string url = base_ + entry->file;
        const std::string content = get({.url = url,
                                         .limit = entry->size,
                                         .tooLarge = host::Fault::Verification,
                                         .resume = true});
        if (content.size() != entry->size || host::digestOf(content) != entry->sha256) {
            throw host::Error(
                host::Fault::Verification,
                fmt::format("{} does not have the size and SHA-256 that {} says", url, kIndexName),
                "Write the index anew if the package was replaced; otherwise do not "
                "trust the server, or what lies between.");
        }
        host::writeFileAtomic(file, content);
        return true;
    }

  private:
    std::optional<IndexEntry> find(const PackageIdentity& wanted) {
        const std::string index = base_ + kIndexName;
        return findInIndex(indexFromJson(get({.url = index, .limit = kLargestIndex}), index),
                           wanted);
    }

    std::string get(host::HttpRequest request) {
        const host::Address url = request.url;
        auto answer = session_.send(std::move(request));
        if (answer.status != kOk) {
            throw host::Error(fmt::format("{} answered HTTP status {}", url, answer.status),
                              answer.status == kNotFound
                                  ? "Write an index with {command:package index}."
                                  : "Check the address.");
        }
        return std::move(answer.body);
    }

    std::string name_;
    std::string base_;
    host::HttpSession session_;
};

class RegistrySource : public PackageSource {
  public:
    RegistrySource(const std::string& text, const RegistryOptions& options)
        : name_(host::withoutPassword(text)), reference_(parseReference(text)), registry_(options) {
    }

    [[nodiscard]] std::string name() const override { return name_; }

    bool has(const PackageIdentity& wanted) override {
        const auto reference = referenceFor(wanted);
        return reference && registry_.has(*reference);
    }

    bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) override {
        const auto reference = referenceFor(wanted);
        return reference && registry_.pull(*reference, file);
    }

  private:
    /// Nothing: it has no tag that the wanted package could have.
    std::optional<RegistryReference> referenceFor(const PackageIdentity& wanted) {
        RegistryReference reference = reference_;
        if (reference.exact()) {
            return reference;
        }
        const auto tag = wanted.target.kernel.empty()
                             ? tagOfAnyKernel(wanted, registry_.tags(reference))
                             : registryTag(wanted);
        reference.tag = tag.value_or("");
        return tag ? std::optional(reference) : std::nullopt;
    }

    std::string name_;
    RegistryReference reference_;
    Registry registry_;
};

} // namespace

std::unique_ptr<PackageSource> openSource(const std::string& text, const RegistryOptions& options) {
    if (text.starts_with(kRegistryScheme)) {
        return std::make_unique<RegistrySource>(text, options);
    }
    if (text.starts_with("http://") || text.starts_with("https://")) {
        if (host::hasCredentials(text) || text.find_first_of("?#") != std::string::npos) {
            throw host::Error(host::Fault::Usage,
                              "a package source's address has credentials, a query or a fragment",
                              "Name the plain address of the directory that holds index.json.");
        }
        return std::make_unique<HttpSource>(text, options.http);
    }
    if (text.empty() || text.find("://") != std::string::npos) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("'{}' is no package source", host::Address(text)),
                          "Name a directory, http://…, https://… or oci://HOST/REPOSITORY.");
    }
    return std::make_unique<DirectorySource>(text);
}

PackageSources openSources(const SearchSettings& settings, RegistryOptions options) {
    options.http.attempts = kAttempts;
    options.http.connectTimeout = kConnectTimeout;
    options.http.grace = kGrace;
    PackageSources sources;
    for (const std::string& text : settings.packageSources) {
        sources.push_back(openSource(text, options));
    }
    return sources;
}

bool namesOnePackage(const std::string& text) {
    return text.starts_with(kRegistryScheme) && parseReference(text).exact();
}

} // namespace precompile
