#include "host/base/printable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

namespace host {
namespace {

TEST(Printable, LeavesWhatPeopleWrite) {
    for (const char* text : {"", "580.65.06", "Größe ≤ 5 µm — 日本語 🚀", "a\\b\"c"}) {
        EXPECT_EQ(printable(text), text);
        EXPECT_TRUE(isUtf8(text));
    }
}

TEST(Printable, ReplacesWhatSteersATerminalOrForgesALine) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"\x1b[31mred\x1b[0m", "\\u001b[31mred\\u001b[0m"},
        {"\x1b]0;title\x07", "\\u001b]0;title\\u0007"},
        {"one\nerror: two", "one\\nerror: two"},
        {"over\rwritten\ttab", "over\\rwritten\\ttab"},
        {"\x7f", "\\u007f"},
        {"\xc2\x9b"
         "31m",
         "\\u009b31m"},
        {"\xc2\x85", "\\u0085"},
        {"\xe2\x80\xa8", "\\u2028"},
        {"\xe2\x80\xaegnp.exe", "\\u202egnp.exe"},
        {"\xe2\x81\xa6", "\\u2066"},
        {"a\xe2\x80\x8b"
         "b",
         "a\\u200bb"},
        {"\xef\xbb\xbf", "\\ufeff"},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(printable(text), expected);
    }
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\u0000b");
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"\x9b"
         "31m",
         "\\x9b31m"}, // C1 for a terminal that is not set to UTF-8
        {"\xff", "\\xff"},
        {"a\xc3", "a\\xc3"},
        {"\xe2\x80", "\\xe2\\x80"},
        {"\xc0\x8a", "\\xc0\\x8a"},                   // an overlong newline
        {"\xe0\x80\x8a", "\\xe0\\x80\\x8a"},          // another
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          // a surrogate
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, // above U+10FFFF
        {"\xc3\x1b[m", "\\xc3\\u001b[m"},             // the ESC is not swallowed
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(printable(text), expected);
        EXPECT_FALSE(isUtf8(text));
    }
}

TEST(Printable, KeepsTheLinesOfDocumentsAndOfMessages) {
    EXPECT_EQ(printableLines("a\n\x1b\n"), "a\n\\u001b\n");
    EXPECT_EQ(printableMessage("failed:\n  x.c:1\n  x.c:2"), "failed:\n  x.c:1\n  x.c:2");
    EXPECT_EQ(printableMessage("tag 'a\nerror: b'\n"), "tag 'a\\nerror: b'\\n");
}

TEST(Printable, AJsonDocumentMeansTheSameAfterwards) {
    const nlohmann::json document = {{"text", "\x7f \xc2\x9b \xe2\x80\xae \x1b \n ä"}};
    const std::string shown = printableLines(document.dump(2));
    EXPECT_EQ(nlohmann::json::parse(shown), document);
    EXPECT_EQ(shown.find('\x7f'), std::string::npos);
}

TEST(Printable, OfRandomBytesIsUtf8WithoutControlCharacters) {
    std::mt19937 random(14); // NOLINT(cert-msc32-c,cert-msc51-cpp): repeatable
    for (int round = 0; round < 2000; ++round) {
        std::string text(random() % 40, '\0');
        for (char& character : text) {
            character = static_cast<char>(random() % 256);
        }
        const std::string shown = printable(text);
        EXPECT_TRUE(isUtf8(shown));
        for (const char character : shown) {
            EXPECT_TRUE(static_cast<unsigned char>(character) >= 0x20 && character != '\x7f');
        }
        EXPECT_EQ(printable(shown), shown);
    }
}

} // namespace
} // namespace host
