#include "toolkit/installation/daemon_process.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "tests/unit/temporary.h"

#include <csignal>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace toolkit {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// A socket that this process makes, as systemd does.
class Socket {
  public:
    Socket() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(static_cast<char*>(address.sun_path), path().c_str(),
                     sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(fd_.get(), 8), 0);
    }
    [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "socket"; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    void close() { fd_ = host::Fd(); }

  private:
    tests::Directory directory_;
    host::Fd fd_;
};

/// A child that answers there.
class Daemon {
  public:
    Daemon(const Socket& socket, const char* answer) : pid_(::fork()) {
        if (pid_ == 0) {
            serve(socket.fd(), answer);
        }
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    Daemon(Daemon&&) = delete;
    Daemon& operator=(Daemon&&) = delete;
    ~Daemon() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    /// What ended it.
    int endingSignal() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }

  private:
    [[noreturn]] static void serve(int socket, const char* answer) {
        for (;;) {
            const int peer = ::accept(socket, nullptr, nullptr);
            char asked[256];
            if (::read(peer, static_cast<char*>(asked), sizeof asked) < 0 ||
                ::write(peer, answer, std::strlen(answer)) < 0) {
                ::_exit(1);
            }
            ::close(peer);
        }
    }
    pid_t pid_;
};

TEST(DaemonProcess, IsTheOneThatAnswersAndNotTheOneThatMadeTheSocket) {
    const Socket socket;
    Daemon daemon(socket, "HTTP/1.0 200 OK\r\n\r\nOK");
    EXPECT_THAT(askDaemon(socket.path(), "/info"), EndsWith("\r\nOK"));
    const auto process = daemonBehind(socket.path());
    ASSERT_TRUE(process);
    process->signal(SIGHUP);
    EXPECT_EQ(daemon.endingSignal(), SIGHUP);
}

TEST(DaemonProcess, WhereNobodyAnswers) {
    Socket socket;
    {
        const Daemon silent(socket, "");
        EXPECT_THROW(daemonBehind(socket.path()), host::Error);
    }
    const auto refused = [&] {
        try {
            daemonBehind(socket.path());
        } catch (const host::SystemError& error) {
            EXPECT_THAT(error.what(), HasSubstr("cannot connect to " + socket.path().string()));
            return error.code();
        }
        return 0;
    };
    socket.close();
    EXPECT_EQ(refused(), ECONNREFUSED);
    std::filesystem::remove(socket.path());
    EXPECT_EQ(refused(), ENOENT);
}

} // namespace
} // namespace toolkit
