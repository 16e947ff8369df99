#include "host/openpgp.h"

#include "host/error.h"
#include "host/file.h"
#include "host/process.h"

#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <sstream>
#include <vector>

namespace host {

namespace {

constexpr std::string_view kStatusPrefix = "[GNUPG:] ";

using Words = std::vector<std::string>;

/// The words of each status line that gpg prints.
std::vector<Words> statusLines(const std::string& output) {
    std::vector<Words> lines;
    std::istringstream stream(output);
    for (std::string line; std::getline(stream, line);) {
        if (line.starts_with(kStatusPrefix)) {
            std::istringstream words(line.substr(kStatusPrefix.size()));
            Words split;
            for (std::string word; words >> word;) {
                split.push_back(word);
            }
            if (!split.empty()) {
                lines.push_back(std::move(split));
            }
        }
    }
    return lines;
}

std::chrono::system_clock::time_point toTime(const std::string& seconds) {
    std::int64_t value = 0;
    std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
    return std::chrono::system_clock::from_time_t(value);
}

const Words* find(const std::vector<Words>& lines, std::string_view keyword) {
    for (const Words& line : lines) {
        if (line.front() == keyword) {
            return &line;
        }
    }
    return nullptr;
}

/// Why the status lines do not amount to a good signature; nothing when they do.
std::optional<std::string> refusal(const std::vector<Words>& lines, const std::string& primary) {
    constexpr std::size_t kMade =
        3; // VALIDSIG <fpr> <date> <seconds> <expires> <version> <reserved>
    constexpr std::size_t kHash = 8;     // <key algorithm> <hash algorithm> <class> <primary fpr>
    constexpr std::size_t kPrimary = 10; // doc/DETAILS of GnuPG
    constexpr std::string_view kWeakHashes[] = {"1", "2", "3"}; // MD5, SHA-1, RIPEMD-160
    if (find(lines, "BADSIG") != nullptr) {
        return "the signature does not match the file";
    }
    if (find(lines, "REVKEYSIG") != nullptr) {
        return "the key that made the signature is revoked";
    }
    if (find(lines, "EXPSIG") != nullptr) {
        return "the signature itself has expired";
    }
    if (const Words* key = find(lines, "NO_PUBKEY"); key != nullptr && key->size() > 1) {
        return fmt::format("it was signed with the key {}, which is not in the keyring", (*key)[1]);
    }
    const Words* valid = find(lines, "VALIDSIG");
    if (valid == nullptr || valid->size() <= kPrimary) {
        return "it holds no valid signature";
    }
    if ((*valid)[kPrimary] != primary) {
        return fmt::format("it was signed with the key {}, the trusted one is {}",
                           (*valid)[kPrimary], primary);
    }
    for (const std::string_view hash : kWeakHashes) {
        if ((*valid)[kHash] == hash) {
            return "the signature uses a digest that is no longer safe";
        }
    }
    const Words* expired = find(lines, "KEYEXPIRED");
    if (find(lines, "EXPKEYSIG") != nullptr && (expired == nullptr || expired->size() < 2 ||
                                                toTime((*valid)[kMade]) >= toTime((*expired)[1]))) {
        return "it was signed after the key had expired";
    }
    return std::nullopt;
}

/// From `gpg --with-colons --list-keys` (doc/DETAILS of GnuPG): the fingerprints of revoked keys
/// and subkeys. The status of a verification does not tell when the key has expired as well.
bool isRevoked(const std::string& listing, const std::string& fingerprint) {
    std::istringstream lines(listing);
    bool revoked = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("pub:") || line.starts_with("sub:")) {
            revoked = line.substr(4, 2) == "r:";
        } else if (revoked && line.starts_with("fpr:") &&
                   line.find(":" + fingerprint + ":") != std::string::npos) {
            return true;
        }
    }
    return false;
}

} // namespace

SignatureInfo verifyDetachedSignature(const std::filesystem::path& file,
                                      const std::filesystem::path& signature,
                                      const std::filesystem::path& keyring,
                                      const std::string& primaryFingerprint) {
    if (!std::filesystem::is_regular_file(keyring)) {
        throw Error(Fault::Verification,
                    fmt::format("cannot verify {}: there is no keyring {}", file.string(),
                                keyring.string()),
                    "Give the file with the release signing key with --keyring.");
    }
    const TempDir home(std::filesystem::temp_directory_path(), "driverctl-keyring-");
    const auto gpg = [&home](std::vector<std::string> arguments) {
        std::vector<std::string> argv = {"gpg",     "--homedir",      home.path().string(),
                                         "--batch", "--no-autostart", "--trust-model",
                                         "always",  "--status-fd",    "1"};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return run({.argv = std::move(argv)});
    };
    gpg({"--import", keyring.string()}); // a ring without a usable key shows as NO_PUBKEY below
    const Output output = gpg({"--verify", signature.string(), file.string()});
    const auto lines = statusLines(output.text);
    auto cause = refusal(lines, primaryFingerprint);
    if (!cause) {
        const std::string keys = gpg({"--with-colons", "--list-keys"}).text;
        if (isRevoked(keys, primaryFingerprint) || isRevoked(keys, (*find(lines, "VALIDSIG"))[1])) {
            cause = "the key that made the signature is revoked";
        }
    }
    if (cause) {
        throw Error(Fault::Verification,
                    fmt::format("the signature {} of {} is not accepted: {}", signature.string(),
                                file.string(), *cause),
                    "Do not use the file. If the signing key was renewed, fetch the new key and "
                    "give it with --keyring and --signing-key.");
    }
    const Words& valid = *find(lines, "VALIDSIG");
    return {valid[10], valid[1], toTime(valid[3]), find(lines, "EXPKEYSIG") != nullptr};
}

} // namespace host
