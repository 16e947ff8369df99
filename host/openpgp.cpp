#include "host/openpgp.h"

#include "host/error.h"
#include "host/file.h"
#include "host/process.h"

#include <charconv>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <optional>
#include <sstream>
#include <vector>

namespace host {

namespace {

constexpr std::string_view kArmourStart = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
constexpr std::string_view kArmourEnd = "-----END PGP PUBLIC KEY BLOCK-----";
constexpr std::string_view kStatusPrefix = "[GNUPG:] ";
constexpr std::size_t kLargestKeyring = 16 << 20;

using Words = std::vector<std::string>;

/// gpgv reads binary keyrings only. RFC 4880, 6.2: header lines, an empty line, base64, a checksum
/// line that starts with '='.
std::string withoutArmour(std::string_view text, const std::filesystem::path& keyring) {
    std::string binary;
    for (auto start = text.find(kArmourStart); start != std::string_view::npos;
         start = text.find(kArmourStart, start)) {
        const auto end = text.find(kArmourEnd, start);
        std::istringstream lines{std::string(text.substr(start, end - start))};
        std::string base64;
        bool body = false;
        for (std::string line; std::getline(lines, line);) {
            line.erase(line.find_last_not_of(" \t\r") + 1);
            if (body && !line.starts_with('=')) {
                base64 += line;
            }
            body = body || line.empty();
        }
        std::string block(base64.size() / 4 * 3 + 4, '\0');
        const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(block.data()),
                                         reinterpret_cast<const unsigned char*>(base64.data()),
                                         static_cast<int>(base64.size()));
        if (end == std::string_view::npos || size <= 0) {
            throw Error(
                fmt::format("{} is damaged: its ASCII armour cannot be decoded", keyring.string()));
        }
        const auto padding = base64.ends_with("==") ? 2U : base64.ends_with('=') ? 1U : 0U;
        binary.append(block, 0, static_cast<std::size_t>(size) - padding);
        start = end;
    }
    return binary;
}

/// The words of each status line that gpgv prints.
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

} // namespace

SignatureInfo verifyDetachedSignature(const std::filesystem::path& file,
                                      const std::filesystem::path& signature,
                                      const std::filesystem::path& keyring,
                                      const std::string& primaryFingerprint) {
    const auto content = readFileIfExists(keyring, kLargestKeyring);
    if (!content) {
        throw Error(Fault::Verification,
                    fmt::format("cannot verify {}: there is no keyring {}", file.string(),
                                keyring.string()),
                    "Give the file with the release signing key with --keyring.");
    }
    const TempDir directory(std::filesystem::temp_directory_path(), "driverctl-keyring-");
    std::filesystem::path binary = std::filesystem::absolute(keyring);
    if (content->find(kArmourStart) != std::string::npos) {
        binary = directory.path() / "keyring.gpg";
        writeFileAtomic(binary, withoutArmour(*content, keyring), 0600);
    }
    const Output output =
        run({.argv = {"gpgv", "--homedir", directory.path().string(), "--status-fd", "1",
                      "--keyring", binary.string(), signature.string(), file.string()}});
    const auto lines = statusLines(output.text);
    if (const auto cause = refusal(lines, primaryFingerprint)) {
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
