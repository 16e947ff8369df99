#include "flatcar/developer_image.h"
#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/crypto/digest.h"
#include "tests/unit/http_server.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace flatcar {
namespace {

constexpr const char* kKey = "F88CFEDEFF29A5B4D9523864E25D9AED0593B34A";

/// An image in a cache, and the record that says which data it has been verified with.
class CachedImage {
  public:
    [[nodiscard]] std::filesystem::path raw() const {
        return directory.path() / "amd64-usr-3815.2.5/flatcar_developer_container.bin";
    }
    void record(const std::string& data) const {
        const nlohmann::json json = {
            {"signing_key", kKey}, {"sha512", "x"}, {"sparse_sha256", host::digestOf(data)}};
        std::ofstream(raw().string() + ".json") << json;
    }
    /// Nobody listens there: what the cache does not have is an error.
    [[nodiscard]] DeveloperImage acquire() const {
        return acquireImage({.release = {"3815.2.5", "stable", "amd64-usr"},
                             .mirrors = {"http://127.0.0.1:9"},
                             .keyring = directory.path() / "keyring",
                             .signingKey = kKey,
                             .cache = directory.path()});
    }
    tests::Directory directory;
};

/// As `matrix --plan` asks: a page that stands for every address is no release.
TEST(RequirePublished, ListOfDigestsHasToNameTheImage) {
    std::string body =
        "# SHA512 HASH\n" + std::string(128, 'a') + "  flatcar_developer_container.bin.bz2\n";
    const tests::HttpServer server(
        [&](const tests::HttpRequestSeen&) { return tests::HttpReply{.body = body}; });
    const ImageRequest request{.release = {"3815.2.5", "stable", "amd64-usr"},
                               .mirrors = {server.url()},
                               .keyring = {},
                               .signingKey = kKey,
                               .cache = {}};
    EXPECT_NO_THROW(requirePublished(request));
    body = "<html>log in</html>";
    EXPECT_THROW(requirePublished(request), host::Error);
    EXPECT_EQ(server.requests().back().path,
              "/amd64-usr/3815.2.5/flatcar_developer_container.bin.bz2.DIGESTS");
}

TEST(SparseDigest, HolesAndDataAreTheImage) {
    const CachedImage cached;
    const std::string data(5000, 'x');
    cached.directory.write("amd64-usr-3815.2.5/flatcar_developer_container.bin", data);
    std::filesystem::resize_file(cached.raw(), 8 << 20);
    const std::string block = data + std::string((1 << 20) - data.size(), '\0');
    cached.record(fmt::format("size {}\nat 0\n", 8 << 20) + block);
    EXPECT_EQ(cached.acquire().file, cached.raw());
}

/// What lseek(2) fails for has no digest, not even the one of a file without data.
TEST(SparseDigest, WhatCannotBeReadIsNotAnImageOfHoles) {
    for (const char* file : {"/proc/version", "/dev/shm"}) {
        const CachedImage cached;
        std::filesystem::create_directories(cached.raw().parent_path());
        std::filesystem::create_symlink(file, cached.raw());
        const off_t size = ::lseek(host::openFile(cached.raw(), O_RDONLY).get(), 0, SEEK_END);
        cached.record(fmt::format("size {}\n", size));
        EXPECT_THROW(static_cast<void>(cached.acquire()), host::Error) << file;
    }
}

} // namespace
} // namespace flatcar
