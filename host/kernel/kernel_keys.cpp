#include "host/kernel/kernel_keys.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <linux/keyctl.h>
#include <map>
#include <sstream>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

namespace host {

namespace {

constexpr std::size_t kMostKeys = 1 << 16;

/// A line of /proc/keys: "0b099400 I------ 1 perm 1f010000 0 0 asymmetri DESCRIPTION: X509.rsa …".
struct Line {
    std::int32_t serial = 0;
    std::string type;
    std::string description; ///< without what the type adds behind it
};

std::optional<Line> parse(const std::string& text) {
    constexpr int kSkipped = 6; // flags, usage, expiry, permissions, uid, gid
    std::istringstream fields(text);
    std::string serial;
    std::string word;
    fields >> serial;
    for (int i = 0; i < kSkipped; ++i) {
        fields >> word;
    }
    Line line;
    fields >> line.type;
    std::getline(fields >> std::ws, line.description);
    const auto number = toNumber<std::uint32_t>(serial, 16);
    if (line.type.empty() || !number) {
        return std::nullopt;
    }
    line.serial = static_cast<std::int32_t>(*number);
    line.description.erase(std::min(line.description.rfind(": "), line.description.size()));
    return line;
}

} // namespace

std::optional<std::vector<std::int32_t>> readKeyring(std::int32_t keyring) {
    std::vector<std::int32_t> keys(kMostKeys);
    const long size =
        ::syscall(SYS_keyctl, KEYCTL_READ, keyring, keys.data(), keys.size() * sizeof keys.front());
    if (size < 0) {
        return std::nullopt;
    }
    keys.resize(std::min(keys.size(), static_cast<std::size_t>(size) / sizeof keys.front()));
    return keys;
}

std::vector<KernelKey> kernelKeys(const std::filesystem::path& proc, const KeyringReader& reader) {
    std::string text;
    try {
        text = readFileIfExists(proc / "keys").value_or("");
    } catch (const Error&) { // nobody sees them here
    }
    std::vector<Line> keys;
    std::map<std::int32_t, std::vector<std::string>> keyrings; ///< by key
    std::istringstream lines(text);
    for (std::string content; std::getline(lines, content);) {
        const auto line = parse(content);
        if (line && line->type == "asymmetri") { // cut off by the kernel
            keys.push_back(*line);
        } else if (line && line->type == "keyring" && line->description.starts_with('.')) {
            for (const std::int32_t key :
                 reader(line->serial).value_or(std::vector<std::int32_t>{})) {
                keyrings[key].push_back(line->description);
            }
        }
    }
    std::vector<KernelKey> found;
    for (const Line& key : keys) {
        found.push_back({key.description, keyrings[key.serial]});
    }
    return found;
}

} // namespace host
