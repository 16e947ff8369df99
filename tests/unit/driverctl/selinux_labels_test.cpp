#include "driverctl/selinux_labels.h"

#include "host/base/error.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

using host::SelinuxMode;
using testing::IsEmpty;

TEST(SelinuxPolicyOfTheNode, IsTheHostsWhereOnlyTheHostShowsIt) {
    const tests::Directory node;
    const tests::RecordingNodeActions actions(node);
    const auto roots = actions.roots();
    EXPECT_EQ(selinuxPolicy(roots).mode(), SelinuxMode::Off);
    node.write("sys/fs/selinux/.keep", "");
    EXPECT_EQ(selinuxPolicy(roots).mode(), SelinuxMode::Unseen);
    node.write("host/usr/.keep", "");
    node.write("host/etc/selinux/config", "SELINUXTYPE=targeted\n");
    node.write("host/sys/fs/selinux/enforce", "1");
    node.write("host/sys/fs/selinux/class/file/index", "6");
    EXPECT_EQ(selinuxPolicy(roots).mode(), SelinuxMode::Enforcing);
    EXPECT_EQ(selinuxPolicy(roots).name(), "targeted");
}

TEST(SelinuxLabelsOfTheNode, WhatCannotBeAskedIsOneWarning) {
    const tests::Directory node;
    tests::RecordingNodeActions actions(node);
    std::vector<std::string> warnings;
    const host::Observer observer{
        .forgive = [&](const host::Error& error) { warnings.emplace_back(error.what()); }};
    labelForContainers({}, actions, observer, actions.roots());
    EXPECT_THAT(warnings, IsEmpty()) << "SELinux is off";
    node.write("sys/fs/selinux/enforce", "1");
    node.write("sys/fs/selinux/class/file/index", "6");
    labelForContainers({}, actions, observer, actions.roots());
    EXPECT_EQ(warnings.size(), 1U);
    EXPECT_THAT(actions.calls, IsEmpty());
}

TEST(SelinuxCheckOfTheNode, OnlyEnforcingIsLookedAt) {
    const tests::Directory node;
    const tests::RecordingNodeActions actions(node);
    EXPECT_THAT(checkSelinux(actions.roots()), IsEmpty());
    node.write("sys/fs/selinux/enforce", "0");
    node.write("sys/fs/selinux/class/file/index", "6");
    EXPECT_THAT(checkSelinux(actions.roots()), IsEmpty());
}

} // namespace
} // namespace driverctl
