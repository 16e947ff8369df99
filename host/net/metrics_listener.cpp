#include "host/net/metrics_listener.h"

#include "host/base/error.h"
#include "host/base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <optional>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <utility>

namespace host {

namespace {

constexpr const char* kPath = "/metrics";
constexpr const char* kTextFormat = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr unsigned kConnections = 8;
constexpr int kBacklog = 16;

/// An IPv4 or IPv6 address with its port, as the kernel wants it.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] std::uint16_t port() const noexcept {
        // At the same place in both families.
        return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
    }
};

std::optional<SocketAddress> tryParse(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto port = toNumber<std::uint16_t>(text.substr(colon + 1));
    std::string name(text.substr(0, colon));
    if (!port) {
        return std::nullopt;
    }
    SocketAddress address;
    if (name.starts_with('[') && name.ends_with(']')) {
        name = name.substr(1, name.size() - 2);
        auto* const ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(*port);
        address.size = sizeof *ipv6;
        return ::inet_pton(AF_INET6, name.c_str(), &ipv6->sin6_addr) == 1 ? std::optional(address)
                                                                          : std::nullopt;
    }
    auto* const ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(*port);
    address.size = sizeof *ipv4;
    return ::inet_pton(AF_INET, name.c_str(), &ipv4->sin_addr) == 1 ? std::optional(address)
                                                                    : std::nullopt;
}

SocketAddress parseAddress(const std::string& text) {
    if (auto address = tryParse(text)) {
        return *address;
    }
    throw Error(Fault::Usage,
                fmt::format("cannot listen for metrics on '{}': it is no ADDRESS:PORT", text),
                "Give an IP address and a port, like 127.0.0.1:9599 or [::1]:9599.");
}

Fd listenOn(SocketAddress& address, const std::string& name) {
    const auto fail = [&name] {
        throw SystemError("listen for metrics on", name, errno,
                          "Choose an address of this machine and a port that is free.");
    };
    Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    // A restart must not wait for the connections of the last run.
    if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(fd.get(), address.get(), address.size) != 0 || ::listen(fd.get(), kBacklog) != 0 ||
        ::getsockname(fd.get(), address.get(), &address.size) != 0) {
        fail();
    }
    return fd;
}

MHD_Result respond(MHD_Connection* connection, unsigned status, std::string_view body,
                   const char* type) {
    const std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)> response(
        MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()),
                                        MHD_RESPMEM_MUST_COPY),
        &MHD_destroy_response);
    if (response == nullptr ||
        MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, type) != MHD_YES) {
        return MHD_NO;
    }
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED &&
        MHD_add_response_header(response.get(), MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_GET) !=
            MHD_YES) {
        return MHD_NO;
    }
    return MHD_queue_response(connection, status, response.get());
}

/// libmicrohttpd's callback: called with the headers of a request, then with each piece of its
/// body, then once more. What is refused is refused with the headers, which closes the connection:
/// no body is waited for then.
MHD_Result answer(void* text, MHD_Connection* connection, const char* url, const char* method,
                  const char* /*version*/, const char* /*body*/, std::size_t* bodySize,
                  void** request) {
    if (std::string_view(url) != kPath) {
        return respond(connection, MHD_HTTP_NOT_FOUND, "Not found. See /metrics.\n", kPlainText);
    }
    if (std::string_view(method) != MHD_HTTP_METHOD_GET) {
        return respond(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET is allowed.\n",
                       kPlainText);
    }
    const bool first = std::exchange(*request, text) == nullptr;
    if (first || std::exchange(*bodySize, 0) != 0) {
        return MHD_YES;
    }
    try {
        return respond(connection, MHD_HTTP_OK,
                       (*static_cast<const MetricsListener::Text*>(text))(), kTextFormat);
    } catch (const std::exception& error) { // must not pass through libmicrohttpd's frames
        return respond(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                       fmt::format("{}\n", error.what()), kPlainText);
    }
}

} // namespace

void MetricsListener::Stop::operator()(MHD_Daemon* daemon) const noexcept {
    MHD_stop_daemon(daemon);
}

MetricsListener::MetricsListener(const std::string& address, Text text,
                                 std::chrono::seconds idleLimit)
    : text_(std::move(text)), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      events_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!timer_ || !events_) {
        throwErrno("listen for metrics on", address);
    }
    auto socketAddress = parseAddress(address);
    auto socket = listenOn(socketAddress, address);
    port_ = socketAddress.port();
    daemon_.reset(MHD_start_daemon(
        MHD_USE_EPOLL, 0, nullptr, nullptr, &answer, &text_, MHD_OPTION_LISTEN_SOCKET, socket.get(),
        MHD_OPTION_CONNECTION_LIMIT, kConnections, MHD_OPTION_CONNECTION_TIMEOUT,
        static_cast<unsigned>(idleLimit.count()), MHD_OPTION_END));
    // libmicrohttpd's in both cases: it may have closed the socket where it failed.
    static_cast<void>(socket.release());
    const auto* const info =
        daemon_ ? MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_EPOLL_FD) : nullptr;
    if (info == nullptr) {
        throw Error(fmt::format("cannot listen for metrics on {}: libmicrohttpd refuses", address));
    }
    watch(info->epoll_fd);
    watch(timer_.get());
}

MetricsListener::~MetricsListener() = default;

void MetricsListener::watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        throwErrno("watch", "the connections for metrics");
    }
}

void MetricsListener::serve() {
    // libmicrohttpd stops to listen while it has all the connections that it may have, and listens
    // again at the start of the run after the one in which some went away: that run must not wait
    // for an event.
    const auto connections = [this] {
        return MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
            ->num_connections;
    };
    unsigned before = 0;
    do {
        before = connections();
        if (MHD_run(daemon_.get()) != MHD_YES) {
            throw Error("cannot serve the connections for metrics: libmicrohttpd gives up");
        }
    } while (connections() < before);
    setTimer();
}

/// Arms the timer for the moment at which serve() is due without any event. Setting it also takes
/// back an earlier expiration.
void MetricsListener::setTimer() {
    constexpr MHD_UNSIGNED_LONG_LONG kShortest = 1; // 0 would disarm the timer
    constexpr MHD_UNSIGNED_LONG_LONG kSecond = 1000;
    itimerspec due{};
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    if (MHD_get_timeout(daemon_.get(), &milliseconds) == MHD_YES) {
        milliseconds = std::max(milliseconds, kShortest);
        due.it_value.tv_sec = static_cast<time_t>(milliseconds / kSecond);
        due.it_value.tv_nsec = static_cast<long>(milliseconds % kSecond) * 1'000'000;
    }
    if (::timerfd_settime(timer_.get(), 0, &due, nullptr) != 0) {
        throwErrno("set", "the timer of the connections for metrics");
    }
}

} // namespace host
