/// Where releases are fetched from.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kMirrorSettings = {
    "Releases",
    {
        {.name = "mirror",
         .environment = {"DRIVERCTL_MIRROR"},
         .in = [](Options& o) -> Slot { return &o.mirror.bases; },
         .placeholder = "URL",
         .help = "Base URL of the releases, tried in order; {channel} is replaced, and {arch} and "
                 "{version} where the address has them. Repeatable, or separated by "
                 "commas",
         .secret = Secret::Password},
        {.name = "keyring",
         .environment = {"DRIVERCTL_KEYRING"},
         .in = [](Options& o) -> Slot { return &o.mirror.keyring; },
         .placeholder = "FILE",
         .help = "OpenPGP keys that releases may be signed with",
         .guards = true},
        {.name = "signing-key",
         .environment = {"DRIVERCTL_SIGNING_KEY"},
         .in = [](Options& o) -> Slot { return &o.mirror.signingKey; },
         .placeholder = "FINGERPRINT",
         .help = "Fingerprint of the one primary key in the keyring that is trusted",
         .guards = true},
        {.name = "signing-key-url",
         .environment = {"DRIVERCTL_SIGNING_KEY_URL"},
         .in = [](Options& o) -> Slot { return &o.mirror.signingKeyUrl; },
         .placeholder = "URL",
         .help = "Where that key is fetched from when no keyring is installed and none is given; "
                 "empty: nowhere",
         .secret = Secret::Password},
    }};

} // namespace driverctl
