/// The keys that modules and packages are signed with.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kSigningSettings = {
    "Signing",
    {
        {.name = "sign",
         .flags = "-s",
         .environment = {"DRIVERCTL_SIGN", "PRIVATE_KEY"},
         .in = [](Options& o) -> Slot { return &o.signing.moduleKey; },
         .placeholder = "FILE|URI",
         .help = "Private key that signs the modules: a PEM file or a PKCS#11 URI",
         .secret = Secret::Pin,
         .guards = true,
         .isInput = true},
        {.name = "sign-certificate",
         .environment = {"DRIVERCTL_SIGN_CERTIFICATE"},
         .in = [](Options& o) -> Slot { return &o.signing.moduleCertificate; },
         .placeholder = "FILE",
         .help = "Certificate of the key that signs the modules, which the kernel trusts",
         .guards = true,
         .isInput = true},
        {.name = "sign-hash",
         .environment = {"DRIVERCTL_SIGN_HASH"},
         .in = [](Options& o) -> Slot { return &o.signing.moduleHash; },
         .placeholder = "HASH",
         .help = "Hash of the modules' signatures",
         .choices = {"sha256", "sha384", "sha512"}},
        {.name = "package-key",
         .environment = {"DRIVERCTL_PACKAGE_KEY"},
         .in = [](Options& o) -> Slot { return &o.signing.packageKey; },
         .placeholder = "FILE|URI",
         .help = "Private key that signs packages: a PEM file or a PKCS#11 URI",
         .secret = Secret::Pin,
         .guards = true,
         .isInput = true},
    }};

} // namespace driverctl
