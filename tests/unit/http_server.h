/// A real HTTP server on a loopback port whose answers a test decides, and which remembers what it
/// was asked. Ends with the object.
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <microhttpd.h>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

struct HttpRequestSeen {
    std::string method;
    std::string path; ///< without the query
    std::map<std::string, std::string> arguments;
    std::map<std::string, std::string> headers; ///< names in lower case
};

struct TlsIdentity {
    std::string certificate; ///< PEM
    std::string key;         ///< PEM
};

struct HttpReply {
    unsigned status = 200;
    std::string body = {};
    std::map<std::string, std::string> headers = {};
    /// How many bytes may be sent from `position`: less than 0 breaks the connection. Called before
    /// each piece, on the server's own thread.
    std::function<std::int64_t(std::uint64_t position)> pace = {};
};

class HttpServer {
  public:
    using Handler = std::function<HttpReply(const HttpRequestSeen&)>;

    explicit HttpServer(Handler handler) : HttpServer(std::move(handler), {}) {}

    /// With a certificate: over TLS.
    HttpServer(Handler handler, TlsIdentity identity)
        : handler_(std::move(handler)), identity_(std::move(identity)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        daemon_ = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                                       (identity_.certificate.empty() ? 0U : MHD_USE_TLS),
                                   0, nullptr, nullptr, &onRequest, this, MHD_OPTION_SOCK_ADDR,
                                   &address, MHD_OPTION_NOTIFY_COMPLETED, &onCompleted, nullptr,
                                   identity_.certificate.empty() ? MHD_OPTION_END
                                                                 : MHD_OPTION_HTTPS_MEM_CERT,
                                   identity_.certificate.c_str(), MHD_OPTION_HTTPS_MEM_KEY,
                                   identity_.key.c_str(), MHD_OPTION_END);
        port_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT)->port;
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    HttpServer(HttpServer&&) = delete;
    HttpServer& operator=(HttpServer&&) = delete;
    ~HttpServer() { MHD_stop_daemon(daemon_); }

    /// "127.0.0.1:PORT".
    [[nodiscard]] std::string server() const { return fmt::format("127.0.0.1:{}", port_); }
    [[nodiscard]] std::string url(std::string_view path = "") const {
        return fmt::format("{}://{}{}", identity_.certificate.empty() ? "http" : "https", server(),
                           path);
    }
    [[nodiscard]] std::vector<HttpRequestSeen> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

  private:
    struct Sending {
        HttpReply reply;
        std::uint64_t length;
    };

    static MHD_Result addTo(void* target, MHD_ValueKind kind, const char* name, const char* value) {
        std::string key = name;
        if (kind == MHD_HEADER_KIND) {
            for (char& character : key) {
                character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
            }
        }
        (*static_cast<std::map<std::string, std::string>*>(target))[key] =
            value == nullptr ? "" : value;
        return MHD_YES;
    }

    static ssize_t onSend(void* context, std::uint64_t position, char* buffer, std::size_t most) {
        const auto& sending = *static_cast<Sending*>(context);
        const std::int64_t may = sending.reply.pace(position);
        if (may < 0) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        const auto size =
            std::min<std::size_t>({most, static_cast<std::size_t>(may), sending.length - position});
        for (std::size_t i = 0; i < size; ++i) {
            const auto at = position + i;
            buffer[i] = at < sending.reply.body.size() ? sending.reply.body[at] : 'x';
        }
        return static_cast<ssize_t>(size);
    }

    static MHD_Result onRequest(void* context, MHD_Connection* connection, const char* path,
                                const char* method, const char* /*version*/, const char* /*data*/,
                                std::size_t* size, void** state) {
        auto& self = *static_cast<HttpServer*>(context);
        if (*state == nullptr) { // the headers are there; the body comes with further calls
            *state = &self;
            return MHD_YES;
        }
        if (*size > 0) {
            *size = 0;
            return MHD_YES;
        }
        HttpRequestSeen request{.method = method, .path = path, .arguments = {}, .headers = {}};
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &addTo, &request.arguments);
        MHD_get_connection_values(connection, MHD_HEADER_KIND, &addTo, &request.headers);
        {
            const std::lock_guard lock(self.mutex_);
            self.requests_.push_back(request);
        }
        return answer(connection, self.handler_(request));
    }

    static void onCompleted(void* /*context*/, MHD_Connection* /*connection*/, void** state,
                            MHD_RequestTerminationCode /*why*/) {
        *state = nullptr;
    }

    static MHD_Result answer(MHD_Connection* connection, HttpReply reply) {
        const unsigned status = reply.status;
        const auto headers = reply.headers;
        MHD_Response* response = nullptr;
        if (reply.pace) {
            const auto size = headers.find("Content-Length");
            const std::uint64_t length =
                size == headers.end() ? reply.body.size() : std::stoull(size->second);
            response = MHD_create_response_from_callback(
                length, 4096, &onSend, new Sending{std::move(reply), length},
                [](void* sending) { delete static_cast<Sending*>(sending); });
        } else {
            response = MHD_create_response_from_buffer(reply.body.size(), reply.body.data(),
                                                       MHD_RESPMEM_MUST_COPY);
        }
        for (const auto& [name, value] : headers) {
            if (name != "Content-Length") {
                MHD_add_response_header(response, name.c_str(), value.c_str());
            }
        }
        const MHD_Result queued = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
        return queued;
    }

    Handler handler_;
    TlsIdentity identity_;
    MHD_Daemon* daemon_ = nullptr;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<HttpRequestSeen> requests_;
};

} // namespace tests
