#include "host/archive/archive.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::HasSubstr;

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::filesystem::path writeSample(const tests::Directory& directory, const char* name) {
    TarWriter writer(directory.path() / name, 1700000000);
    writer.add("manifest.json", bytes("{}"));
    writer.add("a.ko.zst", bytes(std::string(5000, 'a')));
    writer.close();
    return directory.path() / name;
}

TEST(Tar, ReadsWhatItWrote) {
    const tests::Directory directory;
    TarReader reader(writeSample(directory, "p.tar"));
    EXPECT_EQ(reader.next()->name, "manifest.json");
    EXPECT_EQ(reader.read(10), "{}");
    const auto second = reader.next();
    EXPECT_EQ(second->size, 5000U);
    EXPECT_EQ(reader.read(5000), std::string(5000, 'a'));
    EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(Tar, SameMembersGiveTheSameBytes) {
    const tests::Directory directory;
    EXPECT_EQ(readFile(writeSample(directory, "1.tar")), readFile(writeSample(directory, "2.tar")));
}

TEST(Tar, UnfinishedArchiveLeavesNothing) {
    const tests::Directory directory;
    {
        TarWriter writer(directory.path() / "p.tar", 0);
        writer.add("a", bytes("a"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(Tar, MemberOfAnotherSizeThanAnnouncedIsRefused) {
    const tests::Directory directory;
    for (const char* content : {"ab", "abcde"}) {
        TarWriter writer(directory.path() / "t.tar", 0);
        EXPECT_THAT(
            [&] {
                writer.add("x", 3, [&](const MemberSink& sink) {
                    sink(std::as_bytes(std::span(std::string_view(content))));
                });
            },
            testing::ThrowsMessage<Error>(testing::HasSubstr(
                fmt::format("3 bytes were announced, {} came", std::string_view(content).size()))));
    }
}

TEST(Tar, MemberLargerThanTheLimitIsRefused) {
    const tests::Directory directory;
    TarReader reader(writeSample(directory, "p.tar"));
    reader.next();
    reader.next();
    EXPECT_THROW(reader.read(4999), Error);
}

TEST(Tar, EveryTruncationIsAnErrorOrFindsOnlyWholeMembers) {
    const tests::Directory directory;
    const std::string whole = readFile(writeSample(directory, "p.tar"));
    for (std::size_t size = 0; size < whole.size(); size += 97) {
        const auto file = directory.write("cut.tar", whole.substr(0, size));
        try {
            TarReader reader(file);
            while (const auto member = reader.next()) {
                EXPECT_EQ(reader.read(1 << 20).size(), member->size);
            }
        } catch (const Error&) {
            SUCCEED();
        }
    }
}

TEST(Tar, BytesBehindTheEndAreRefused) {
    const tests::Directory directory;
    const std::string whole = readFile(writeSample(directory, "p.tar"));
    const auto readAll = [&](const std::string& content) {
        TarReader reader(directory.write("more.tar", content));
        while (reader.next()) {
        }
    };
    EXPECT_NO_THROW(readAll(whole + std::string(10240 - whole.size() % 10240, '\0')));
    for (const std::string& more : {std::string("x"), whole, std::string(600, '\0') + "x",
                                    std::string(20'000, '\0'), std::string(1 << 20, 'x')}) {
        EXPECT_THAT([&] { readAll(whole + more); },
                    testing::ThrowsMessage<Error>(HasSubstr("bytes behind the archive's end")))
            << more.size();
    }
    // Between the two blocks of zeros that are the end.
    std::string changed = whole;
    changed[changed.size() - 600] = 'x';
    EXPECT_THROW(readAll(changed), Error);
}

struct Hostile {
    const char* script; ///< makes hostile.tar in its directory, with GNU tar
    const char* cause;
};

class HostileTar : public testing::TestWithParam<Hostile> {};

TEST_P(HostileTar, IsRefusedByName) {
    const tests::Directory directory;
    runChecked({.argv = {"sh", "-ec", GetParam().script}, .workingDirectory = directory.path()});
    const auto readAll = [&] {
        TarReader reader(directory.path() / "hostile.tar");
        while (reader.next()) {
        }
    };
    EXPECT_THAT(readAll, testing::ThrowsMessage<Error>(HasSubstr(GetParam().cause)));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, HostileTar,
    testing::Values(
        Hostile{"touch x; tar -cPf hostile.tar --transform 's,^,../,' x", "no plain relative path"},
        Hostile{"touch x; tar -cPf hostile.tar --transform 's,^,/etc/,' x",
                "no plain relative path"},
        Hostile{"ln -s /etc/passwd x; tar -cf hostile.tar x", "no regular file"},
        Hostile{"mkdir x; tar -cf hostile.tar x", "no regular file"},
        Hostile{"touch x y; ln y z; tar -cf hostile.tar y z", "no regular file"},
        Hostile{"mkfifo x; tar -cf hostile.tar x", "no regular file"},
        Hostile{"truncate -s 1M x; echo a >>x; tar -cSf hostile.tar x", "is sparse"},
        Hostile{"truncate -s 1M x; echo a >>x; tar -cSf hostile.tar --format=posix x", "is sparse"},
        Hostile{"truncate -s 8G x; tar -cSf hostile.tar x", "is sparse"},
        Hostile{"echo a >x; tar -cf hostile.tar x; tar -rf hostile.tar x", "is there twice"}));

} // namespace
} // namespace host
