#include "toolkit/installation/daemon_process.h"

#include "host/base/error.h"
#include "host/base/fd.h"

#include <array>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace toolkit {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kLargestAnswer = 4 << 20;

host::Fd connectTo(const fs::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = socket.string();
    if (name.size() >= sizeof address.sun_path) {
        host::throwErrno("connect to", name, ENAMETOOLONG);
    }
    std::memcpy(static_cast<char*>(address.sun_path), name.data(), name.size());
    host::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        host::throwErrno("connect to", name);
    }
    return fd;
}

/// A daemon that speaks something else than HTTP answers that it does.
void request(const host::Fd& fd, const fs::path& socket, const std::string& path) {
    const auto text = fmt::format("GET {} HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
    if (::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size())) {
        host::throwErrno("ask the daemon at", socket.string());
    }
}

struct Piece {
    std::string bytes; ///< empty: that was all
    pid_t sender = 0;  ///< 0: not seen in this PID namespace
};

Piece receive(const host::Fd& fd, const fs::path& socket) {
    pollfd polled{fd.get(), POLLIN, 0};
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
    if (::poll(&polled, 1, static_cast<int>(limit.count())) == 0) {
        host::throwErrno("get an answer from the daemon at", socket.string(), ETIMEDOUT);
    }
    std::array<char, 65536> bytes{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    iovec vector{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(fd.get(), &message, MSG_CMSG_CLOEXEC);
    if (count < 0) {
        host::throwErrno("get an answer from the daemon at", socket.string());
    }
    Piece piece{.bytes = std::string(bytes.data(), static_cast<std::size_t>(count))};
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_CREDENTIALS) {
        ucred sender{};
        std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
        piece.sender = sender.pid;
    }
    return piece;
}

pid_t senderAt(const fs::path& socket) {
    const host::Fd fd = connectTo(socket);
    request(fd, socket, "/_ping");
    const Piece answer = receive(fd, socket);
    if (answer.bytes.empty()) {
        throw host::Error(fmt::format("the daemon at {} does not answer", socket.string()));
    }
    return answer.sender;
}

} // namespace

std::optional<host::PidFd> daemonBehind(const fs::path& socket) {
    const pid_t pid = senderAt(socket);
    if (pid <= 0) {
        return std::nullopt;
    }
    auto process = host::PidFd::open(pid);
    if (!process || senderAt(socket) != pid) {
        throw host::Error(fmt::format("the daemon at {} has ended meanwhile", socket.string()));
    }
    return process;
}

std::string askDaemon(const fs::path& socket, const std::string& path) {
    const host::Fd fd = connectTo(socket);
    request(fd, socket, path);
    std::string answer;
    while (answer.size() < kLargestAnswer) {
        const Piece piece = receive(fd, socket);
        if (piece.bytes.empty()) {
            return answer;
        }
        answer += piece.bytes;
    }
    throw host::Error(fmt::format("the daemon at {} answers too much", socket.string()));
}

} // namespace toolkit
