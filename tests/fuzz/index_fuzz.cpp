#include "precompile/share/package_index.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refuseOrAccept([&] {
        const auto entries = precompile::indexFromJson(fuzz::text(data, size), "fuzz");
        for (const auto& entry : entries) {
            const std::filesystem::path file(entry.file);
            fuzz::require(file.is_relative() && *file.lexically_normal().begin() != "..",
                          "a file lies below the index");
        }
        const std::string written = indexToJson(entries);
        fuzz::require(indexToJson(precompile::indexFromJson(written, "fuzz")) == written,
                      "an accepted index survives writing and reading");
    });
    return 0;
}
