#include "precompile/package/manifest.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refuseOrAccept([&] {
        const auto manifest = precompile::manifestFromJson(fuzz::text(data, size), "fuzz");
        const std::string written = toJson(manifest);
        fuzz::require(toJson(precompile::manifestFromJson(written, "fuzz")) == written,
                      "an accepted manifest survives writing and reading");
    });
    return 0;
}
