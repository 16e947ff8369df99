#include "host/archive/tree_reader.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr TreeLimits kLimits{.members = 10, .bytes = 1 << 20};

/// One line a member: "file 755 a 5", "directory 755 b", "link 777 c -> a".
std::vector<std::string> membersOf(const std::filesystem::path& file, TreeLimits limits = kLimits,
                                   off_t offset = 0) {
    const Fd fd = openFile(file, O_RDONLY);
    ::lseek(fd.get(), offset, SEEK_SET);
    TreeReader reader(fd, "t.tar", limits);
    std::vector<std::string> lines;
    while (const auto member = reader.next()) {
        switch (member->type) {
        case TreeMember::Type::File:
            lines.push_back(fmt::format("file {:o} {} {}", member->mode, member->name,
                                        reader.read(1 << 20).size()));
            break;
        case TreeMember::Type::Directory:
            lines.push_back(fmt::format("directory {:o} {}", member->mode, member->name));
            break;
        case TreeMember::Type::Link:
            lines.push_back(fmt::format("link {} -> {}", member->name, member->target));
            break;
        }
    }
    return lines;
}

std::filesystem::path tarOf(const tests::Directory& directory, const std::string& script) {
    runChecked({.argv = {"sh", "-ec", script}, .workingDirectory = directory.path()});
    return directory.path() / "t.tar";
}

class PackedTree : public testing::TestWithParam<const char*> {};

TEST_P(PackedTree, IsReadFromWhereTheDescriptorStands) {
    const tests::Directory directory;
    const auto file = tarOf(
        directory, fmt::format("mkdir -p x/d; echo four >x/d/a; chmod 4755 x/d/a; ln -s d/a x/l\n"
                               "printf 'head\\n' >t.tar; tar --sort=name -C x -c . | {} >>t.tar",
                               GetParam()));
    EXPECT_THAT(membersOf(file, kLimits, 5),
                ElementsAre("directory 755 d", "file 4755 d/a 5", "link l -> d/a"));
}

INSTANTIATE_TEST_SUITE_P(Cases, PackedTree,
                         testing::Values("cat", "gzip", "xz --check=none", "zstd -q"));

struct HostileTree {
    const char* script; ///< makes t.tar in its directory, with GNU tar
    const char* cause;
};

class HostileTrees : public testing::TestWithParam<HostileTree> {};

TEST_P(HostileTrees, AreRefusedByName) {
    const tests::Directory directory;
    const auto file = tarOf(directory, GetParam().script);
    EXPECT_THAT([&] { membersOf(file); },
                testing::ThrowsMessage<Error>(HasSubstr(GetParam().cause)));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, HostileTrees,
    testing::Values(
        HostileTree{"touch x; tar -cPf t.tar --transform 's,^,../,' x", "no plain relative path"},
        HostileTree{"touch x; tar -cPf t.tar --transform 's,^,a/../../,' x",
                    "no plain relative path"},
        HostileTree{"touch x; tar -cPf t.tar --transform 's,^,/etc/,' x", "no plain relative path"},
        HostileTree{"ln -s /etc/passwd x; tar -cf t.tar x",
                    "'x' is a link that leads out, to '/etc/passwd'"},
        HostileTree{"mkdir d; ln -s ../../etc d/x; tar -cf t.tar d/x", "leads out, to '../../etc'"},
        HostileTree{"mkdir d; ln -s .. d/up; ln -s up/../../etc d/x; tar -cf t.tar d/up d/x",
                    "'d/x' is a link that leads out, to 'up/../../etc'"},
        HostileTree{"touch x; tar -cf t.tar --transform \"s,^,$(printf 'a/%.0s' $(seq 2500)),\" x",
                    "no plain relative path"},
        HostileTree{"mkdir d e; ln -s d x; touch d/a; tar -cf t.tar d x\n"
                    "tar -rf t.tar --transform 's,^d,x,' d/a",
                    "'x/a' lies below 'x', which is no directory"},
        HostileTree{"touch x y; tar -cf t.tar x; tar -rf t.tar --transform 's,^,x/,' y",
                    "'x/y' lies below 'x', which is no directory"},
        HostileTree{"mkdir x; touch x/y z; tar -cf t.tar x/y; tar -rf t.tar --transform 's,z,x,' z",
                    "'x' is no directory, and there are members below it"},
        HostileTree{"touch x y; ln y z; tar -cf t.tar y z", "is no file, directory or symbolic"},
        HostileTree{"mkfifo x; tar -cf t.tar x", "is no file, directory or symbolic link"},
        HostileTree{"tar -cf t.tar -C /dev null", "'null' is no file, directory or symbolic link"},
        HostileTree{"truncate -s 1M x; echo a >>x; tar -cSf t.tar x", "is sparse"},
        HostileTree{"echo a >x; tar -cf t.tar x; tar -rf t.tar x", "is there twice"},
        HostileTree{"echo a >x; tar -cf t.tar x; tar -rf t.tar ./x", "is there twice"},
        HostileTree{"touch 1 2 3 4 5 6 7 8 9 a b; tar -cf t.tar 1 2 3 4 5 6 7 8 9 a b",
                    "more than 10 members"},
        HostileTree{"head -c 600K /dev/zero | tee x >y; tar -cf t.tar x y",
                    "more than 1048576 bytes with member 'y'"},
        HostileTree{"head -c 600K /dev/zero >x; tar -c x | zstd -q >t; head -c 30 t >t.tar",
                    "cannot open t.tar: Truncated zstd input"},
        HostileTree{"head -c 9000 /dev/zero >x; tar -c x | head -c 5000 >t.tar",
                    "'x' of t.tar: Truncated"},
        HostileTree{"echo 'no archive at all, but text' >t.tar", "cannot"}));

TEST(TreeReaderTest, AFileThatIsLargerThanAskedForIsRefused) {
    const tests::Directory directory;
    const Fd fd = openFile(tarOf(directory, "echo four >x; tar -cf t.tar x"), O_RDONLY);
    TreeReader reader(fd, "t.tar", kLimits);
    reader.next();
    EXPECT_THAT([&] { static_cast<void>(reader.read(4)); },
                testing::ThrowsMessage<Error>(
                    HasSubstr("t.tar: member 'x' holds 5 bytes, at most 4 are allowed")));
}

} // namespace
} // namespace host
