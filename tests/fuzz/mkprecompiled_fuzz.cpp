#include "precompile/package/mkprecompiled.h"
#include "tests/fuzz/fuzz_target.h"

#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refuseOrAccept([&] {
        const auto bytes = std::as_bytes(std::span(data, size));
        const auto package = precompile::readMkprecompiled(bytes, "fuzz");
        for (const auto& file : package.files) {
            fuzz::require(file.name.find('/') == std::string::npos && file.module() != "..",
                          "names are plain file names");
            fuzz::require(file.data.empty() || (file.data.data() >= bytes.data() &&
                                                file.data.size() <= bytes.size()),
                          "what is returned lies within the bytes");
        }
        const std::string written = precompile::writeMkprecompiled(package);
        const auto again = precompile::readMkprecompiled(std::as_bytes(std::span(written)), "fuzz");
        fuzz::require(precompile::writeMkprecompiled(again) == written,
                      "an accepted package survives writing and reading");
    });
    return 0;
}
