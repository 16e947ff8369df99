#include "host/base/atomic_file.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace host {
namespace {

namespace fs = std::filesystem;

unsigned modeOf(const fs::path& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 07777U;
}

TEST(AtomicFile, AppearsWholeWithItsMode) {
    const tests::Directory directory;
    const auto path = directory.write("file", "old");
    AtomicFile file(path);
    writeAll(file.fd(), "new", "file");
    EXPECT_EQ(readFile(path), "old");
    file.commit(0640);
    EXPECT_EQ(readFile(path), "new");
    EXPECT_EQ(modeOf(path), 0640U);
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
    const tests::Directory directory;
    {
        const AtomicFile file(directory.path() / "file");
        writeAll(file.fd(), "new", "file");
    }
    EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST(AtomicFile, TakesTheModeOfAnother) {
    const tests::Directory directory;
    const auto other = directory.write("other", "");
    fs::permissions(other, fs::perms::owner_read);
    AtomicFile file(directory.path() / "file");
    file.commitLike(other);
    EXPECT_EQ(modeOf(directory.path() / "file"), 0400U);
}

struct KeptAttribute {
    const char* name;
    std::string value;
    bool isKept;
};

/// The ACL of a file that user 1234 may read and write, and the owning group may not.
const std::string kAcl{"\2\0\0\0"
                       "\1\0\6\0\xff\xff\xff\xff"   // the owner: rw
                       "\2\0\6\0\xd2\4\0\0"         // user 1234: rw
                       "\4\0\0\0\xff\xff\xff\xff"   // the group: nothing
                       "\x10\0\6\0\xff\xff\xff\xff" // the mask, shown as the group's mode: rw
                       "\x20\0\0\0\xff\xff\xff\xff",
                       44};

std::optional<std::string> attributeOf(const fs::path& file, const char* name) {
    std::string value(100, '\0');
    const ssize_t size = ::getxattr(file.c_str(), name, value.data(), value.size());
    return size < 0 ? std::nullopt : std::optional(value.substr(0, static_cast<std::size_t>(size)));
}

class KeptAttributes : public testing::TestWithParam<KeptAttribute> {};

TEST_P(KeptAttributes, AreThoseThatSayNothingOfTheContent) {
    const auto& [name, value, isKept] = GetParam();
    const tests::Directory directory;
    const auto path = directory.write("file", "old");
    if (::setxattr(path.c_str(), name, value.data(), value.size(), 0) != 0) {
        GTEST_SKIP() << "this user may not set " << name << ", or the file system has none";
    }
    const unsigned mode = modeOf(path);
    AtomicFile file(path);
    file.commitLike(path);
    EXPECT_EQ(attributeOf(path, name), isKept ? std::optional(value) : std::nullopt);
    EXPECT_EQ(modeOf(path), mode);
}

const std::string kCapability{"\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20};

INSTANTIATE_TEST_SUITE_P(
    Cases, KeptAttributes,
    testing::Values(KeptAttribute{"system.posix_acl_access", kAcl, true},
                    KeptAttribute{"user.origin", "here", true},
                    KeptAttribute{"security.selinux", {"system_u:object_r:etc_t:s0\0", 27}, true},
                    KeptAttribute{"security.capability", kCapability, false},
                    KeptAttribute{"trusted.mark", "x", false}));

TEST(AtomicFile, TakesNoAccessControlListOfItsDirectory) {
    const tests::Directory directory;
    const auto path = directory.write("file", "old");
    if (::setxattr(directory.path().c_str(), "system.posix_acl_default", kAcl.data(), kAcl.size(),
                   0) != 0) {
        GTEST_SKIP() << "this file system has no access control lists";
    }
    AtomicFile file(path);
    file.commitLike(path);
    EXPECT_EQ(attributeOf(path, "system.posix_acl_access"), std::nullopt);
}

/// The mode's bits of the group are the list's mask: without the list the group would get them.
TEST(AtomicFile, GivesTheGroupNothingForAListThatItCannotKeep) {
    const tests::Directory directory;
    const auto other = directory.write("other", "");
    if (::setxattr(other.c_str(), "system.posix_acl_access", kAcl.data(), kAcl.size(), 0) != 0) {
        GTEST_SKIP() << "this file system has no access control lists";
    }
    const auto place = directory.path() / "place";
    fs::create_directory(place);
    if (::mount("none", place.c_str(), "ramfs", 0, nullptr) != 0) { // it has none
        GTEST_SKIP() << "needs root, to mount";
    }
    {
        AtomicFile file(place / "file");
        file.commitLike(other);
    }
    EXPECT_EQ(modeOf(place / "file"), 0600U);
    EXPECT_EQ(::umount(place.c_str()), 0);
}

/// /dev/null would be a file from then on, for everybody.
TEST(AtomicFile, TakesNoDevicesPlace) {
    const tests::Directory directory;
    const auto pipe = directory.path() / "pipe";
    const auto link = directory.path() / "link";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    fs::create_symlink("/dev/null", link);
    for (const auto& path : {pipe, link}) {
        try {
            const AtomicFile file(path);
            ADD_FAILURE() << path;
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::Usage);
            EXPECT_EQ(error.what(),
                      path.string() + " is a device, a pipe or a socket, and would be replaced");
        }
    }
}

TEST(AtomicFile, DirectoryThatIsNotThereIsAnError) {
    EXPECT_THROW(AtomicFile("/does/not/exist"), SystemError);
}

} // namespace
} // namespace host
