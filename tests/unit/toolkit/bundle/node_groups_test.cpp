#include "toolkit/bundle/node_groups.h"

#include "tests/unit/toolkit/driver_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

HostNode everybodys() {
    return {.permissions = 0666, .gid = 44};
}
HostNode groups() {
    return {.permissions = 0660, .gid = 44};
}

TEST(NodeGroups, WhatANodeTakes) {
    struct Case {
        HostNode node;
        Runtime runtime;
        bool isInUserNamespace;
        bool mayOpen;
        bool keepGroups;
        const char* warning; ///< empty: none
    };
    const Case cases[] = {
        {everybodys(), Runtime::Other, true, true, false, ""},
        {everybodys(), Runtime::Crun, true, true, false, ""},
        {groups(), Runtime::Crun, true, true, true, ""},
        {groups(), Runtime::Unknown, true, true, true, ""},
        {groups(), Runtime::Other, true, true, false, "which runc drops"},
        {groups(), Runtime::Crun, true, false, false, "is not this user's"},
        {groups(), Runtime::Other, true, false, false, "is not this user's"},
        {groups(), Runtime::Crun, false, true, false, "without a user namespace"},
    };
    for (const auto& [node, runtime, isInUserNamespace, mayOpen, keepGroups, warning] : cases) {
        const auto need = groupNeed({"/dev/nvidia0"}, [&node = node](const auto&) { return node; },
                                    {.runtime = runtime,
                                     .isInUserNamespace = isInUserNamespace,
                                     .mayOpen = [&may = mayOpen](const auto&) { return may; }});
        EXPECT_EQ(need.keepGroups, keepGroups) << warning;
        if (*warning == '\0') {
            EXPECT_THAT(need.warnings, IsEmpty());
        } else {
            EXPECT_THAT(need.warnings,
                        ElementsAre(AllOf(HasSubstr("/dev/nvidia0 (mode 0660, group 44)"),
                                          HasSubstr("EACCES"), HasSubstr(warning),
                                          HasSubstr("mode 0666"))));
        }
    }
}

TEST(NodeGroups, ProcessIsInAUserNamespaceByItsMap) {
    struct Case {
        const char* map;
        bool is;
    };
    const Case cases[] = {
        {"         0          0 4294967295\n", false},
        {"         0       1000          1\n         1     100000      65536\n", true},
        {"         0          0      65536\n", true}};
    for (const auto& [map, is] : cases) {
        const tests::DriverTree tree;
        tree.file("/proc/self/uid_map", map);
        EXPECT_EQ(surroundings(Runtime::Crun, tree.roots()).isInUserNamespace, is) << map;
    }
    const auto here = surroundings(Runtime::Crun);
    EXPECT_EQ(here.runtime, Runtime::Crun);
    EXPECT_TRUE(here.mayOpen("/dev/null"));
    EXPECT_FALSE(here.mayOpen("/dev/none"));
}

} // namespace
} // namespace toolkit
