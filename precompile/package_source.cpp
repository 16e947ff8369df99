#include "precompile/package_source.h"

#include "host/digest.h"
#include "host/error.h"
#include "host/file.h"
#include "host/url.h"
#include "precompile/package_index.h"
#include "precompile/store.h"

#include <fmt/format.h>

namespace precompile {

namespace {

constexpr std::size_t kLargestIndex = 16 << 20;
constexpr long kOk = 200;
constexpr long kNotFound = 404;
constexpr std::string_view kRegistryScheme = "oci://";

class DirectorySource : public PackageSource {
  public:
    explicit DirectorySource(std::filesystem::path directory) : directory_(std::move(directory)) {}

    bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) override {
        if (!std::filesystem::is_directory(directory_)) {
            throw host::Error(fmt::format("{} is no directory", directory_.string()),
                              "Check the path, and whether it is mounted.");
        }
        const auto lookup = Store(directory_).find(wanted);
        if (lookup.file) {
            host::copyFileAtomic(*lookup.file, file);
        }
        return lookup.file.has_value();
    }

  private:
    std::filesystem::path directory_;
};

class HttpSource : public PackageSource {
  public:
    HttpSource(std::string url, const host::HttpOptions& options)
        : base_(std::move(url)), session_(options) {
        base_ += base_.ends_with('/') ? "" : "/";
    }

    bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) override {
        const std::string index = base_ + kIndexName;
        const auto entry =
            findInIndex(indexFromJson(get({.url = index, .limit = kLargestIndex}), index), wanted);
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
    std::string get(host::HttpRequest request) {
        const std::string url = request.url;
        auto answer = session_.send(std::move(request));
        if (answer.status != kOk) {
            throw host::Error(fmt::format("{} answered HTTP status {}", url, answer.status),
                              answer.status == kNotFound
                                  ? "Write an index with 'driverctl package index'."
                                  : "Check the address.");
        }
        return std::move(answer.body);
    }

    std::string base_;
    host::HttpSession session_;
};

class RegistrySource : public PackageSource {
  public:
    RegistrySource(RegistryReference reference, const RegistryOptions& options)
        : reference_(std::move(reference)), registry_(options) {}

    bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) override {
        RegistryReference reference = reference_;
        if (!reference.exact()) {
            reference.tag = registryTag(wanted);
        }
        return registry_.pull(reference, file).has_value();
    }

  private:
    RegistryReference reference_;
    Registry registry_;
};

} // namespace

std::unique_ptr<PackageSource> openSource(const std::string& text, const RegistryOptions& options) {
    if (text.starts_with(kRegistryScheme)) {
        return std::make_unique<RegistrySource>(parseReference(text), options);
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
        throw host::Error(host::Fault::Usage, fmt::format("'{}' is no package source", text),
                          "Name a directory, http://…, https://… or oci://HOST/REPOSITORY.");
    }
    return std::make_unique<DirectorySource>(text);
}

bool namesOnePackage(const std::string& text) {
    return text.starts_with(kRegistryScheme) && parseReference(text).exact();
}

} // namespace precompile
