/// A small HTTP server with one document: GET /metrics on one TCP address, for Prometheus.
///
/// Owns the listening socket and its connections, through libmicrohttpd. Has no thread: the caller
/// polls fd() and calls serve() when it is readable; time-outs make it readable too, so nothing
/// else has to be watched. serve() never waits for a client. At most 8 connections are open,
/// further ones wait in the kernel's queue; one on which nothing happens for 5 seconds is closed.
///
/// Other paths get 404, other methods 405. When the text callback throws, the client gets 500 with
/// the message: neither a client nor the callback makes serve() throw. An address that is no
/// ADDRESS:PORT is Error(Fault::Usage), one that cannot be listened on is SystemError; both name
/// it.
#pragma once

#include "host/base/fd.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

struct MHD_Daemon;

namespace host {

class MetricsListener {
  public:
    using Text = std::function<std::string()>;

    /// Listens when it returns. `address` is "127.0.0.1:9599" or "[::1]:9599"; port 0 takes any
    /// free one. `text` is called in serve(), once a request.
    MetricsListener(const std::string& address, Text text,
                    std::chrono::seconds idleLimit = std::chrono::seconds(5));
    MetricsListener(const MetricsListener&) = delete;
    MetricsListener& operator=(const MetricsListener&) = delete;
    MetricsListener(MetricsListener&&) = delete;
    MetricsListener& operator=(MetricsListener&&) = delete;
    /// Closes all connections at once.
    ~MetricsListener();

    /// Polls readable when serve() has something to do.
    [[nodiscard]] int fd() const noexcept { return events_.get(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// Does what can be done without waiting. Throws Error when the kernel refuses.
    void serve();

  private:
    struct Stop {
        void operator()(MHD_Daemon* daemon) const noexcept;
    };
    void watch(int fd);
    void setTimer();

    Text text_;
    std::uint16_t port_ = 0;
    Fd timer_;  ///< expires when a connection has been idle for too long
    Fd events_; ///< epoll of the timer and of libmicrohttpd's own epoll
    std::unique_ptr<MHD_Daemon, Stop> daemon_;
};

} // namespace host
