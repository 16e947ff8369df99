#include "host/net/http_session.h"

#include "host/base/file.h"
#include "host/net/download.h"
#include "host/process/process.h"
#include "tests/unit/http_server.h"
#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::HasSubstr;

HttpOptions quick() {
    HttpOptions options;
    options.firstDelay = std::chrono::milliseconds(20);
    options.attempts = 3;
    return options;
}

tests::HttpReply hello(const tests::HttpRequestSeen& /*request*/) {
    return {.body = "hello"};
}

/// A server whose certificate nobody but this test vouches for.
class PrivateAuthority : public testing::Test {
  protected:
    PrivateAuthority() {
        runChecked({.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-addext",
                             "subjectAltName=IP:127.0.0.1", "-keyout", key_.string(), "-out",
                             certificate_.string()}});
        server_.emplace(&hello, tests::TlsIdentity{readFile(certificate_), readFile(key_)});
    }

    tests::Directory directory_;
    std::filesystem::path key_ = directory_.path() / "key.pem";
    std::filesystem::path certificate_ = directory_.path() / "certificate.pem";
    std::optional<tests::HttpServer> server_;
};

TEST_F(PrivateAuthority, IsTrustedWhenItIsNamed) {
    HttpOptions options = quick();
    options.caFile = certificate_;
    HttpSession session(options);
    EXPECT_EQ(fetchDocument(session, server_->url("/x")), "hello");
    EXPECT_TRUE(downloadFile(session, server_->url("/x"), directory_.path() / "file", 100));
    EXPECT_EQ(readFile(directory_.path() / "file"), "hello");
}

/// However it is fetched: a certificate does not get better by asking again.
TEST_F(PrivateAuthority, IsRefusedAtOnceWhenItIsNot) {
    int retries = 0;
    HttpOptions options = quick();
    options.onRetry = [&retries](const std::string&) { ++retries; };
    HttpSession session(options);
    const auto file = directory_.path() / "file";
    const std::function<void()> ways[] = {
        [&] { session.send({.url = server_->url("/x")}); },
        [&] { fetchDocument(session, server_->url("/x")); },
        [&] { downloadFile(session, server_->url("/x"), file, 100); }};
    for (const auto& way : ways) {
        EXPECT_THAT(way, testing::ThrowsMessage<Error>(HasSubstr("certificate")));
    }
    EXPECT_EQ(retries, 0);
    EXPECT_TRUE(server_->requests().empty());
}

TEST_F(PrivateAuthority, IsNotLeftForAServerWithout) {
    const tests::HttpServer plain(&hello);
    const tests::HttpServer away(
        [&plain](const tests::HttpRequestSeen&) {
            return tests::HttpReply{.status = 302, .headers = {{"Location", plain.url("/x")}}};
        },
        {readFile(certificate_), readFile(key_)});
    HttpOptions options = quick();
    options.caFile = certificate_;
    for (const char* scheme : {"https", "HTTPS", "Https"}) {
        EXPECT_THROW(
            HttpSession(options).send({.url = fmt::format("{}://{}/x", scheme, away.server())}),
            Error)
            << scheme;
    }
    EXPECT_TRUE(plain.requests().empty());
}

/// A server may send less than it is asked for.
TEST(HttpSession, AnswerInPartsIsWholeAtItsEndOnly) {
    const tests::HttpServer server([](const tests::HttpRequestSeen& request) {
        const std::string_view body = "0123456789";
        const auto range = request.headers.find("range");
        if (range == request.headers.end()) {
            return tests::HttpReply{.body = std::string(body),
                                    .headers = {{"Content-Length", "10"}},
                                    .pace = [](std::uint64_t at) { return at == 0 ? 4 : -1; }};
        }
        const auto first = range->second == "bytes=4-" ? 4U : 7U;
        return tests::HttpReply{
            .status = 206,
            .body = std::string(body.substr(first, 3)),
            .headers = {{"Content-Range", fmt::format("bytes {}-{}/10", first, first + 2)}}};
    });
    const auto answer = HttpSession(quick()).send({.url = server.url("/x"), .resume = true});
    EXPECT_EQ(answer.body, "0123456789");
    EXPECT_EQ(answer.status, 200);
}

TEST(HttpSession, WaitsNoLongerThanItMayWhateverTheServerWants) {
    const tests::HttpServer server([first = true](const tests::HttpRequestSeen&) mutable {
        return std::exchange(first, false)
                   ? tests::HttpReply{.status = 503,
                                      .headers = {{"Retry-After", "9223372036854775807"}}}
                   : tests::HttpReply{.body = "hello"};
    });
    HttpOptions options = quick();
    options.longestDelay = std::chrono::milliseconds(100);
    EXPECT_EQ(HttpSession(options).send({.url = server.url("/x")}).body, "hello");
}

TEST(HttpSession, WhatIsNoSuccessIsAnAnswerWithItsWords) {
    const tests::HttpServer server([](const tests::HttpRequestSeen& request) {
        return tests::HttpReply{.status = request.path == "/denied" ? 403U : 404U,
                                .body = std::string(request.path == "/denied" ? 10 : 1 << 20, 'w')};
    });
    HttpSession session(quick());
    const auto denied = session.send({.url = server.url("/denied")});
    EXPECT_EQ(denied.status, 403);
    EXPECT_EQ(denied.body, "wwwwwwwwww");
    const auto missing = session.send({.url = server.url("/missing"), .limit = 10});
    EXPECT_EQ(missing.status, 404);
    EXPECT_LE(missing.body.size(), 64U << 10);
}

TEST(HttpSession, AnswerThatIsTooLargeHasTheFaultThatWasAskedFor) {
    const tests::HttpServer server(&hello);
    HttpSession session(quick());
    try {
        session.send({.url = server.url("/x"), .limit = 4, .tooLarge = Fault::Verification});
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::Verification);
        EXPECT_THAT(error.what(), HasSubstr("/x is larger than 4 bytes"));
    }
}

TEST(HttpSession, MethodsHeadersAndBodiesAreSent) {
    const tests::HttpServer server([](const tests::HttpRequestSeen& request) {
        return tests::HttpReply{
            .status = 201,
            .headers = {{"X-Method", request.method}, {"X-Sent", request.headers.at("x-mine")}}};
    });
    HttpSession session(quick());
    const auto answer = session.send(
        {.method = "PUT", .url = server.url("/x"), .headers = {"X-Mine: 1"}, .body = "abc"});
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.header("x-method"), "PUT");
    EXPECT_EQ(answer.header("x-sent"), "1");
    EXPECT_EQ(session.send({.method = "HEAD", .url = server.url("/y"), .headers = {"X-Mine: 2"}})
                  .header("x-method"),
              "HEAD");
}

TEST(HttpSession, RequestIsMendedBeforeItIsRepeated) {
    const tests::HttpServer server([](const tests::HttpRequestSeen& request) {
        return tests::HttpReply{.status = request.path == "/first" ? 503U : 200U};
    });
    HttpSession session(quick());
    const auto answer =
        session.send({.url = server.url("/first"),
                      .beforeRepeat = [&](auto& again) { again.url = server.url("/second"); }});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(server.requests().size(), 2U);
}

} // namespace
} // namespace host
