#include "host/linker/elf_object.h"

#include "tests/unit/elf_image.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::Eq;
using testing::Optional;

class ElfObjectTest : public testing::Test {
  protected:
    [[nodiscard]] std::optional<ElfObject> read(std::string_view content) const {
        return readElfObject(openFile(directory.write("object", content), O_RDONLY));
    }
    tests::Directory directory;
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
    const std::string whole = tests::elfImage({.soname = "libcuda.so.1"});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto object = read(whole.substr(0, size));
        EXPECT_TRUE(!object || object->soname.empty()) << size;
    }
    for (std::size_t place = 0; place < whole.size(); ++place) {
        std::string changed = whole;
        changed[place] = static_cast<char>(~changed[place]);
        EXPECT_NO_THROW(static_cast<void>(read(changed))) << place;
    }
}

} // namespace
} // namespace host
