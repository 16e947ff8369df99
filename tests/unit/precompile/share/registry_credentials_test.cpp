/// Who gets user and password when a registry sends a request on to another server: only those
/// whom the registry itself names for tokens. Real servers, all hostile but one.
#include "host/base/error.h"
#include "precompile/oci/oci_digest.h"
#include "precompile/share/registry.h"
#include "precompile/share/registry_answers.h"
#include "tests/unit/http_server.h"
#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;
using tests::HttpReply;
using tests::HttpRequestSeen;
using tests::HttpServer;

constexpr const char* kBasic = "Basic bWU6c2VjcmV0"; // me:secret
constexpr const char* kToken = "Bearer the-token";

/// Answers every request with a challenge that names itself for tokens.
class Thief {
  public:
    HttpServer server{[this](const HttpRequestSeen& request) { return answer(request); }};

    /// What it got hold of.
    [[nodiscard]] std::vector<std::string> loot() const {
        std::vector<std::string> headers;
        for (const auto& request : server.requests()) {
            const auto found = request.headers.find("authorization");
            if (found != request.headers.end()) {
                headers.push_back(request.method + " " + request.path + " " + found->second);
            }
        }
        return headers;
    }

  private:
    [[nodiscard]] HttpReply answer(const HttpRequestSeen& request) const {
        if (request.path == "/token") {
            return {.body = R"({"token": "stolen"})"};
        }
        return {.status = 401,
                .headers = {{"WWW-Authenticate",
                             fmt::format(R"(Bearer realm="{}",service="x",scope="y", Basic)",
                                         server.url("/token"))}}};
    }
};

/// Wants a token from a token server of its own and sends one kind of request on.
class Registries : public testing::Test {
  protected:
    Registries() {
        directory().write(
            "auth.json",
            fmt::format(R"({{"auths": {{"{}": {{"auth": "bWU6c2VjcmV0"}}}}}})", registry.server()));
    }

    [[nodiscard]] const tests::Directory& directory() const { return sample.directory; }

    Registry connect() {
        RegistryOptions options{.plainHttp = true, .authFiles = {directory().path() / "auth.json"}};
        options.http.attempts = 1;
        return Registry(options);
    }
    [[nodiscard]] RegistryReference reference() const {
        return parseReference(fmt::format("oci://{}/gpu/modules:t", registry.server()));
    }

    HttpReply answer(const HttpRequestSeen& request) {
        const auto sent = request.headers.find("authorization");
        if (sent == request.headers.end() || sent->second != kToken) {
            return {.status = 401,
                    .headers = {{"WWW-Authenticate",
                                 fmt::format(R"(Bearer realm="{}",service="x",scope="y")",
                                             tokens.url("/token"))}}};
        }
        const std::string kind = kindOf(request);
        if (kind == sendOn) {
            return {.status = kind == "start" || kind == "mount" ? 202U : 307U,
                    .headers = {{"Location", thief.server.url(request.path)}}};
        }
        if (kind == "GET blob") {
            return {.body = content};
        }
        if (kind == "GET manifest" || kind == "HEAD manifest") {
            return {.body = artifactManifest(tests::sampleIdentity(), ociDigest(content),
                                             content.size())};
        }
        if (kind == "GET tags") {
            return {.body = R"({"tags": ["t"]})"};
        }
        return answerUpload(kind);
    }

    [[nodiscard]] HttpReply answerUpload(const std::string& kind) const {
        const std::string session = registry.url("/v2/gpu/modules/blobs/uploads/1");
        if (kind == "HEAD blob") {
            return {.status = 404};
        }
        if (kind == "start" || kind == "mount") {
            return {.status = 202, .headers = {{"Location", session}}};
        }
        if (kind == "PATCH") {
            return {
                .status = 202,
                .headers = {{"Location", sendOn == "PUT blob by Location" ? thief.server.url("/put")
                                                                          : session}}};
        }
        return {.status = 201};
    }

    static std::string kindOf(const HttpRequestSeen& request) {
        if (request.path.find("/uploads/") != std::string::npos) {
            return request.method == "POST"
                       ? (request.arguments.contains("mount") ? "mount" : "start")
                   : request.method == "PUT" ? "PUT blob"
                                             : request.method;
        }
        const bool blob = request.path.find("/blobs/") != std::string::npos;
        const bool tags = request.path.find("/tags/") != std::string::npos;
        return request.method + (blob ? " blob" : tags ? " tags" : " manifest");
    }

    void run() {
        auto connection = connect();
        const auto file = directory().path() / "pulled.tar";
        const auto attempt = [](auto&& body) {
            try {
                body();
            } catch (const host::Error&) { // whether it comes to a good end is not the question
            }
        };
        attempt([&] { connection.pull(reference(), file); });
        attempt([&] { connection.push(sample.file, reference()); });
        attempt([&] { connection.push(sample.file, reference(), "gpu/other"); });
        attempt([&] { connection.has(reference()); });
        attempt([&] { connection.tags(reference()); });
    }

    tests::SamplePackage sample;
    std::string content = host::readFile(sample.file);
    std::string sendOn;
    Thief thief;
    HttpServer tokens{
        [](const HttpRequestSeen&) { return HttpReply{.body = R"({"token": "the-token"})"}; }};
    HttpServer registry{[this](const HttpRequestSeen& request) { return answer(request); }};
};

TEST_F(Registries, TokenServerThatTheRegistryNamesGetsTheCredentials) {
    auto connection = connect();
    const auto file = directory().path() / "pulled.tar";
    EXPECT_TRUE(connection.pull(reference(), file));
    EXPECT_EQ(host::readFile(file), content);
    ASSERT_EQ(tokens.requests().size(), 1U);
    EXPECT_EQ(tokens.requests().front().headers.at("authorization"), kBasic);
    connection.push(sample.file, reference());
}

TEST_F(Registries, ThirdServerGetsNothingWhateverIsSentOnToIt) {
    for (const char* kind :
         {"GET blob", "HEAD blob", "start", "mount", "PATCH", "PUT blob", "PUT blob by Location",
          "GET manifest", "HEAD manifest", "PUT manifest", "GET tags"}) {
        sendOn = kind;
        run();
        EXPECT_THAT(thief.loot(), testing::IsEmpty()) << kind;
        for (const auto& request : thief.server.requests()) {
            EXPECT_NE(request.path, "/token") << kind;
        }
    }
    EXPECT_FALSE(thief.server.requests().empty());
}

TEST_F(Registries, RefusalNamesTheServerThatRefused) {
    sendOn = "GET blob";
    EXPECT_THAT([&] { connect().pull(reference(), directory().path() / "x.tar"); },
                testing::ThrowsMessage<host::Error>(HasSubstr(thief.server.server())));
}

/// A token server is no registry: where it sends on to is none of the registry's naming.
TEST_F(Registries, TokenServerThatSendsOnTakesNoCredentialsAlong) {
    const HttpServer away([this](const HttpRequestSeen&) {
        return HttpReply{.status = 307, .headers = {{"Location", thief.server.url("/x")}}};
    });
    const HttpServer front([&away](const HttpRequestSeen&) {
        return HttpReply{.status = 401,
                         .headers = {{"WWW-Authenticate",
                                      fmt::format(R"(Bearer realm="{}")", away.url("/token"))}}};
    });
    directory().write(
        "auth.json",
        fmt::format(R"({{"auths": {{"{}": {{"auth": "bWU6c2VjcmV0"}}}}}})", front.server()));
    EXPECT_THROW(connect().pull(parseReference(fmt::format("oci://{}/r:t", front.server())),
                                directory().path() / "x.tar"),
                 host::Error);
    EXPECT_THAT(thief.loot(), testing::IsEmpty());
    EXPECT_FALSE(thief.server.requests().empty());
}

} // namespace
} // namespace precompile
