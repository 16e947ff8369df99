#include "host/kernel/directory_watch.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <poll.h>

namespace fs = std::filesystem;

TEST(DirectoryWatch, TellsWhatAppearsAndGoes) {
    const tests::Directory directory;
    host::DirectoryWatch watch;
    watch.add(directory.path());
    watch.add(directory.path());
    watch.add(directory.path() / "nowhere");
    EXPECT_TRUE(watch.take().empty());

    const auto file = directory.write("a", "");
    pollfd polled{.fd = watch.fd(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&polled, 1, 0), 1);
    EXPECT_THAT(watch.take(), testing::ElementsAre(file));
    EXPECT_EQ(::poll(&polled, 1, 0), 0);

    std::ofstream(file) << "its content does not matter";
    EXPECT_TRUE(watch.take().empty());
    fs::rename(file, directory.path() / "b");
    fs::remove(directory.path() / "b");
    EXPECT_THAT(watch.take(),
                testing::ElementsAre(file, directory.path() / "b", directory.path() / "b"));
}
