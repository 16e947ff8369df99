#include "host/linker/elf_object.h"

#include "host/base/memory_file.h"
#include "tests/unit/elf_image.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::Eq;
using testing::Optional;

class ElfObjectTest : public testing::Test {
  protected:
    static Fd file(std::string_view content) {
        Fd made = memoryFile("elf");
        writeAll(made.get(), content, "elf");
        return made;
    }
    static std::optional<ElfObject> read(std::string_view content) {
        return readElfObject(file(content));
    }
    static std::vector<ElfNote> notes(std::string_view content) {
        return notesOfSection(file(content), kSection);
    }
    static constexpr const char* kSection = ".note.cuda";
    const tests::ElfImage library{.soname = "libcuda.so.1", .noteSection = {kSection, "NV", "{}"}};
};

TEST_F(ElfObjectTest, SaysItsClassNameAndAbi) {
    for (const bool is32Bit : {false, true}) {
        const auto object = read(tests::elfImage(
            {.soname = "libcuda.so.1", .is32Bit = is32Bit, .kernelAbi = {2, 2, 5}}));
        ASSERT_TRUE(object);
        EXPECT_EQ(object->is32Bit, is32Bit);
        EXPECT_EQ(object->machine, is32Bit ? EM_386 : EM_X86_64);
        EXPECT_EQ(object->soname, "libcuda.so.1");
        EXPECT_THAT(kernelAbi(*object), Optional(Eq(std::array<std::uint32_t, 3>{2, 2, 5})));
    }
}

TEST_F(ElfObjectTest, ReadsARealOne) {
    const auto self = readElfObject(openFile("/proc/self/exe", O_RDONLY));
    ASSERT_TRUE(self);
    EXPECT_EQ(self->soname, "");
    EXPECT_TRUE(kernelAbi(*self)) << "gcc and clang write it into every program";
}

TEST_F(ElfObjectTest, KnowsWhatStartsAlone) {
    EXPECT_TRUE(read(tests::elfImage({})).value().startsAlone);
    EXPECT_FALSE(read(tests::elfImage({.interpreter = "/lib/ld.so"})).value().startsAlone);
    const auto withoutSegments = read(tests::ElfBuilder<tests::Elf64>(ET_DYN, 0).finish());
    EXPECT_FALSE(withoutSegments && withoutSegments->startsAlone);
    const auto relocatable = read(tests::ElfBuilder<tests::Elf64>(ET_REL, 1).finish());
    EXPECT_FALSE(relocatable.value().startsAlone);
}

TEST_F(ElfObjectTest, ReadsTheNotesOfASection) {
    for (const bool is32Bit : {false, true}) {
        auto image = library;
        image.is32Bit = is32Bit;
        const auto found = notes(tests::elfImage(image));
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0].owner, "NV");
        EXPECT_EQ(found[0].description, "{}");
    }
    EXPECT_TRUE(notes(tests::elfImage({})).empty());
    EXPECT_TRUE(notes(tests::elfImage({.noteSection = {".note.gnu", "NV", "{}"}})).empty());
}

TEST_F(ElfObjectTest, AnObjectNeedsNoName) {
    const auto object = read(tests::elfImage({}));
    ASSERT_TRUE(object);
    EXPECT_EQ(object->soname, "");
}

TEST_F(ElfObjectTest, WhatIsNoObjectIsNone) {
    EXPECT_EQ(read("").has_value(), false);
    EXPECT_EQ(read("INPUT(libcuda.so.1)\n").has_value(), false);
    EXPECT_EQ(read(std::string(ELFMAG) + "\1\2\1").has_value(), false);
}

TEST_F(ElfObjectTest, ADamagedOneIsNoneOrSaysLess) {
    const std::string whole = tests::elfImage(library);
    constexpr std::size_t kHeaders = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(read(whole.substr(0, size)).has_value(), size >= kHeaders) << size;
        EXPECT_TRUE(notes(whole.substr(0, size)).empty()) << size;
    }
    for (std::size_t place = 0; place < whole.size(); ++place) {
        for (const char byte : {'\0', '\x7f', '\xff', static_cast<char>(~whole[place])}) {
            std::string changed = whole;
            changed[place] = byte;
            const auto object = read(changed);
            EXPECT_LE(object ? object->soname.size() : 0U, whole.size()) << place;
            for (const ElfNote& note : notes(changed)) {
                EXPECT_LE(note.description.size(), 2U) << place;
            }
        }
    }
}

} // namespace
} // namespace host
