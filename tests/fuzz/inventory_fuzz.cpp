#include "tests/fuzz/fuzz_target.h"
#include "toolkit/inventory/inventory_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refuseOrAccept([&] {
        const auto inventory = toolkit::inventoryFromText(fuzz::text(data, size), "fuzz");
        const std::string written = inventoryToText(inventory);
        fuzz::require(inventoryToText(toolkit::inventoryFromText(written, "fuzz")) == written,
                      "an accepted inventory survives writing and reading");
    });
    return 0;
}
