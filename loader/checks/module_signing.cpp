#include "loader/checks/module_signing.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/printable.h"
#include "host/base/text.h"
#include "host/crypto/module_signature.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace loader {

namespace {

constexpr const char* kSecureBoot =
    "firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// The keyrings that vouch for modules (kernel/module/signing.c); .platform where a distribution
/// has patched it in.
constexpr std::string_view kKeyrings[] = {".builtin_trusted_keys", ".secondary_trusted_keys",
                                          ".machine", ".platform"};

/// A file of /sys; containers often lack the file systems that the host has mounted there.
std::optional<std::string> readSys(const host::Roots& roots, const std::filesystem::path& file) {
    for (const auto& sys : {roots.sys, roots.proc / "1/root/sys"}) {
        try {
            if (auto text = host::readFileIfExists(sys / file)) {
                return text;
            }
        } catch (const host::Error&) { // /proc/1/root may not be ours to look at
        }
    }
    return std::nullopt;
}

/// "none [integrity] confidentiality" → "integrity".
std::string lockdownOf(const host::Roots& roots) {
    const auto text = readSys(roots, "kernel/security/lockdown").value_or("");
    const auto open = text.find('[');
    const auto close = text.find(']');
    return open == std::string::npos || close == std::string::npos
               ? ""
               : text.substr(open + 1, close - open - 1);
}

/// Four bytes of attributes, then the variable's one byte (UEFI specification, chapter 3.3).
bool hasSecureBoot(const host::Roots& roots) {
    const auto variable = readSys(roots, kSecureBoot);
    return variable && variable->size() == 5 && variable->back() == 1;
}

/// By name, because the issuer is the subject of a self-signed certificate; a certificate that an
/// authority issued is not found, though the kernel finds it.
bool isKnown(const host::ModuleSignature& signature, const std::vector<host::KernelKey>& keys) {
    std::string id = host::lower(signature.id);
    std::erase(id, ':');
    return std::ranges::any_of(keys, [&](const host::KernelKey& key) {
        const std::string parts = ": " + key.description + ": ";
        return parts.find(": " + id + ": ") != std::string::npos ||
               (!signature.issuer.empty() &&
                parts.find(": " + signature.issuer + ": ") != std::string::npos);
    });
}

Finding checkSigner(const host::ModuleSignature& signature, const SigningFacts& facts) {
    const std::string signer =
        host::printable(signature.issuer.empty()
                            ? fmt::format("key {}", signature.id)
                            : fmt::format("{} (serial number {})", signature.issuer, signature.id));
    if (facts.keys.empty()) {
        return {facts.enforced ? Severity::Warning : Severity::Good, "modules",
                "the modules are signed by " + signer,
                facts.enforced ? "The kernel's keyrings cannot be seen here: only it knows whether "
                                 "it takes them."
                               : ""};
    }
    if (isKnown(signature, facts.keys)) {
        return {Severity::Good, "modules",
                fmt::format("the modules are signed by {}; the kernel's keyrings hold a "
                            "certificate of that name",
                            signer)};
    }
    return {facts.enforced ? Severity::Warning : Severity::Good, "modules",
            fmt::format("the modules are signed by {}; none of the kernel's keyrings holds a "
                        "certificate of that name",
                        signer),
            facts.enforced ? "Unless an authority issued the certificate that the kernel knows, it "
                             "refuses them. " +
                                 signingAdvice(facts)
                           : ""};
}

/// "Debian Secure Boot CA (.platform), Example: Team (.machine)".
std::string keyNames(const std::vector<host::KernelKey>& keys) {
    std::vector<std::string> names;
    for (const auto& key : keys) {
        const std::string name = key.description.substr(0, key.description.rfind(": "));
        names.push_back(host::printable(
            key.keyrings.empty() ? name
                                 : fmt::format("{} ({})", name, fmt::join(key.keyrings, ", "))));
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return fmt::format("{}", fmt::join(names, ", "));
}

} // namespace

SigningFacts lookAtSigning(const std::string& kernel, const host::Roots& roots) {
    SigningFacts facts{.secureBoot = hasSecureBoot(roots),
                       .lockdown = lockdownOf(roots),
                       .keys = {},
                       .config = host::readKernelConfig(kernel, roots.proc, roots.root)};
    facts.enforced =
        host::readLineIfExists(roots.sys / "module/module/parameters/sig_enforce") == "Y" ||
        facts.lockdown == "integrity" || facts.lockdown == "confidentiality" ||
        (facts.config && facts.config->has("CONFIG_MODULE_SIG_FORCE"));
    // The kernel's keyrings are those of the real /proc only.
    const host::KeyringReader reader = roots.proc == "/proc"
                                           ? host::KeyringReader(host::readKeyring)
                                           : [](std::int32_t) { return std::nullopt; };
    for (auto& key : host::kernelKeys(roots.proc, reader)) {
        const bool unknown = key.keyrings.empty();
        std::erase_if(key.keyrings, [](const std::string& keyring) {
            return std::ranges::find(kKeyrings, keyring) == std::end(kKeyrings);
        });
        if (unknown || !key.keyrings.empty()) {
            facts.keys.push_back(std::move(key));
        }
    }
    return facts;
}

std::string signingAdvice(const SigningFacts& facts) {
    if (!facts.config) {
        return "Enrol the signer's certificate with mokutil --import or in the firmware's db, "
               "where the kernel takes keys from there; its configuration, which would tell, is "
               "not to be found here.";
    }
    const bool machine = facts.config->has("CONFIG_SECONDARY_TRUSTED_KEYRING") &&
                         facts.config->has("CONFIG_INTEGRITY_MACHINE_KEYRING");
    const bool platform = facts.config->has("CONFIG_INTEGRITY_PLATFORM_KEYRING");
    if (machine && platform) {
        return "Enrol the signer's certificate with mokutil --import; or in the firmware's db, "
               "where the distribution has patched the kernel to take module keys from there "
               "(Debian, Fedora).";
    }
    if (machine) {
        return "Enrol the signer's certificate with mokutil --import; the kernel does not look "
               "into the firmware's db.";
    }
    if (platform) {
        return "Enrol the signer's certificate in the firmware's db or with mokutil --import, "
               "where the distribution has patched the kernel to take module keys from there "
               "(Debian, Fedora); mainline does not.";
    }
    return "This kernel takes module keys from its own image only (no machine or platform keyring "
           "in its configuration): neither mokutil nor the firmware's db helps. Use modules that "
           "the kernel's builder signed (Flatcar: its nvidia-drivers sysext), or switch secure "
           "boot off.";
}

Findings checkEnforcement(const SigningFacts& facts, bool signerKnown) {
    Findings findings;
    if (facts.secureBoot) {
        findings.push_back({Severity::Good, "kernel", "secure boot is on"});
    }
    if (!facts.lockdown.empty()) {
        findings.push_back({Severity::Good, "kernel", "lockdown is " + facts.lockdown});
    }
    if (!facts.enforced) {
        findings.push_back({Severity::Good, "kernel", "modules need no signature"});
        return findings;
    }
    findings.push_back({signerKnown ? Severity::Good : Severity::Warning, "kernel",
                        "modules have to be signed", signerKnown ? "" : signingAdvice(facts)});
    findings.push_back(facts.keys.empty()
                           ? Finding{Severity::Warning, "kernel",
                                     "whose signatures the kernel accepts cannot be seen here: "
                                     "/proc/keys shows no certificate",
                                     "Run the container privileged, as the host's root."}
                           : Finding{Severity::Good, "kernel",
                                     "the kernel knows the keys of " + keyNames(facts.keys)});
    return findings;
}

SignatureFindings checkSignatures(const DriverModules& modules, const SigningFacts& facts) {
    SignatureFindings result;
    std::vector<std::string> without;
    std::vector<host::ModuleSignature> signatures;
    for (const auto& module : modules.modules()) {
        const auto signature = host::moduleSignature(module.file, module.entry.name);
        if (!signature) {
            without.push_back(module.entry.name);
        } else if (std::ranges::find(signatures, *signature) == signatures.end()) {
            signatures.push_back(*signature);
        }
    }
    if (!without.empty() && facts.enforced) {
        result.findings.push_back(
            {Severity::Problem, "modules",
             fmt::format("the kernel loads signed modules only, and these have no signature: {}",
                         fmt::join(without, ", ")),
             "Sign them when the package is built, with a key that the kernel trusts, or switch "
             "secure boot, lockdown or module.sig_enforce off. " +
                 signingAdvice(facts)});
    }
    result.signerKnown = without.empty();
    for (const auto& signature : signatures) {
        result.findings.push_back(checkSigner(signature, facts));
        result.signerKnown = result.signerKnown && isKnown(signature, facts.keys);
    }
    return result;
}

} // namespace loader
