/// Settings of reports, packages, registries and images.
#include "driverctl/cli/settings.h"

namespace driverctl {

namespace {

const Setting kSettings[] = {
    {.name = "json",
     .environment = {"DRIVERCTL_JSON"},
     .in = [](Options& o) -> Slot { return &o.command.json; },
     .help = "Report as JSON"},
    {.name = "dry-run",
     .in = [](Options& o) -> Slot { return &o.arguments.dryRun; },
     .help = "Say what would be done, and change nothing"},
    {.name = "trust",
     .environment = {"DRIVERCTL_TRUST"},
     .in = [](Options& o) -> Slot { return &o.search.trust; },
     .placeholder = "FILE",
     .help = "PEM file with a public key or certificate; packages have to be signed by one of "
             "these keys. "
             "Repeatable; in the environment separated by commas",
     .guards = true,
     .isInput = true},
    {.name = "package-key",
     .environment = {"DRIVERCTL_PACKAGE_KEY"},
     .in = [](Options& o) -> Slot { return &o.signing.packageKey; },
     .placeholder = "FILE|URI",
     .help = "Private key that signs packages: a PEM file or a PKCS#11 URI",
     .secret = Secret::Pin,
     .guards = true,
     .isInput = true},
    {.name = "reference",
     .in = [](Options& o) -> Slot { return &o.arguments.reference; },
     .placeholder = "REFERENCE",
     .help = "oci://HOST[:PORT]/REPOSITORY[:TAG]; of an image in a layout: its name there",
     .secret = Secret::Password},
    {.name = "show",
     .in = [](Options& o) -> Slot { return &o.arguments.show; },
     .placeholder = "MEMBER",
     .help = "Print one member of the package as it is",
     .choices = {"", "manifest", "provenance", "sbom"}},
    {.name = "auth-file",
     .environment = {"DRIVERCTL_AUTH_FILE", "REGISTRY_AUTH_FILE"},
     .in = [](Options& o) -> Slot { return &o.registry.authFiles; },
     .placeholder = "FILE",
     .help = "File with registry credentials, as docker and podman write it; default: theirs. "
             "Repeatable"},
    {.name = "plain-http",
     .environment = {"DRIVERCTL_PLAIN_HTTP"},
     .in = [](Options& o) -> Slot { return &o.registry.plainHttp; },
     .help = "Talk to registries without TLS"},
    {.name = "mount-from",
     .environment = {"DRIVERCTL_MOUNT_FROM"},
     .in = [](Options& o) -> Slot { return &o.command.mountFrom; },
     .placeholder = "REPOSITORY",
     .help = "Repository of the same registry that may have the content already: it is taken "
             "from there"},
    {.name = "ca-file",
     .environment = {"DRIVERCTL_CA_FILE"},
     .in = [](Options& o) -> Slot { return &o.registry.caFile; },
     .placeholder = "FILE",
     .help = "Certificates of authorities that servers may be certified by; default: the system's",
     .guards = true,
     .isInput = true},
    {.name = "packages",
     .in = [](Options& o) -> Slot { return &o.arguments.packages; },
     .placeholder = "FILE",
     .help = "Package files",
     .isInput = true},
    {.name = "output",
     .flags = "-o",
     .in = [](Options& o) -> Slot { return &o.arguments.output; },
     .placeholder = "PATH",
     .help = "Directory or archive that is written"},
    {.name = "image",
     .in = [](Options& o) -> Slot { return &o.arguments.image; },
     .placeholder = "PATH",
     .help = "OCI image layout: a directory or an oci-archive",
     .isInput = true},
    {.name = "store-path",
     .environment = {"DRIVERCTL_STORE_PATH"},
     .in = [](Options& o) -> Slot { return &o.command.storePath; },
     .placeholder = "DIR",
     .help = "Directory inside the image that holds the packages"},
    {.name = "directory",
     .in = [](Options& o) -> Slot { return &o.arguments.directory; },
     .placeholder = "DIR",
     .help = "Directory with packages",
     .isInput = true},
    {.name = "html",
     .in = [](Options& o) -> Slot { return &o.arguments.html; },
     .help = "Write a page for people too: index.html"},
    {.name = "keep",
     .environment = {"DRIVERCTL_KEEP"},
     .in = [](Options& o) -> Slot { return &o.store.keep; },
     .help = "Newest packages that stay, of each operating system, architecture, driver and "
             "flavour"},
};

} // namespace

std::span<const Setting> packageSettings() {
    return kSettings;
}

} // namespace driverctl
