#include "precompile/package/mkprecompiled.h"

#include "host/base/error.h"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;
using Type = MkprecompiledFile::Type;

std::span<const std::byte> bytesOf(std::string_view text) {
    return std::as_bytes(std::span(text));
}

Mkprecompiled sample() {
    return {.driver = "535.261.03",
            .description = "6.1.0-56-amd64",
            .procVersion = "Linux version 6.1.0-56-amd64",
            .files = {{.type = Type::Interface,
                       .attributes = MkprecompiledFile::kDetachedSignature |
                                     MkprecompiledFile::kLinkedModuleCrc,
                       .name = "nv-linux.o",
                       .linkedModule = "nvidia.ko",
                       .core = "nvidia/nv-kernel.o_binary",
                       .data = bytesOf("an interface"),
                       .linkedCrc = 0x12345678,
                       .signature = bytesOf("a signature")},
                      {.name = "nvidia-uvm.ko", .data = bytesOf("a module")}}};
}

/// What the reader says about the sample after a change.
std::string refusal(const std::function<void(Mkprecompiled&)>& change) {
    Mkprecompiled package = sample();
    change(package);
    const std::string text = writeMkprecompiled(package);
    try {
        readMkprecompiled(bytesOf(text), "p");
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Verification);
        return error.what();
    }
    return "accepted";
}

std::string refusalOf(const std::string& text) {
    try {
        readMkprecompiled(bytesOf(text), "p");
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Verification);
        return error.what();
    }
    return "accepted";
}

TEST(Mkprecompiled, CrcIsTheFormats) {
    EXPECT_EQ(mkprecompiledCrc(bytesOf("123456789")), 0x0376E6E7U); // CRC-32/MPEG-2's check value
    EXPECT_EQ(mkprecompiledCrc({}), 0xFFFFFFFFU);
}

TEST(Mkprecompiled, BytesAreTheFormats) {
    const Mkprecompiled package{.driver = "5",
                                .description = "",
                                .procVersion = "",
                                .files = {{.name = "a.ko", .data = bytesOf("123456789")}}};
    const std::string number = std::string("\1\0\0\0", 4);
    const std::string zero(4, '\0');
    const std::string crc = "\xE7\xE6\x76\x03";
    EXPECT_EQ(writeMkprecompiled(package),
              "\aNVIDIA\a" + std::string("\2\0\0\0", 4) + number + "5" + zero + zero + number +
                  "FILE" + zero + number + zero + std::string("\4\0\0\0", 4) + "a.ko" + zero +
                  zero + number + "." + crc + std::string("\11\0\0\0", 4) + "123456789" + crc +
                  zero + zero + zero + "END.");
}

TEST(Mkprecompiled, ReadsWhatItWrote) {
    const std::string text = writeMkprecompiled(sample());
    ASSERT_TRUE(isMkprecompiled(bytesOf(text)));
    const Mkprecompiled package = readMkprecompiled(bytesOf(text), "p");
    EXPECT_EQ(package.driver, "535.261.03");
    EXPECT_EQ(package.description, "6.1.0-56-amd64");
    ASSERT_EQ(package.files.size(), 2U);
    EXPECT_EQ(package.files[0].module(), "nvidia.ko");
    EXPECT_EQ(package.files[0].core, "nvidia/nv-kernel.o_binary");
    EXPECT_EQ(package.files[0].linkedCrc, 0x12345678U);
    EXPECT_EQ(package.files[0].signature.size(), std::string("a signature").size());
    EXPECT_EQ(package.files[1].module(), "nvidia-uvm.ko");
    EXPECT_EQ(writeMkprecompiled(package), text);
}

TEST(Mkprecompiled, EveryTruncationAndEveryByteTooManyIsRefused) {
    const std::string text = writeMkprecompiled(sample());
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_NE(refusalOf(text.substr(0, size)), "accepted") << size;
    }
    EXPECT_THAT(refusalOf(text + '\0'), HasSubstr("1 bytes follow its last file"));
    EXPECT_THAT(refusalOf("a tar"), HasSubstr("p is no sound package of mkprecompiled"));
}

TEST(Mkprecompiled, FlippedContentHasAnotherCrc) {
    std::string text = writeMkprecompiled(sample());
    text[text.find("a module")] ^= 1;
    EXPECT_THAT(
        refusalOf(text),
        HasSubstr("of mkprecompiled: file 1, nvidia-uvm.ko: the content of nvidia-uvm.ko does "
                  "not have the CRC"));
}

TEST(Mkprecompiled, TheTwoCrcsHaveToAgree) {
    std::string text = writeMkprecompiled(sample());
    text[text.find("a module") + 8] ^= 1;
    EXPECT_THAT(refusalOf(text), HasSubstr("the second CRC of nvidia-uvm.ko is"));
}

TEST(Mkprecompiled, NumbersBeyondTheFileAreRefused) {
    const std::string text = writeMkprecompiled(sample());
    std::string many = text;
    many.replace(text.find("FILE") - 4, 4, "\xff\xff\xff\xff");
    EXPECT_THAT(refusalOf(many), HasSubstr("it says that it holds 4294967295 files"));
    std::string none = text;
    none.replace(text.find("FILE") - 4, 4, std::string(4, '\0'));
    EXPECT_THAT(refusalOf(none), HasSubstr("it says that it holds 0 files"));
    std::string large = text;
    large.replace(text.find("a module") - 4, 4, "\xff\xff\xff\xff");
    EXPECT_THAT(refusalOf(large), HasSubstr("the content of nvidia-uvm.ko has 4294967295 bytes"));
    std::string version = text;
    version[8] = 3;
    EXPECT_THAT(refusalOf(version), HasSubstr("the format's version is 3, not 2"));
}

TEST(Mkprecompiled, NamesThatLeaveTheirPlaceAreRefused) {
    const std::string longest = std::string(300, 'n') + ".ko"; // no file system takes it
    for (const std::string name :
         {"", ".", "..", "../x.ko", "/x.ko", "a/x.ko", "x.o", longest.c_str()}) {
        EXPECT_NE(refusal([&](auto& package) { package.files[1].name = name; }), "accepted")
            << name;
        EXPECT_NE(refusal([&](auto& package) { package.files[0].linkedModule = name; }), "accepted")
            << name;
    }
    for (const char* core : {"", "../nv-kernel.o_binary", "/etc/passwd", "nvidia/../../x"}) {
        EXPECT_THAT(refusal([&](auto& package) { package.files[0].core = core; }),
                    HasSubstr("has the core object"))
            << core;
    }
    EXPECT_THAT(refusal([](auto& package) { package.files[1].targetDirectory = "../x"; }),
                HasSubstr("target directory '../x'"));
    EXPECT_THAT(refusal([](auto& package) { package.driver = "5\n35"; }),
                HasSubstr("the driver's version has control characters"));
    for (const std::string& driver :
         {std::string("../../x"), std::string(), std::string(500, '5')}) {
        EXPECT_THAT(refusal([&](auto& package) { package.driver = driver; }),
                    HasSubstr("the driver's version is no number such as 535.261.03"))
            << driver;
    }
}

TEST(Mkprecompiled, ModulesAreThereOnce) {
    EXPECT_THAT(refusal([](auto& package) { package.files[1].name = "nvidia.ko"; }),
                HasSubstr("it has the module nvidia.ko twice"));
}

TEST(Mkprecompiled, AttributesSayWhatIsThere) {
    EXPECT_THAT(refusal([](auto& package) { package.files[1].attributes = 8; }),
                HasSubstr("unknown attributes (0x8)"));
    EXPECT_THAT(refusal([](auto& package) { package.files[1].attributes = 1; }),
                HasSubstr("lacks the signature"));
    EXPECT_THAT(refusal([](auto& package) { package.files[0].attributes = 0; }),
                HasSubstr("has a signature that its attributes do not announce"));
    EXPECT_THAT(refusal([](auto& package) { package.files[1].type = static_cast<Type>(2); }),
                HasSubstr("unknown type 2"));
}

} // namespace
} // namespace precompile
