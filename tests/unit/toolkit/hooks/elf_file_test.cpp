#include "toolkit/hooks/elf_file.h"

#include "host/base/file.h"
#include "host/base/memory_file.h"
#include "tests/unit/toolkit/hooks/made_elf.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

constexpr const char* kSection = ".note.cuda.fwd_compatibility";
constexpr const char* kOwner = "NVIDIA Corporation";

host::Fd fileWith(const std::string& content) {
    host::Fd file = host::memoryFile("elf");
    host::writeAll(file.get(), content, "elf");
    return file;
}

std::optional<std::string> noteIn(const std::string& content) {
    const host::Fd file = fileWith(content);
    return ElfFile(file, "elf").note(kSection, kOwner);
}

bool isStatic(const std::string& content) {
    const host::Fd file = fileWith(content);
    return ElfFile(file, "elf").isStaticProgram();
}

TEST(ElfFile, ReadsANote) {
    EXPECT_EQ(noteIn(tests::elfWithNote(kSection, kOwner, "{}")), "{}");
    EXPECT_EQ(noteIn(tests::elfWithNote(kSection, "GNU", "{}")), std::nullopt);
    EXPECT_EQ(noteIn(tests::elfWithNote(".note.gnu", kOwner, "{}")), std::nullopt);
}

TEST(ElfFile, KnowsWhatStartsAlone) {
    EXPECT_TRUE(isStatic(tests::elfProgram({PT_LOAD, PT_NOTE})));
    EXPECT_FALSE(isStatic(tests::elfProgram({PT_LOAD, PT_INTERP})));
    EXPECT_FALSE(isStatic(tests::elfProgram({})));
    EXPECT_FALSE(isStatic("#!/bin/sh\nexec ldconfig.real\n"));
    EXPECT_FALSE(isStatic(""));
}

TEST(ElfFile, IsNoneWhereItIsCutOff) {
    const std::string program = tests::elfProgram({PT_LOAD});
    const std::string library = tests::elfWithNote(kSection, kOwner, "{}");
    for (std::size_t size = 0; size < program.size(); ++size) {
        EXPECT_FALSE(isStatic(program.substr(0, size))) << size;
    }
    for (std::size_t size = 0; size < library.size(); ++size) {
        EXPECT_EQ(noteIn(library.substr(0, size)), std::nullopt) << size;
    }
}

TEST(ElfFile, SurvivesEveryWrongByte) {
    const std::string library = tests::elfWithNote(kSection, kOwner, "{}");
    for (std::size_t at = 0; at < library.size(); ++at) {
        for (const char byte : {'\0', '\x7f', '\xff'}) {
            auto damaged = library;
            damaged[at] = byte;
            const auto note = noteIn(damaged);
            EXPECT_LE(note.value_or("").size(), 2U) << at;
        }
    }
}

} // namespace
} // namespace toolkit
