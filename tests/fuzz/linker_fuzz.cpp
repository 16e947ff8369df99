#include "host/base/memory_file.h"
#include "host/linker/elf_object.h"
#include "host/linker/linker_cache.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

void requireInside(const std::vector<host::ElfNote>& notes, std::size_t size) {
    for (const host::ElfNote& note : notes) {
        fuzz::require(note.owner.size() + note.description.size() <= size,
                      "a note lies in its file");
    }
}

} // namespace

/// The input is a library, or the linker's cache, of somebody's root.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text(data, size);
    const host::Fd file = host::memoryFile("fuzz");
    host::writeAll(file.get(), text, "fuzz");
    if (const auto object = host::readElfObject(file)) {
        fuzz::require(object->soname.size() <= size, "a SONAME lies in its file");
        static_cast<void>(host::kernelAbi(*object));
        requireInside(object->notes, size);
    }
    requireInside(host::notesOfSection(file, ".note.cuda.fwd_compatibility"), size);
    for (const std::string_view library : host::librariesOfLinkerCache(text)) {
        fuzz::require(library.data() >= text.data() &&
                          library.data() + library.size() < text.data() + text.size(),
                      "a path lies in its cache");
    }
    return 0;
}
