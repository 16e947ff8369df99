#include "tests/fuzz/fuzz_target.h"
#include "toolkit/hooks/container_state.h"
#include "toolkit/hooks/device_node_modification.h"
#include "toolkit/hooks/linker_configuration.h"

/// The input is all that a hook reads of a runtime, an image and the driver, one after the other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text(data, size);
    fuzz::refuseOrAccept([&] {
        const auto state = toolkit::parseContainerState(text);
        fuzz::require(state.bundle.is_absolute(), "a bundle has an absolute path");
    });
    const std::string main = toolkit::withInclude(text);
    fuzz::require(toolkit::withInclude(main) == main, "an include is added once");
    const std::string path = toolkit::withFolders(text, {"/a", "/b"});
    fuzz::require(toolkit::withFolders(path, {"/a", "/b"}) == path, "a folder is added once");
    const auto parameters = toolkit::withoutModification(text);
    fuzz::require(!parameters || !toolkit::withoutModification(*parameters),
                  "a parameter is changed once");
    return 0;
}
