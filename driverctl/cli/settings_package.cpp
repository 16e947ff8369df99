/// Settings of reports, packages, registries and images.
#include "driverctl/cli/settings.h"

namespace driverctl {

namespace {

const Setting kSettings[] = {
    {.name = "json",
     .environment = {"DRIVERCTL_JSON"},
     .member = &Options::json,
     .help = "Report as JSON"},
    {.name = "dry-run",
     .member = &Options::dryRun,
     .help = "Say what would be done, and change nothing"},
    {.name = "trust",
     .environment = {"DRIVERCTL_TRUST"},
     .member = &Options::trust,
     .placeholder = "FILE",
     .help = "PEM file with a public key or certificate; packages have to be signed by one of "
             "these keys. "
             "Repeatable; in the environment separated by commas",
     .guards = true,
     .isInput = true},
    {.name = "package-key",
     .environment = {"DRIVERCTL_PACKAGE_KEY"},
     .member = &Options::packageKey,
     .placeholder = "FILE|URI",
     .help = "Private key that signs packages: a PEM file or a PKCS#11 URI",
     .secret = Secret::Pin,
     .guards = true,
     .isInput = true},
    {.name = "reference",
     .member = &Options::reference,
     .placeholder = "REFERENCE",
     .help = "oci://HOST[:PORT]/REPOSITORY[:TAG]; of an image in a layout: its name there",
     .secret = Secret::Password},
    {.name = "show",
     .member = &Options::show,
     .placeholder = "MEMBER",
     .help = "Print one member of the package as it is",
     .choices = {"", "manifest", "provenance", "sbom"}},
    {.name = "auth-file",
     .environment = {"DRIVERCTL_AUTH_FILE", "REGISTRY_AUTH_FILE"},
     .member = &Options::authFiles,
     .placeholder = "FILE",
     .help = "File with registry credentials, as docker and podman write it; default: theirs. "
             "Repeatable"},
    {.name = "plain-http",
     .environment = {"DRIVERCTL_PLAIN_HTTP"},
     .member = &Options::plainHttp,
     .help = "Talk to registries without TLS"},
    {.name = "mount-from",
     .environment = {"DRIVERCTL_MOUNT_FROM"},
     .member = &Options::mountFrom,
     .placeholder = "REPOSITORY",
     .help = "Repository of the same registry that may have the content already: it is taken "
             "from there"},
    {.name = "ca-file",
     .environment = {"DRIVERCTL_CA_FILE"},
     .member = &Options::caFile,
     .placeholder = "FILE",
     .help = "Certificates of authorities that servers may be certified by; default: the system's",
     .guards = true,
     .isInput = true},
    {.name = "packages",
     .member = &Options::packages,
     .placeholder = "FILE",
     .help = "Package files",
     .isInput = true},
    {.name = "output",
     .flags = "-o",
     .member = &Options::output,
     .placeholder = "PATH",
     .help = "Directory or archive that is written"},
    {.name = "image",
     .member = &Options::image,
     .placeholder = "PATH",
     .help = "OCI image layout: a directory or an oci-archive",
     .isInput = true},
    {.name = "store-path",
     .environment = {"DRIVERCTL_STORE_PATH"},
     .member = &Options::storePath,
     .placeholder = "DIR",
     .help = "Directory inside the image that holds the packages"},
    {.name = "directory",
     .member = &Options::directory,
     .placeholder = "DIR",
     .help = "Directory with packages",
     .isInput = true},
    {.name = "html", .member = &Options::html, .help = "Write a page for people too: index.html"},
    {.name = "keep",
     .environment = {"DRIVERCTL_KEEP"},
     .member = &Options::keep,
     .help = "Newest packages that stay, of each operating system, architecture, driver and "
             "flavour"},
};

} // namespace

std::span<const Setting> packageSettings() {
    return kSettings;
}

} // namespace driverctl
