#include "loader/metrics/node_metrics.h"

#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class NodeMetricsTest : public testing::Test {
  protected:
    NodeMetricsTest() {
        node.write("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
        node.write("sys/bus/pci/devices/0000:01:00.0/device", "0x1eb8\n");
        node.write("sys/bus/pci/devices/0000:01:00.0/class", "0x030200\n");
        node.write("sys/module/nvidia/initstate", "live\n");
        node.write("sys/module/nvidia/refcnt", "3\n");
        state.driver = "535.1";
        state.packageSha256 = "abc";
        state.phase = Phase::Ready;
        state.since = 1700000000;
        state.steps = {{"load the kernel modules", 0, 2500, "done"}};
        state.daemons = {{"nvidia-gridd", {9, 1}, 2}};
    }
    NodeMetrics metrics(const std::filesystem::path& file) {
        return {file,
                "0.1",
                {.warn = [this](const std::string& text) { warnings.push_back(text); }},
                actions.roots()};
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    NodeState state;
    std::vector<std::string> warnings;
};

TEST_F(NodeMetricsTest, TellsTheRecordAndTheNodeOfNow) {
    auto all = metrics({});
    all.publish(state);
    EXPECT_THAT(all.text(),
                AllOf(HasSubstr("driverctl_build_info{version=\"0.1\"} 1"),
                      HasSubstr("package_sha256=\"abc\"} 1"), HasSubstr("driverctl_ready 1"),
                      HasSubstr("driverctl_ready_timestamp_seconds 1700000000"),
                      HasSubstr("{address=\"0000:01:00.0\",device=\"1eb8\",driver=\"\"} 1"),
                      HasSubstr("{step=\"load the kernel modules\"} 2.5"),
                      HasSubstr("driverctl_daemon_up{daemon=\"nvidia-gridd\"} 0"),
                      HasSubstr("driverctl_daemon_restarts_total{daemon=\"nvidia-gridd\"} 2"),
                      HasSubstr("driverctl_module_references{module=\"nvidia\"} 3")));
    state.phase = Phase::Stopping;
    all.publish(state);
    EXPECT_THAT(all.text(), Not(HasSubstr("driverctl_ready_timestamp_seconds")));
}

TEST_F(NodeMetricsTest, KeepsAFile) {
    const auto file = node.path() / "driverctl.prom";
    auto all = metrics(file);
    all.publish(state);
    EXPECT_EQ(host::readFile(file), all.text());
    EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(NodeMetricsTest, TheFileGoesWithItUnlessTheDriverStays) {
    const auto file = node.path() / "driverctl.prom";
    for (const auto phase : {Phase::Starting, Phase::Ready, Phase::Stopping, Phase::Kept}) {
        state.phase = phase;
        metrics(file).publish(state);
        EXPECT_EQ(std::filesystem::exists(file), phase == Phase::Kept) << toString(phase);
    }
    metrics(file); // an init that does not get as far says nothing of the one before
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(NodeMetricsTest, AFileThatCannotBeWrittenIsAWarning) {
    metrics(node.path() / "missing/driverctl.prom").publish(state);
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("no metrics: ")));
}

} // namespace
} // namespace loader
