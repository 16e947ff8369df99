#include "host/net/metrics_listener.h"

#include "host/base/error.h"
#include "host/net/download.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace host {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int kLimit = 20'000; // milliseconds; only a test that fails needs them

/// A client on the other end of the same thread: connects, sends, and has the listener served until
/// the answer is complete.
class Client {
  public:
    explicit Client(std::uint16_t port)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        static_cast<void>(
            ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
    }
    void send(const std::string& request) const {
        pollfd writable{fd_.get(), POLLOUT, 0};
        EXPECT_EQ(::poll(&writable, 1, kLimit), 1);
        writeAll(fd_.get(), request, "request");
    }
    /// What the server has sent until it closes the connection, or until `ending` was read.
    std::string receive(MetricsListener& listener, std::string_view ending = {}) const {
        std::string answer;
        for (;;) {
            pollfd polls[] = {{listener.fd(), POLLIN, 0}, {fd_.get(), POLLIN, 0}};
            if (::poll(polls, 2, kLimit) <= 0) {
                ADD_FAILURE() << "nothing happens; the answer so far: " << answer;
                return answer;
            }
            if (polls[0].revents != 0) {
                listener.serve();
            }
            if (polls[1].revents != 0) {
                char buffer[4096];
                const auto size = ::read(fd_.get(), buffer, sizeof buffer);
                if (size <= 0) {
                    return answer;
                }
                answer.append(buffer, static_cast<std::size_t>(size));
            }
            if (!ending.empty() && answer.ends_with(ending)) {
                return answer;
            }
        }
    }

  private:
    Fd fd_;
};

std::string request(const std::string& line, const std::string& headers = "") {
    return fmt::format("{} HTTP/1.1\r\nHost: node\r\n{}\r\n", line, headers);
}

std::string answerTo(MetricsListener& listener, const std::string& line) {
    const Client client(listener.port());
    client.send(request(line, "Connection: close\r\n"));
    return client.receive(listener);
}

std::string someText() {
    return "some_metric 1\n";
}

TEST(MetricsListener, AnswersWithTheTextOfTheMoment) {
    int calls = 0;
    MetricsListener listener("127.0.0.1:0", [&] { return fmt::format("calls {}\n", ++calls); });
    EXPECT_NE(listener.port(), 0);
    EXPECT_THAT(answerTo(listener, "GET /metrics"),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                      HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
                      HasSubstr("Content-Length: 8\r\n"), EndsWith("\r\n\r\ncalls 1\n")));
    EXPECT_THAT(answerTo(listener, "GET /metrics?collect=all"), EndsWith("\r\n\r\ncalls 2\n"));
}

/// With libcurl as the client, in another thread.
std::optional<std::string> download(MetricsListener& listener, const std::string& host) {
    auto body = std::async(std::launch::async, [&] {
        HttpOptions options;
        options.attempts = 1;
        HttpSession session(options);
        return fetchDocument(session, fmt::format("http://{}:{}/metrics", host, listener.port()));
    });
    while (body.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        pollfd poll{listener.fd(), POLLIN, 0};
        if (::poll(&poll, 1, 10) == 1) {
            listener.serve();
        }
    }
    return body.get();
}

TEST(MetricsListener, LibcurlUnderstandsIt) {
    const std::string text(300'000, 'x'); // more than a socket takes at once
    MetricsListener listener("127.0.0.1:0", [&] { return text; });
    EXPECT_EQ(download(listener, "127.0.0.1"), text);
}

TEST(MetricsListener, SpeaksIpv6) {
    std::optional<MetricsListener> listener;
    try {
        listener.emplace("[::1]:0", someText);
    } catch (const SystemError& error) { // where the kernel has no IPv6
        EXPECT_THAT(error.code(), testing::AnyOf(EADDRNOTAVAIL, EAFNOSUPPORT)) << error.what();
        return;
    }
    EXPECT_EQ(download(*listener, "[::1]"), someText());
}

TEST(MetricsListener, IsQuietWhileNobodyAsks) {
    MetricsListener listener("127.0.0.1:0", someText);
    pollfd poll{listener.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&poll, 1, 0), 0);
    listener.serve();
    EXPECT_EQ(::poll(&poll, 1, 0), 0);
}

TEST(MetricsListener, OtherPathsAreNotFound) {
    MetricsListener listener("127.0.0.1:0", someText);
    for (const auto* const path : {"/", "/metrics/", "/metric", "/METRICS", "/../metrics"}) {
        EXPECT_THAT(answerTo(listener, fmt::format("GET {}", path)),
                    AllOf(StartsWith("HTTP/1.1 404 "), testing::Not(HasSubstr("some_metric"))));
    }
}

TEST(MetricsListener, OtherMethodsAreNotAllowed) {
    MetricsListener listener("127.0.0.1:0", someText);
    for (const auto* const method : {"POST", "PUT", "DELETE", "OPTIONS", "HEAD", "get"}) {
        EXPECT_THAT(answerTo(listener, fmt::format("{} /metrics", method)),
                    AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: GET\r\n"),
                          testing::Not(HasSubstr("some_metric"))));
    }
}

TEST(MetricsListener, UploadIsRefusedBeforeItIsSent) {
    MetricsListener listener("127.0.0.1:0", someText);
    const Client client(listener.port());
    client.send(request("POST /metrics", "Content-Length: 1000000\r\n"));
    EXPECT_THAT(client.receive(listener), StartsWith("HTTP/1.1 405 "));
}

TEST(MetricsListener, ConnectionIsKeptForTheNextRequest) {
    MetricsListener listener("127.0.0.1:0", someText);
    const Client client(listener.port());
    for (int i = 0; i < 3; ++i) {
        client.send(request("GET /metrics"));
        EXPECT_THAT(client.receive(listener, someText()), StartsWith("HTTP/1.1 200 OK\r\n"));
    }
}

TEST(MetricsListener, BodyOfARequestIsIgnored) {
    MetricsListener listener("127.0.0.1:0", someText);
    const Client client(listener.port());
    client.send(request("GET /metrics", "Content-Length: 12\r\n") + "GET / HTTP/1");
    EXPECT_THAT(client.receive(listener, someText()), StartsWith("HTTP/1.1 200 "));
    client.send(request("GET /metrics"));
    EXPECT_THAT(client.receive(listener, someText()), StartsWith("HTTP/1.1 200 "));
}

TEST(MetricsListener, RequestInPiecesIsUnderstood) {
    MetricsListener listener("127.0.0.1:0", someText);
    const Client client(listener.port());
    for (const char letter : request("GET /metrics", "Connection: close\r\n")) {
        client.send(std::string(1, letter));
        listener.serve();
    }
    EXPECT_THAT(client.receive(listener), EndsWith("\r\n\r\nsome_metric 1\n"));
}

TEST(MetricsListener, NonsenseEndsTheConnectionAndNothingElse) {
    MetricsListener listener("127.0.0.1:0", someText);
    for (const auto& nonsense :
         {std::string("\x16\x03\x01 nonsense\r\n\r\n"), "GET /" + std::string(100'000, 'x')}) {
        const Client client(listener.port());
        client.send(nonsense);
        EXPECT_THAT(client.receive(listener), testing::Not(HasSubstr("some_metric")));
    }
    EXPECT_THAT(answerTo(listener, "GET /metrics"), EndsWith("some_metric 1\n"));
}

TEST(MetricsListener, ClientThatGoesAwayHarmsNobody) {
    MetricsListener listener("127.0.0.1:0", [] { return std::string(8'000'000, 'x'); });
    for (int i = 0; i < 20; ++i) {
        const Client client(listener.port());
        client.send(request("GET /metrics"));
        client.receive(listener, "xxx");
    }
    listener.serve();
    EXPECT_THAT(answerTo(listener, "GET /"), StartsWith("HTTP/1.1 404 "));
}

TEST(MetricsListener, CallbackThatThrowsIsAnInternalError) {
    bool broken = true;
    MetricsListener listener("127.0.0.1:0", [&] {
        if (broken) {
            throw Error("cannot read /proc/modules");
        }
        return someText();
    });
    EXPECT_THAT(answerTo(listener, "GET /metrics"),
                AllOf(StartsWith("HTTP/1.1 500 "), EndsWith("cannot read /proc/modules\n")));
    broken = false;
    EXPECT_THAT(answerTo(listener, "GET /metrics"), StartsWith("HTTP/1.1 200 "));
}

TEST(MetricsListener, ServesTheNextOnceIdleConnectionsAreClosed) {
    MetricsListener listener("127.0.0.1:0", someText, std::chrono::seconds(1));
    std::vector<Client> idle;
    for (int i = 0; i < 8; ++i) {
        idle.emplace_back(listener.port()).send("GET ");
    }
    const Client next(listener.port());
    next.send(request("GET /metrics", "Connection: close\r\n"));
    listener.serve();
    // Only the listener's own descriptor says when it is time.
    EXPECT_THAT(next.receive(listener), EndsWith("some_metric 1\n"));
    for (const auto& client : idle) {
        EXPECT_THAT(client.receive(listener), testing::Not(HasSubstr("some_metric")));
    }
}

TEST(MetricsListener, ServesTheNextOnceOthersHaveGone) {
    MetricsListener listener("127.0.0.1:0", someText, std::chrono::seconds(600));
    std::vector<Client> others;
    for (int i = 0; i < 8; ++i) {
        others.emplace_back(listener.port()).send("GET ");
    }
    for (pollfd poll{listener.fd(), POLLIN, 0}; ::poll(&poll, 1, 0) == 1;) {
        listener.serve();
    }
    const Client next(listener.port());
    next.send(request("GET /metrics", "Connection: close\r\n"));
    others.pop_back();
    EXPECT_THAT(next.receive(listener), EndsWith("some_metric 1\n"));
}

TEST(MetricsListener, BadAddressIsAUsageError) {
    for (const auto* const address :
         {"", ":", "9599", ":9599", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
          "127.0.0.1: 80", "127.0.0.1:80x", "127.1:80", "localhost:80", "::1:80", "[::1]",
          "[::1:80", "[]:80", "[:80", "[127.0.0.1]:80", "[::1%lo]:80"}) {
        try {
            const MetricsListener listener(address, someText);
            ADD_FAILURE() << address << " is taken";
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::Usage) << address;
            EXPECT_THAT(error.what(), HasSubstr(fmt::format("'{}'", address)));
            EXPECT_THAT(error.remedy(), HasSubstr("127.0.0.1:9599"));
        }
    }
}

TEST(MetricsListener, PortInUseNamesAddressAndCause) {
    const MetricsListener first("127.0.0.1:0", someText);
    const auto address = fmt::format("127.0.0.1:{}", first.port());
    try {
        const MetricsListener second(address, someText);
        ADD_FAILURE() << address << " is taken twice";
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), EADDRINUSE);
        EXPECT_THAT(error.what(), AllOf(HasSubstr(address), HasSubstr("Address already in use")));
        EXPECT_FALSE(error.remedy().empty());
    }
}

TEST(MetricsListener, AddressOfAnotherMachineIsRefused) {
    EXPECT_THAT([] { MetricsListener("192.0.2.1:0", someText); },
                testing::ThrowsMessage<SystemError>(HasSubstr("Cannot assign")));
}

TEST(MetricsListener, PortIsFreeAgainAtOnce) {
    std::uint16_t port = 0;
    {
        MetricsListener listener("127.0.0.1:0", someText);
        port = listener.port();
        answerTo(listener, "GET /metrics");
    }
    MetricsListener again(fmt::format("127.0.0.1:{}", port), someText);
    EXPECT_THAT(answerTo(again, "GET /metrics"), StartsWith("HTTP/1.1 200 "));
}

} // namespace
} // namespace host
