#include "distribution/directory.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace distribution {
namespace {

using testing::HasSubstr;

class DirectoryTest : public testing::Test {
  protected:
    [[nodiscard]] TargetSettings wanted(const std::string& kernel) const {
        return {.kernel = kernel, .buildRoot = root.path()};
    }

    tests::Directory root;
    std::unique_ptr<Distribution> directory = makeDirectory("/unused");
};

TEST_F(DirectoryTest, IsMeantWhereABuildRootIsNamed) {
    EXPECT_TRUE(directory->claims(wanted("6.1")));
    EXPECT_FALSE(directory->claims({.release = "4593.2.5"}));
}

TEST_F(DirectoryTest, NeedsMakeAndTheKernelsBuildTree) {
    const struct {
        const char* next; ///< the file that comes to those before it
        const char* kernel;
        bool complete;
    } steps[] = {
        {.next = "usr/bin/make", .kernel = "6.1", .complete = false},
        {.next = "lib/modules/6.1/build/Makefile", .kernel = "6.1", .complete = true},
        {.next = "etc/os-release", .kernel = "6.2", .complete = false},
        {.next = "etc/hosts", .kernel = "", .complete = false},
    };
    for (const auto& step : steps) {
        root.write(step.next, "");
        if (step.complete) {
            EXPECT_EQ(directory->fullName(wanted(step.kernel)).kernel, step.kernel);
        } else {
            EXPECT_THAT([&] { static_cast<void>(directory->fullName(wanted(step.kernel))); },
                        testing::ThrowsMessage<host::Error>(HasSubstr("is no build root")))
                << step.next;
        }
    }
}

TEST_F(DirectoryTest, PackagesAreNamedAfterItsOsRelease) {
    root.write("etc/os-release", "ID=fedora\nVERSION_ID=41\n");
    root.write("host-etc/os-release", "ID=flatcar\n"); // where this one is mounted, not what it is
    const Target target = directory->targetOf(wanted("6.11"));
    EXPECT_EQ(target, (Target{"fedora", "41", host::runningKernel().machine, "6.11"}));
}

} // namespace
} // namespace distribution
