/// The exception for whatever fails; a signal that ends work is none (host/signals.h).
///
/// An Error names the operation, the object and the cause in what(), what the operator should do in
/// remedy(), and in fault() what a program may conclude from it. Libraries throw it where a call
/// fails; driverctl/exit_code.h maps the fault to the exit code.
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace host {

/// The kinds of failure that a caller or a script can act on.
enum class Fault {
    Failed,         ///< anything not named below
    Usage,          ///< a wrong or missing option, a configuration that contradicts itself
    NoPackage,      ///< no package fits this kernel and building was not allowed
    InUse,          ///< somebody uses the driver
    AlreadyRunning, ///< another instance holds the lock
    NotLoadable,    ///< the module cannot be loaded on this kernel (vermagic, symbol, signature,
                    ///< lockdown)
    NoGpu,          ///< no NVIDIA device on this machine
    Verification,   ///< a signature or a digest does not match
};

class Error : public std::runtime_error {
  public:
    Error(Fault fault, const std::string& message, std::string remedy = {})
        : std::runtime_error(message), fault_(fault), remedy_(std::move(remedy)) {}
    /// Fault::Failed.
    explicit Error(const std::string& message, std::string remedy = {})
        : Error(Fault::Failed, message, std::move(remedy)) {}

    [[nodiscard]] Fault fault() const noexcept { return fault_; }
    /// One sentence in the imperative, or empty.
    [[nodiscard]] const std::string& remedy() const noexcept { return remedy_; }

  private:
    Fault fault_;
    std::string remedy_;
};

/// An Error that stems from errno, kept so that callers may tell ENOENT from EBUSY.
class SystemError : public Error {
  public:
    SystemError(std::string_view operation, std::string_view object, int error,
                std::string remedy = {});
    [[nodiscard]] int code() const noexcept { return code_; }

  private:
    int code_;
};

/// Throws SystemError("cannot <operation> <object>: <strerror>"). `error` is read at the call, so
/// pass nothing only directly after the failing call.
[[noreturn]] void throwErrno(std::string_view operation, std::string_view object,
                             int error = errno);

/// The same of something that cannot be written. Without a `remedy` of the caller's, a file system
/// that is full or read-only has one.
[[noreturn]] void throwWriteError(std::string_view operation, std::string_view object,
                                  int error = errno, std::string remedy = {});

/// Runs `body`; an Error that leaves it has "<noun>: " put before its message, fault and remedy
/// kept. For places where a new noun enters.
template <typename Body>
auto context(const std::string& noun, Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (const Error& error) {
        throw Error(error.fault(), noun + ": " + error.what(), error.remedy());
    }
}

} // namespace host
