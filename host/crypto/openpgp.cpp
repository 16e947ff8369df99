#include "host/crypto/openpgp.h"

#include "host/base/error.h"
#include "host/base/text.h"
#include "host/base/time.h"
#include "host/process/process.h"

#include <cctype>
#include <ctime>
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
            Words said = words(line.substr(kStatusPrefix.size()));
            if (!said.empty()) {
                lines.push_back(std::move(said));
            }
        }
    }
    return lines;
}

std::int64_t secondsIn(const std::string& word) {
    return toNumber<std::int64_t>(word).value_or(0);
}

/// gpg looks at nothing that is from the future, which is no fault of key or signature.
void requirePast(const std::string& object, std::int64_t made) {
    const std::int64_t now = std::time(nullptr);
    if (made > now) {
        throw Error(Fault::Verification,
                    fmt::format("{} was made at {}, and this machine's clock says {}", object,
                                utcTime(made), utcTime(now)),
                    "Set this machine's clock.");
    }
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
    if (find(lines, "EXPKEYSIG") != nullptr &&
        (expired == nullptr || expired->size() < 2 ||
         secondsIn((*valid)[kMade]) >= secondsIn((*expired)[1]))) {
        return "it was signed after the key had expired";
    }
    return std::nullopt;
}

/// When the signature was made that gpg did not check, because of the time.
std::optional<std::int64_t> timeInConflict(const std::vector<Words>& lines) {
    constexpr std::size_t kMade = 5; // ERRSIG <key> <key algorithm> <hash algorithm> <class>
    constexpr std::size_t kCause = 6;
    constexpr std::string_view kTimeConflict = "39"; // of libgpg-error
    const Words* unchecked = find(lines, "ERRSIG");
    const bool conflicts =
        unchecked != nullptr && unchecked->size() > kCause && (*unchecked)[kCause] == kTimeConflict;
    return conflicts ? std::optional(secondsIn((*unchecked)[kMade])) : std::nullopt;
}

struct Key {
    std::string fingerprint;
    std::string id; ///< the last 16 digits
    std::int64_t made = 0;
    bool revoked = false;
};

/// A primary key, which comes first, and its subkeys.
using KeyBlock = std::vector<Key>;

/// From `gpg --with-colons` (doc/DETAILS of GnuPG). The status of a verification does not tell
/// that a key is revoked when it has expired as well.
std::vector<KeyBlock> keysIn(const std::string& listing) {
    constexpr std::size_t kId = 4;
    constexpr std::size_t kMade = 5;
    constexpr std::size_t kFingerprint = 9;
    std::vector<KeyBlock> blocks;
    std::istringstream lines(listing);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        Words fields;
        for (std::string field; std::getline(words, field, ':');) {
            fields.push_back(field);
        }
        if (fields.size() <= kMade) {
            continue;
        }
        if (fields[0] == "pub") {
            blocks.emplace_back();
        }
        if (fields[0] == "pub" || (fields[0] == "sub" && !blocks.empty())) {
            blocks.back().push_back({.fingerprint = "",
                                     .id = fields[kId],
                                     .made = secondsIn(fields[kMade]),
                                     .revoked = fields[1] == "r"});
        } else if (fields[0] == "fpr" && fields.size() > kFingerprint && !blocks.empty()) {
            blocks.back().back().fingerprint = fields[kFingerprint];
        }
    }
    return blocks;
}

/// As gpg prints it; nothing when it is none.
std::optional<std::string> normalFingerprint(const std::string& text) {
    constexpr std::size_t kDigits = 40;
    std::string digits;
    for (const char character : text) {
        if (character != ' ') {
            digits += static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
        }
    }
    const bool plain = digits.find_first_not_of("0123456789ABCDEF") == std::string::npos;
    return plain && digits.size() == kDigits ? std::optional(digits) : std::nullopt;
}

/// What kind of file it is that holds no key, in words.
std::string describeKeyless(const std::string& content) {
    const auto start = content.find_first_not_of(" \t\r\n");
    if (start == std::string::npos) {
        return "is empty";
    }
    if (content[start] == '<') {
        return "is a web page";
    }
    return "holds no OpenPGP key";
}

bool isPrivatePem(const std::string& content) {
    return content.find("PRIVATE KEY-----") != std::string::npos ||
           content.find("PRIVATE KEY BLOCK-----") != std::string::npos;
}

std::string readKeyring(const std::filesystem::path& file) {
    constexpr std::size_t kLargest = 16 << 20;
    std::error_code none;
    if (!std::filesystem::exists(file, none)) {
        throw Error(Fault::Verification, fmt::format("there is no keyring {}", file.string()),
                    "Give the file with the release signing key with {keyring}.");
    }
    if (!std::filesystem::is_regular_file(file)) {
        throw Error(Fault::Verification, fmt::format("the keyring {} is no file", file.string()),
                    "Give the file with the release signing key with {keyring}.");
    }
    return readFile(file, kLargest);
}

} // namespace

PinnedKey::PinnedKey(const std::filesystem::path& keyring, const std::string& fingerprint)
    : home_(std::filesystem::temp_directory_path(), "driverctl-keyring-") {
    const auto pinned = normalFingerprint(fingerprint);
    if (!pinned) {
        throw Error(Fault::Usage,
                    fmt::format("'{}' is no fingerprint of an OpenPGP key", fingerprint),
                    "Give the 40 hexadecimal digits of the primary key with {signing-key}.");
    }
    fingerprint_ = *pinned;
    const std::string content = readKeyring(keyring);
    const auto refuse = [&keyring](const std::string& cause) {
        throw Error(Fault::Verification, fmt::format("the keyring {} {}", keyring.string(), cause),
                    "Give the file with the public release signing key with {keyring}.");
    };
    const std::string shown =
        gpg({"--ignore-time-conflict", "--with-colons", "--show-keys", "--", keyring.string()});
    if (isPrivatePem(content) || shown.starts_with("sec:") ||
        shown.find("\nsec:") != std::string::npos) {
        refuse("holds a private key, which belongs to the one who signs");
    }
    for (const KeyBlock& key : keysIn(shown)) {
        if (key.front().fingerprint == fingerprint_) {
            requirePast(fmt::format("the key {} of {}", fingerprint_, keyring.string()),
                        key.front().made);
        }
    }
    static_cast<void>(gpg({"--import", "--", keyring.string()}));
    const auto keys = keysIn(gpg({"--with-colons", "--list-keys"}));
    if (keys.empty()) {
        refuse(describeKeyless(content));
    }
    std::string others;
    for (const KeyBlock& key : keys) {
        if (key.front().fingerprint == fingerprint_ && key.front().revoked) {
            refuse(fmt::format("says that the key {} is revoked", fingerprint_));
        }
        if (key.front().fingerprint == fingerprint_) {
            return;
        }
        others += (others.empty() ? "" : ", ") + key.front().fingerprint;
    }
    refuse(fmt::format("lacks the pinned key {}, it holds {}", fingerprint_, others));
}

/// Its standard output and error.
std::string PinnedKey::gpg(std::vector<std::string> arguments) const {
    std::vector<std::string> argv = {"gpg",     "--homedir",      home_.path().string(),
                                     "--batch", "--no-autostart", "--trust-model",
                                     "always",  "--status-fd",    "1"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run({.argv = std::move(argv)}).text;
}

std::vector<std::vector<std::string>> PinnedKey::look(const std::filesystem::path& signature,
                                                      const std::filesystem::path& file) const {
    auto lines = statusLines(gpg({"--verify", "--", signature.string(), file.string()}));
    if (const auto made = timeInConflict(lines)) {
        requirePast("the signature " + signature.string(), *made);
    }
    return lines;
}

void PinnedKey::requireSigner(const std::filesystem::path& signature) const {
    // Of an empty file: gpg names the key before it finds that the bytes are others.
    const auto lines = look(signature, "/dev/null");
    const Words* named = find(lines, "BADSIG");
    if (named == nullptr || named->size() < 2) {
        refuseSignature(signature, refusal(lines, fingerprint_).value_or("it is one of no file"));
    }
    for (const KeyBlock& block : keysIn(gpg({"--with-colons", "--list-keys"}))) {
        for (const Key& key : block) {
            if (key.id != (*named)[1]) {
                continue;
            }
            if (block.front().fingerprint != fingerprint_) {
                refuseSignature(signature,
                                fmt::format("it was signed with the key {}, the trusted one is {}",
                                            block.front().fingerprint, fingerprint_));
            }
            if (key.revoked) {
                refuseSignature(signature, "the key that made the signature is revoked");
            }
        }
    }
}

SignatureInfo PinnedKey::verify(const std::filesystem::path& file,
                                const std::filesystem::path& signature) const {
    const auto lines = look(signature, file);
    if (const auto cause = refusal(lines, fingerprint_)) {
        refuseSignature(signature, *cause);
    }
    const Words& valid = *find(lines, "VALIDSIG");
    for (const KeyBlock& block : keysIn(gpg({"--with-colons", "--list-keys"}))) {
        for (const Key& key : block) {
            if (key.fingerprint == valid[1] && key.revoked) {
                refuseSignature(signature, "the key that made the signature is revoked");
            }
        }
    }
    return {valid[10], valid[1], std::chrono::system_clock::from_time_t(secondsIn(valid[3])),
            find(lines, "EXPKEYSIG") != nullptr};
}

void PinnedKey::refuseSignature(const std::filesystem::path& signature, const std::string& cause) {
    throw Error(Fault::Verification,
                fmt::format("the signature {} is not accepted: {}", signature.string(), cause),
                "Do not use the file. If the signing key was renewed, fetch the new key and "
                "give it with {keyring} and {signing-key}.");
}

} // namespace host
