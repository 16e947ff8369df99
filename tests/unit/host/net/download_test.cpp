#include "host/net/download.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "host/process/signals.h"
#include "tests/unit/http_server.h"
#include "tests/unit/temporary.h"

#include <arpa/inet.h>
#include <csignal>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace host {
namespace {

using testing::HasSubstr;

constexpr std::size_t kSize = 3 << 20;

std::optional<std::string> getFrom(const HttpOptions& options, const Address& url,
                                   std::uint64_t limit = 16 << 20) {
    HttpSession session(options);
    return fetchDocument(session, url, limit);
}

bool downloadFrom(const HttpOptions& options, const Address& url, const std::filesystem::path& file,
                  std::uint64_t limit) {
    HttpSession session(options);
    return downloadFile(session, url, file, limit);
}

int freePort() {
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
}

/// A real nginx on a loopback port; ends with the object.
class Nginx {
  public:
    Nginx(const tests::Directory& directory, int port, const std::string& options = "")
        : port_(port) {
        const std::string run = directory.path().string();
        const auto configuration = directory.write(
            "nginx.conf", fmt::format("daemon off; master_process off; user root; pid {0}/pid; "
                                      "error_log stderr crit; events {{ worker_connections 16; }}\n"
                                      "http {{ access_log off; client_body_temp_path {0}/b; "
                                      "proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;\n"
                                      "uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\n"
                                      "server {{ listen 127.0.0.1:{1}; root {0}/www; {2}\n"
                                      "location /503 {{ return 503; }} location /403 {{ return "
                                      "403; }} location /away {{ return 302 /data; }} }} }}\n",
                                      run, port, options));
        process_.emplace(
            Command{.argv = {"/usr/sbin/nginx", "-e", "stderr", "-c", configuration.string()}});
        HttpOptions patient = quick();
        patient.attempts = 50;
        getFrom(patient, url("/small"));
    }
    [[nodiscard]] std::string url(const std::string& path) const {
        return fmt::format("http://127.0.0.1:{}{}", port_, path);
    }
    void kill() { process_.reset(); }

    static HttpOptions quick() {
        HttpOptions options;
        options.firstDelay = std::chrono::milliseconds(20);
        options.longestDelay = std::chrono::milliseconds(100);
        options.attempts = 3;
        return options;
    }

  private:
    int port_;
    std::optional<Process> process_;
};

class Http : public testing::Test {
  protected:
    Http() {
        for (std::size_t i = 0; data.size() < kSize; ++i) {
            data += std::to_string(i) + "\n";
        }
        directory.write("www/data", data);
        directory.write("www/small", "small");
    }
    /// Leaves a part of the file and its validator.
    void breakOff() {
        Nginx slow(directory, port, "limit_rate 1m;");
        HttpOptions options = Nginx::quick();
        options.onProgress = [&](const TransferProgress& progress) {
            if (progress.done > kSize / 3) {
                slow.kill();
            }
        };
        EXPECT_THROW(downloadFrom(options, slow.url("/data"), target, 10 << 20), Error);
    }

    tests::Directory directory;
    std::string data;
    int port = freePort();
    std::filesystem::path target = directory.path() / "target";
};

TEST_F(Http, DownloadsAndLeavesNothingBesideTheFile) {
    const Nginx server(directory, port);
    TransferProgress last;
    HttpOptions options = Nginx::quick();
    options.onProgress = [&](const TransferProgress& progress) { last = progress; };
    EXPECT_TRUE(downloadFrom(options, server.url("/data"), target, 10 << 20));
    EXPECT_EQ(readFile(target), data);
    EXPECT_EQ(last.done, data.size());
    EXPECT_EQ(last.total, data.size());
    EXPECT_FALSE(std::filesystem::exists(target.string() + ".part"));
    EXPECT_FALSE(std::filesystem::exists(target.string() + ".part.etag"));
}

TEST_F(Http, FollowsARedirect) {
    const Nginx server(directory, port);
    EXPECT_TRUE(downloadFrom(Nginx::quick(), server.url("/away"), target, 10 << 20));
    EXPECT_EQ(readFile(target), data);
}

TEST_F(Http, MissingDocumentIsNoError) {
    const Nginx server(directory, port);
    EXPECT_FALSE(downloadFrom(Nginx::quick(), server.url("/missing"), target, 10 << 20));
    EXPECT_EQ(getFrom(Nginx::quick(), server.url("/missing")), std::nullopt);
    EXPECT_EQ(getFrom(Nginx::quick(), server.url("/small")), "small");
}

TEST_F(Http, RefusalIsFinalAndServerErrorIsTriedAgain) {
    const Nginx server(directory, port);
    int retries = 0;
    HttpOptions options = Nginx::quick();
    options.onRetry = [&](const std::string&) { ++retries; };
    EXPECT_THAT([&] { getFrom(options, server.url("/403")); },
                testing::ThrowsMessage<Error>(HasSubstr("HTTP status 403")));
    EXPECT_EQ(retries, 0);
    EXPECT_THAT([&] { getFrom(options, server.url("/503")); },
                testing::ThrowsMessage<Error>(
                    testing::AllOf(HasSubstr("HTTP status 503"), HasSubstr("3 attempts"))));
    EXPECT_EQ(retries, 2);
}

TEST_F(Http, LargerThanTheLimitIsRefused) {
    const Nginx server(directory, port);
    EXPECT_THROW(getFrom(Nginx::quick(), server.url("/data"), 1000), Error);
}

TEST_F(Http, DeadServerNamesUrlAndCause) {
    EXPECT_THAT([&] { getFrom(Nginx::quick(), fmt::format("http://127.0.0.1:{}/x", port)); },
                testing::ThrowsMessage<Error>(HasSubstr("Couldn't connect to server")));
}

TEST_F(Http, ServerThatDiesHalfWayIsResumedByTheNextCall) {
    breakOff();
    const auto kept = std::filesystem::file_size(target.string() + ".part");
    EXPECT_GT(kept, 0U);
    const Nginx server(directory, port);
    std::uint64_t first = 0;
    HttpOptions options = Nginx::quick();
    options.onProgress = [&](const TransferProgress& progress) {
        first = first == 0 ? progress.done : first;
    };
    EXPECT_TRUE(downloadFrom(options, server.url("/data"), target, 10 << 20));
    EXPECT_EQ(readFile(target), data);
    EXPECT_GE(first, kept);
}

TEST_F(Http, FileThatChangedMeanwhileStartsAnew) {
    const Nginx server(directory, port);
    directory.write("target.part", std::string(1000, 'x'));
    directory.write("target.part.etag", "\"of-another-version\"");
    EXPECT_TRUE(downloadFrom(Nginx::quick(), server.url("/data"), target, 10 << 20));
    EXPECT_EQ(readFile(target), data);
}

TEST_F(Http, PartWithoutValidatorIsNotTrusted) {
    const Nginx server(directory, port);
    directory.write("target.part", std::string(1000, 'x'));
    EXPECT_TRUE(downloadFrom(Nginx::quick(), server.url("/data"), target, 10 << 20));
    EXPECT_EQ(readFile(target), data);
}

/// A process that is killed between the last byte and the rename.
TEST_F(Http, WholePartIsNotFetchedAgain) {
    breakOff();
    directory.write("target.part", data);
    const Nginx server(directory, port);
    int bytes = 0;
    HttpOptions options = Nginx::quick();
    options.onProgress = [&](const TransferProgress&) { ++bytes; };
    EXPECT_TRUE(downloadFrom(options, server.url("/data"), target, 10 << 20));
    EXPECT_EQ(readFile(target), data);
    EXPECT_EQ(bytes, 0);
}

TEST_F(Http, PartThatIsTooLongStartsAnew) {
    breakOff();
    directory.write("target.part", data + "more");
    const Nginx server(directory, port);
    EXPECT_TRUE(downloadFrom(Nginx::quick(), server.url("/data"), target, 10 << 20));
    EXPECT_EQ(readFile(target), data);
}

TEST_F(Http, StalledTransferIsBrokenOff) {
    const Nginx server(directory, port, "limit_rate 10k;");
    HttpOptions options = Nginx::quick();
    options.attempts = 1;
    options.stallTime = std::chrono::seconds(1);
    options.stallBytesPerSecond = 10 << 20;
    EXPECT_THAT([&] { downloadFrom(options, server.url("/data"), target, 10 << 20); },
                testing::ThrowsMessage<Error>(HasSubstr("Operation too slow")));
}

/// Servers that mean ill: each sends what it likes for as long as it likes.
class BadServer : public Http {
  protected:
    /// A body of `size` bytes, at `pace`.
    static tests::HttpServer::Handler sending(std::uint64_t size,
                                              std::function<std::int64_t(std::uint64_t)> pace,
                                              unsigned status = 200) {
        return [=](const tests::HttpRequestSeen&) {
            return tests::HttpReply{
                .status = status,
                .headers = {{"Content-Length", std::to_string(size)}, {"ETag", "\"1\""}},
                .pace = pace};
        };
    }
    static std::int64_t all(std::uint64_t /*position*/) { return 1 << 20; }
    static std::int64_t crawl(std::uint64_t /*position*/) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return 100;
    }
    /// Impatient, but never because of a stall.
    static HttpOptions hasty() {
        HttpOptions options = Nginx::quick();
        options.grace = std::chrono::seconds(1);
        options.slowestBytesPerSecond = 1 << 20;
        options.stallBytesPerSecond = 1;
        return options;
    }
    /// What each way of fetching says of it.
    std::vector<std::string> refusals(const tests::HttpServer& server, const HttpOptions& options) {
        const std::function<void()> ways[] = {
            [&] { getFrom(options, server.url("/x")); },
            [&] { downloadFrom(options, server.url("/x"), target, 10 << 20); },
            [&] { HttpSession(options).send({.url = server.url("/x")}); },
            [&] { HttpSession(options).send({.url = server.url("/x"), .resume = true}); }};
        std::vector<std::string> said;
        for (const auto& way : ways) {
            try {
                way();
                said.emplace_back("accepted");
            } catch (const Error& error) {
                said.emplace_back(error.what());
            }
        }
        return said;
    }
};

TEST_F(BadServer, OneThatCrawlsIsGivenUp) {
    const tests::HttpServer server(sending(1 << 20, &crawl));
    EXPECT_THAT(refusals(server, hasty()), testing::Each(HasSubstr("is too slow: ")));
}

TEST_F(BadServer, OneByteAConnectionIsNoProgress) {
    std::map<std::string, int> connections;
    const tests::HttpServer server([&](const tests::HttpRequestSeen& request) {
        const auto range = request.headers.find("range");
        const std::string from = range == request.headers.end()
                                     ? "0"
                                     : range->second.substr(6, range->second.size() - 7);
        ++connections[from];
        tests::HttpReply reply{
            .status = from == "0" ? 200U : 206U,
            .headers = {{"ETag", "\"1\""},
                        {"Content-Length", "1000000"},
                        {"Content-Range", fmt::format("bytes {}-1000000/1000001", from)}},
            .pace = [](std::uint64_t position) { return position == 0 ? 1 : -1; }};
        return reply;
    });
    EXPECT_THAT(refusals(server, Nginx::quick()), testing::Each(HasSubstr("3 attempts")));
    EXPECT_GT(connections.size(), 2U) << "it went on where it stopped";
}

TEST_F(BadServer, EndlessRefusalIsNotReadToItsEnd) {
    for (const unsigned status : {503U, 429U}) {
        const tests::HttpServer server(sending(1ULL << 40, &all, status));
        EXPECT_THAT(refusals(server, Nginx::quick()), testing::Each(HasSubstr("3 attempts")));
    }
    const tests::HttpServer server(sending(1ULL << 40, &all, 403));
    EXPECT_THAT([&] { getFrom(Nginx::quick(), server.url("/x")); },
                testing::ThrowsMessage<Error>(HasSubstr("HTTP status 403")));
    const tests::HttpServer missing(sending(1ULL << 40, &all, 404));
    EXPECT_EQ(getFrom(Nginx::quick(), missing.url("/x")), std::nullopt);
    EXPECT_FALSE(downloadFrom(Nginx::quick(), missing.url("/x"), target, 10 << 20));
    EXPECT_FALSE(std::filesystem::exists(target.string() + ".part"));
}

TEST_F(BadServer, AnswerThatIsTooLargeIsRefusedAndLeavesNothing) {
    const tests::HttpServer announced(sending(1ULL << 40, [](std::uint64_t position) {
        return position == 0 ? std::int64_t{1} : -1; // the announcement alone counts
    }));
    const tests::HttpServer silent([](const tests::HttpRequestSeen&) {
        return tests::HttpReply{
            .headers = {{"Content-Length", std::to_string(UINT64_MAX)}, {"ETag", "\"1\""}},
            .pace = &all};
    });
    for (const tests::HttpServer* server : {&announced, &silent}) {
        EXPECT_THAT([&] { downloadFrom(Nginx::quick(), server->url("/x"), target, 10 << 20); },
                    testing::ThrowsMessage<Error>(HasSubstr("larger than 10485760 bytes")));
        EXPECT_FALSE(std::filesystem::exists(target));
        EXPECT_FALSE(std::filesystem::exists(target.string() + ".part"));
        EXPECT_FALSE(std::filesystem::exists(target.string() + ".part.etag"));
    }
    EXPECT_EQ(announced.requests().size(), 1U) << "another attempt would not mend it";
}

TEST_F(BadServer, PasswordsOfAnAddressStayWithItsServer) {
    const tests::HttpServer third([](const tests::HttpRequestSeen&) { return tests::HttpReply{}; });
    const tests::HttpServer server([&](const tests::HttpRequestSeen&) {
        return tests::HttpReply{.status = 302, .headers = {{"Location", third.url("/x")}}};
    });
    getFrom(Nginx::quick(), fmt::format("http://me:secret@{}/x", server.server()));
    EXPECT_TRUE(server.requests().at(0).headers.contains("authorization"));
    EXPECT_FALSE(third.requests().at(0).headers.contains("authorization"));
}

TEST_F(Http, SignalEndsTheTransfer) {
    const Nginx server(directory, port, "limit_rate 100k;");
    SignalSet stop{SIGUSR2};
    HttpOptions options = Nginx::quick();
    options.stop = &stop;
    ::kill(::getpid(), SIGUSR2);
    EXPECT_THROW(downloadFrom(options, server.url("/data"), target, 10 << 20), Interrupted);
}

TEST_F(Http, OnlyHttpIsSpoken) {
    directory.write("secret", "x");
    EXPECT_THROW(getFrom(Nginx::quick(), "file://" + (directory.path() / "secret").string()),
                 Error);
}

} // namespace
} // namespace host
