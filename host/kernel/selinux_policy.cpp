#include "host/kernel/selinux_policy.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"
#include "host/base/key_values.h"
#include "host/base/text.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace host {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kPermissiveDomain = 1; ///< of the flags: AVD_FLAGS_PERMISSIVE
constexpr int kHexadecimal = 16;

/// What the kernel's file "access" answers: "allowed decided auditallow auditdeny seqno flags",
/// seqno in decimal, the others in hexadecimal digits.
struct Decision {
    std::uint32_t allowed = 0;
    bool everything = false;
};

Decision parseDecision(const std::string& answer, const fs::path& file) {
    constexpr std::size_t kFlags = 5;
    const auto parts = words(answer);
    const auto number = [&](std::size_t at) {
        return parts.size() > at ? toNumber<std::uint32_t>(parts[at], kHexadecimal) : std::nullopt;
    };
    const auto allowed = number(0);
    if (!allowed) {
        throw Error(fmt::format("{} answers '{}', which is no decision", file.string(), answer));
    }
    return {.allowed = *allowed,
            .everything = (number(kFlags).value_or(0) & kPermissiveDomain) != 0};
}

} // namespace

std::string_view toString(SelinuxMode mode) {
    switch (mode) {
    case SelinuxMode::Off:
        return "off";
    case SelinuxMode::Unseen:
        return "unseen";
    case SelinuxMode::NoPolicy:
        return "no policy";
    case SelinuxMode::Permissive:
        return "permissive";
    case SelinuxMode::Enforcing:
        break;
    }
    return "enforcing";
}

std::string SelinuxPolicy::ask(const fs::path& file, const std::string& question) {
    const Fd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) {
        throwErrno("open", file.string());
    }
    // One write asks, and does not move the position from which the answer is read.
    if (::write(fd.get(), question.c_str(), question.size()) < 0) {
        throwErrno("ask", file.string());
    }
    std::array<char, 4096> answer{}; // a page is the most that selinuxfs answers
    const ssize_t size = ::read(fd.get(), answer.data(), answer.size());
    if (size < 0) {
        throwErrno("read", file.string());
    }
    return {answer.data(), static_cast<std::size_t>(size)};
}

SelinuxPolicy::SelinuxPolicy(const Roots& roots, Ask ask)
    : selinuxfs_(roots.sys / "fs/selinux"), configuration_(roots.etc / "selinux/config"),
      ask_(std::move(ask)) {}

SelinuxMode SelinuxPolicy::mode() const {
    std::error_code none;
    const auto enforce = readLineIfExists(selinuxfs_ / "enforce");
    if (!enforce) { // the kernel makes the directory to mount selinuxfs at
        return fs::is_directory(selinuxfs_, none) ? SelinuxMode::Unseen : SelinuxMode::Off;
    }
    if (!fs::is_directory(selinuxfs_ / "class", none) || fs::is_empty(selinuxfs_ / "class", none)) {
        return SelinuxMode::NoPolicy;
    }
    return *enforce == "1" ? SelinuxMode::Enforcing : SelinuxMode::Permissive;
}

bool SelinuxPolicy::isLoaded() const {
    const SelinuxMode now = mode();
    return now == SelinuxMode::Permissive || now == SelinuxMode::Enforcing;
}

std::string SelinuxPolicy::name() const {
    return valueOf(readKeyValues(configuration_).value_or(KeyValues{}), "SELINUXTYPE");
}

std::string SelinuxPolicy::version() const {
    return readLineIfExists(selinuxfs_ / "policyvers").value_or("");
}

bool SelinuxPolicy::hasLevels() const {
    return readLineIfExists(selinuxfs_ / "mls") == "1";
}

bool SelinuxPolicy::knows(const std::string& context) const {
    try {
        ask_(selinuxfs_ / "context", context);
        return true;
    } catch (const SystemError& error) {
        if (error.code() == EINVAL) {
            return false;
        }
        throw;
    }
}

std::optional<bool> SelinuxPolicy::boolean(const std::string& name) const {
    const auto values = readLineIfExists(selinuxfs_ / "booleans" / name); // "1 0": now, pending
    return values ? std::optional(values->starts_with('1')) : std::nullopt;
}

std::vector<std::string> SelinuxPolicy::denied(const std::string& source, const std::string& target,
                                               const std::string& objectClass,
                                               const std::vector<std::string>& permissions) const {
    const fs::path directory = selinuxfs_ / "class" / objectClass;
    const auto index = readLineIfExists(directory / "index");
    const fs::path access = selinuxfs_ / "access";
    const Decision decision =
        index ? parseDecision(ask_(access, fmt::format("{} {} {}", source, target, *index)), access)
              : Decision{};
    // What the policy does not know the kernel grants, or not.
    const bool grantsUnknown = readLineIfExists(selinuxfs_ / "deny_unknown") != "1";
    std::vector<std::string> refused;
    for (const std::string& permission : permissions) {
        const auto bit =
            toNumber<unsigned>(readLineIfExists(directory / "perms" / permission).value_or(""));
        const bool granted = bit ? (decision.allowed >> (*bit - 1) & 1U) != 0 : grantsUnknown;
        if (!granted && !decision.everything) {
            refused.push_back(permission);
        }
    }
    return refused;
}

} // namespace host
