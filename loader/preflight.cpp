#include "loader/preflight.h"

#include "host/error.h"
#include "host/file.h"
#include "host/module_signature.h"
#include "loader/gpu.h"
#include "loader/symbol_check.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>

namespace loader {

namespace {

constexpr const char* kSecureBoot =
    "firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::size_t kNamedSymbols = 5;

/// "none [integrity] confidentiality" → "integrity".
std::string lockdownOf(const std::filesystem::path& sys) {
    const auto text = host::readLineIfExists(sys / "kernel/security/lockdown").value_or("");
    const auto open = text.find('[');
    const auto close = text.find(']');
    return open == std::string::npos || close == std::string::npos
               ? ""
               : text.substr(open + 1, close - open - 1);
}

bool enforcesSignatures(const std::filesystem::path& sys) {
    const std::string lockdown = lockdownOf(sys);
    return host::readLineIfExists(sys / "module/module/parameters/sig_enforce") == "Y" ||
           lockdown == "integrity" || lockdown == "confidentiality";
}

/// Four bytes of attributes, then the variable's one byte (UEFI specification, chapter 3.3).
bool hasSecureBoot(const std::filesystem::path& sys) {
    const auto variable = host::readFileIfExists(sys / kSecureBoot);
    return variable && variable->size() == 5 && variable->back() == 1;
}

/// The descriptions of the certificates in the kernel's keyrings: "SUBJECT: ID: X509.rsa ID []",
/// where SUBJECT is "ORGANISATION: NAME" or one of them, and the first ID the subject key id, or
/// the serial number of a certificate without one (crypto/asymmetric_keys/x509_public_key.c). Empty
/// when they cannot be seen.
std::vector<std::string> knownCertificates(const std::filesystem::path& proc) {
    constexpr std::string_view kType = " asymmetri ";
    std::vector<std::string> known;
    std::istringstream keys(host::readFileIfExists(proc / "keys").value_or(""));
    for (std::string line; std::getline(keys, line);) {
        if (const auto at = line.find(kType); at != std::string::npos) {
            known.push_back(line.substr(at + kType.size()));
        }
    }
    return known;
}

/// By name, because the issuer is the subject of a self-signed certificate; a certificate that an
/// authority issued is not found, though the kernel finds it.
bool isKnown(const host::ModuleSignature& signature, const std::vector<std::string>& certificates) {
    std::string id;
    for (const char character : signature.id) {
        if (character != ':') {
            id += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
        }
    }
    return std::ranges::any_of(certificates, [&](const std::string& certificate) {
        const std::string parts = ": " + certificate;
        return parts.find(": " + id + ": ") != std::string::npos ||
               (!signature.issuer.empty() &&
                parts.find(": " + signature.issuer + ": ") != std::string::npos);
    });
}

Finding judgeSigner(const host::ModuleSignature& signature, const Roots& roots) {
    const std::string signer =
        signature.issuer.empty()
            ? fmt::format("key {}", signature.id)
            : fmt::format("{} (serial number {})", signature.issuer, signature.id);
    const auto certificates = knownCertificates(roots.proc);
    if (certificates.empty()) {
        return {Severity::Good, "modules", "the modules are signed by " + signer};
    }
    if (isKnown(signature, certificates)) {
        return {Severity::Good, "modules",
                fmt::format("the modules are signed by {}; the kernel's keyrings hold a "
                            "certificate of that name",
                            signer)};
    }
    return {enforcesSignatures(roots.sys) ? Severity::Warning : Severity::Good, "modules",
            fmt::format("the modules are signed by {}; none of the kernel's keyrings holds a "
                        "certificate of that name",
                        signer),
            enforcesSignatures(roots.sys)
                ? "Enrol the signer's certificate with mokutil --import or in the firmware's db, "
                  "unless an authority issued it that is enrolled."
                : ""};
}

Finding checkBinding(const host::PciFunction& function) {
    const std::string& driver = function.driver;
    if (driver.empty() || isNvidiasOwn(driver)) {
        return {Severity::Good, "gpu",
                fmt::format("{} ({:04x}:{:04x}), {}", function.address, function.vendor,
                            function.device,
                            driver.empty() ? "bound to no driver" : "bound to " + driver)};
    }
    if (isNouveau(driver)) {
        return {Severity::Problem, "gpu",
                fmt::format("{} is bound to {}", function.address, driver),
                "Give init --unbind-nouveau, or boot with modprobe.blacklist=nouveau."};
    }
    return {Severity::Warning, "gpu",
            fmt::format("{} is bound to {} and is left alone", function.address, driver),
            "Bind it to no driver if containers of this node shall use it."};
}

} // namespace

std::vector<Finding> checkGpus(const std::vector<host::PciFunction>& functions,
                               precompile::Flavour flavour, const SupportedGpus& table) {
    std::vector<Finding> findings;
    for (const auto& function : functions) {
        findings.push_back(checkBinding(function));
        const bool display = function.classCode >> 16U == kDisplayClass;
        if (display && !flavourSupport(function.device, table).has(flavour)) {
            const bool open = flavour == precompile::Flavour::Open;
            findings.push_back(
                {Severity::Problem, "flavour",
                 fmt::format("GPU {} ({:04x}) does not work with the {} kernel modules",
                             function.address, function.device, toString(flavour)),
                 fmt::format("Use --flavour {}, or auto.", open ? "proprietary" : "open")});
        }
    }
    return findings;
}

std::vector<Finding> checkKernel(const Roots& roots) {
    std::vector<Finding> findings;
    const std::string lockdown = lockdownOf(roots.sys);
    if (hasSecureBoot(roots.sys)) {
        findings.push_back({Severity::Good, "kernel", "secure boot is on"});
    }
    if (!lockdown.empty()) {
        findings.push_back({Severity::Good, "kernel", "lockdown is " + lockdown});
    }
    findings.push_back({Severity::Good, "kernel",
                        enforcesSignatures(roots.sys) ? "modules have to be signed"
                                                      : "modules need no signature"});
    if (host::readLineIfExists(roots.sys / "fs/selinux/enforce") == "1") {
        findings.push_back({Severity::Warning, "kernel", "SELinux is enforcing",
                            "Allow the container's type to load modules (module_load), or run it "
                            "as spc_t."});
    }
    return findings;
}

std::vector<Finding> checkSignatures(const DriverModules& modules, const Roots& roots) {
    std::vector<Finding> findings;
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
    if (!without.empty() && enforcesSignatures(roots.sys)) {
        findings.push_back(
            {Severity::Problem, "modules",
             fmt::format("the kernel loads signed modules only, and these have no signature: {}",
                         fmt::join(without, ", ")),
             "Sign them when the package is built, with a key that the kernel trusts, or switch "
             "secure boot, lockdown or module.sig_enforce off."});
    }
    for (const auto& signature : signatures) {
        findings.push_back(judgeSigner(signature, roots));
    }
    return findings;
}

std::vector<Finding> checkModules(const DriverModules& modules,
                                  const std::filesystem::path& moduleTree, const Roots& roots) {
    std::vector<Finding> findings = checkSignatures(modules, roots);
    std::vector<CandidateModule> candidates;
    for (const auto& module : modules.modules()) {
        candidates.push_back({module.entry.name, module.file.get()});
    }
    const auto problems = checkSymbols(candidates, {roots.proc, moduleTree});
    std::vector<std::string> named;
    for (const auto& problem : problems) {
        if (named.size() < kNamedSymbols) {
            named.push_back(
                fmt::format("{} needs {}: {}", problem.module, problem.symbol, problem.problem));
        }
    }
    if (!problems.empty()) {
        findings.push_back({Severity::Problem, "modules",
                            fmt::format("{} symbols do not fit the running kernel; {}",
                                        problems.size(), fmt::join(named, "; ")),
                            "Build a package for the running kernel with 'driverctl update'."});
    } else {
        findings.push_back(
            {Severity::Good, "modules",
             fmt::format("the symbols of {} modules fit the running kernel", candidates.size())});
    }
    return findings;
}

void requireNoProblem(const std::vector<Finding>& findings) {
    std::vector<std::string> texts;
    std::vector<std::string> remedies;
    for (const Finding& finding : findings) {
        if (finding.severity == Severity::Problem) {
            texts.push_back(finding.text);
            if (std::ranges::find(remedies, finding.remedy) == remedies.end()) {
                remedies.push_back(finding.remedy);
            }
        }
    }
    if (!texts.empty()) {
        throw host::Error(host::Fault::NotLoadable, fmt::format("{}", fmt::join(texts, "; ")),
                          fmt::format("{}", fmt::join(remedies, " ")));
    }
}

} // namespace loader
