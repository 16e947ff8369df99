#include "host/base/documents/edited_document.h"
#include "tests/fuzz/fuzz_target.h"

/// The first byte says which format, and which change.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto format =
        (data[0] & 1U) != 0 ? host::DocumentFormat::Toml : host::DocumentFormat::Json;
    const bool isList = (data[0] & 2U) != 0;
    fuzz::refuseOrAccept([&] {
        host::EditedDocument document(format, fuzz::text(data + 1, size - 1), "fuzz", "Mend it.");
        const auto before = document.value();
        const host::KeyPath path = {"a", "b.c", "key"};
        fuzz::require(document.placeOf(path).starts_with("fuzz:"), "a place says where");
        const bool isNew = document.find({"a"}) == nullptr;
        if (isList) {
            document.append(path, "text");
        } else {
            document.set(path, {{"path", "/usr/bin/x"}, {"options", {{"on", true}}}});
        }
        fuzz::require(document.find(path) != nullptr, "what is set is there");
        const std::string once = document.text();
        if (!isList) {
            document.set(path, {{"path", "/usr/bin/x"}, {"options", {{"on", true}}}});
            fuzz::require(document.text() == once, "the same again changes nothing");
        }
        document.erase(path);
        fuzz::require(document.find(path) == nullptr, "what is erased is gone");
        if (isNew) {
            document.erase({"a"});
            fuzz::require(document.value() == before, "nothing else has changed");
        }
    });
    return 0;
}
