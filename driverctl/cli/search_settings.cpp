/// Where a package comes from, and which ones count.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kSearchSettings = {
    "Finding a package",
    {
        {.name = "package-source",
         .environment = {"DRIVERCTL_PACKAGE_SOURCE"},
         .in = [](Options& o) -> Slot { return &o.search.packageSources; },
         .placeholder = "DIR|URL",
         .help = "Where to fetch a package that the store lacks, asked in order: a directory, "
                 "http(s)://… with "
                 "an index.json, oci://HOST/REPOSITORY. Repeatable, or separated "
                 "by commas",
         .secret = Secret::Password},
        {.name = "no-build",
         .environment = {"DRIVERCTL_NO_BUILD"},
         .in = [](Options& o) -> Slot { return &o.search.noBuild; },
         .help = "Fail when neither store nor sources have a package for this kernel, do not build "
                 "one"},
        {.name = "trust",
         .environment = {"DRIVERCTL_TRUST"},
         .in = [](Options& o) -> Slot { return &o.search.trust; },
         .placeholder = "FILE",
         .help = "PEM file with a public key or certificate; packages have to be signed by one of "
                 "these keys. "
                 "Repeatable, or separated by commas",
         .guards = true,
         .isInput = true},
    }};

} // namespace driverctl
