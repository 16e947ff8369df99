#include "tests/fuzz/fuzz_target.h"
#include "toolkit/edits/toolkit_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refuseOrAccept([&] {
        const auto [config, warnings] =
            toolkit::parseToolkitConfig(fuzz::text(data, size), "fuzz", "/root");
        fuzz::require(config.containerCli.ldconfig.starts_with('@'), "ldconfig is the host's");
        fuzz::require(!config.runtime.debug.native().starts_with("~/"), "~ is the home directory");
        for (const auto& warning : warnings) {
            fuzz::require(warning.starts_with("fuzz:"), "a warning says where");
        }
    });
    return 0;
}
