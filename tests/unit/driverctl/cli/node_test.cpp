#include "driverctl/cli/node.h"

#include "host/base/error.h"
#include "host/kernel/running_kernel.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

using testing::HasSubstr;

class NodeTest : public testing::Test {
  protected:
    NodeTest() {
        root.write("etc/os-release", "ID=flatcar\nVERSION_ID=4593.2.5\n");
        root.write("src/nvidia-535.1/kernel/Kbuild", "");
        config.apply({{"source-dir", {(root.path() / "src").string()}}}, "test");
    }
    tests::Directory root;
    Config config;
};

TEST_F(NodeTest, FillsWhatNobodyGave) {
    applyNode(config, root.path());
    EXPECT_EQ(config.options.target.release, "4593.2.5");
    EXPECT_EQ(config.options.target.channel, "stable");
    EXPECT_EQ(config.options.target.kernel, host::runningKernel().release);
    EXPECT_EQ(config.options.driver.version, "535.1");
    EXPECT_EQ(config.origins.at("release"), "this node");
}

TEST_F(NodeTest, AnotherReleaseDecidesItsKernelAndChannel) {
    config.apply({{"release", {"4081.3.4"}}}, "flag --release");
    applyNode(config, root.path());
    EXPECT_EQ(config.options.target.release, "4081.3.4");
    EXPECT_EQ(config.options.target.channel, "lts");
    EXPECT_EQ(config.options.target.kernel, "");
}

TEST_F(NodeTest, CurrentIsThatOfTheChannelAskedForElseOfTheNodes) {
    config.apply({{"release", {"current"}}}, "flag --release");
    applyNode(config, root.path());
    EXPECT_EQ(config.options.target.channel, "stable");
    EXPECT_EQ(config.options.target.kernel, "");
    Config other;
    other.apply({{"release", {"current"}}, {"channel", {"lts-2024"}}}, "flag");
    applyNode(other, root.path());
    EXPECT_EQ(other.options.target.channel, "lts-2024");
    Config stream;
    stream.apply({{"release", {"current-2024"}}}, "flag --release");
    applyNode(stream, root.path());
    EXPECT_EQ(stream.options.target.channel, "lts-2024");
}

TEST_F(NodeTest, ChannelThatIsNoneIsRefused) {
    for (const char* wrong : {"weekly", "lts-24", "stable-2024"}) {
        Config wanted;
        wanted.apply({{"channel", {wrong}}}, "flag --channel");
        EXPECT_THAT([&] { applyNode(wanted, root.path()); },
                    testing::ThrowsMessage<host::Error>(HasSubstr("is no Flatcar channel")));
    }
}

TEST_F(NodeTest, NightlyBuildIsAReleaseOfItsOwn) {
    root.write("etc/os-release", "ID=flatcar\nVERSION_ID=4593.2.5\n"
                                 "VERSION=4593.2.5+nightly-20260101-2100\n");
    applyNode(config, root.path());
    EXPECT_EQ(config.options.target.release, "4593.2.5+nightly-20260101-2100");
    EXPECT_EQ(config.options.target.channel, "stable");
    config.options.driver = withFlavour(config.options.driver, root.path());
    EXPECT_EQ(identityOfNode(config.options.driver, root.path()).target.osRelease,
              "4593.2.5+nightly-20260101-2100");
}

TEST_F(NodeTest, SeveralDriversAreNotGuessedAmong) {
    root.write("src/nvidia-550.2/kernel/Kbuild", "");
    applyNode(config, root.path());
    EXPECT_EQ(config.options.driver.version, "");
    EXPECT_THAT([&] { completeDriver(config.options.driver, root.path()); },
                testing::ThrowsMessage<host::Error>(HasSubstr("535.1, 550.2")));
}

TEST_F(NodeTest, MachineThatIsNoFlatcarNodeHasNoRelease) {
    root.write("etc/os-release", "ID=debian\nVERSION_ID=12\n");
    applyNode(config, root.path());
    EXPECT_EQ(config.options.target.release, "");
    config.options.driver = withFlavour(config.options.driver, root.path());
    EXPECT_EQ(identityOfNode(config.options.driver, root.path()).target.osId, "debian");
}

TEST_F(NodeTest, DriverThatIsMeantIsTold) {
    config.apply({{"driver", {"535"}}}, "flag --driver");
    applyDriver(config, root.path());
    EXPECT_EQ(config.options.driver.version, "535.1");
    EXPECT_EQ(config.origins.at("driver"), "'535' of flag --driver");

    config.apply({{"driver", {"550"}}}, "flag --driver");
    applyDriver(config, root.path());
    EXPECT_EQ(config.options.driver.version, "550") << "there is none";
    EXPECT_EQ(config.origins.at("driver"), "flag --driver");
}

TEST_F(NodeTest, FlavourIsWhatTheGpusAskFor) {
    applyNode(config, root.path());
    EXPECT_EQ(config.options.driver.flavour, std::nullopt);
    applyDriver(config, root.path());
    EXPECT_EQ(config.options.driver.flavour, precompile::Flavour::Proprietary);
    EXPECT_EQ(config.origins.at("flavour"), "the default of driver 535.1");

    Config blackwell;
    blackwell.apply({{"source-dir", {(root.path() / "src").string()}}}, "test");
    const std::string device = "sys/bus/pci/devices/0000:01:00.0/";
    root.write(device + "vendor", "0x10de\n");
    root.write(device + "device", "0x2901\n");
    root.write(device + "class", "0x030200\n");
    applyNode(blackwell, root.path());
    EXPECT_EQ(completeDriver(blackwell.options.driver, root.path()).flavour,
              precompile::Flavour::Open);
}

} // namespace
} // namespace driverctl
