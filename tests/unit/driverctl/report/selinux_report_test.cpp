#include "driverctl/report/selinux_report.h"

#include "tests/unit/driverctl/report/golden.h"

#include <gmock/gmock.h>

namespace driverctl {
namespace {

using namespace toolkit::selinux;
using host::SelinuxMode;
using testing::ElementsAre;
using testing::IsEmpty;

LabelStatus enforcing() {
    return {.mode = SelinuxMode::Enforcing,
            .policy = "default",
            .version = "33",
            .domain = "container_t",
            .gpuDomain = "nvidia_container_t",
            .booleans = {{.name = "container_use_xserver_devices", .isOn = true},
                         {.name = "container_use_devices", .isOn = false}},
            .isHostDriver = false,
            .paths = {{.kind = PathKind::Node,
                       .path = "/dev/nvidia0",
                       .context = "system_u:object_r:device_t:s0",
                       .denied = {"open", "read"},
                       .wanted = "system_u:object_r:container_file_t:s0"},
                      {.kind = PathKind::Library,
                       .path = "/usr/lib/libcuda.so.1",
                       .context = "system_u:object_r:lib_t:s0",
                       .denied = {},
                       .wanted = ""},
                      {.kind = PathKind::Data,
                       .path = "/lib/firmware/gsp.bin",
                       .context = "",
                       .denied = {"getattr"},
                       .wanted = ""}}};
}

TEST(SelinuxStatus, IsAsItWas) {
    tests::expectGoldenReport("selinux-status-enforcing", SelinuxStatus{enforcing()});
    tests::expectGoldenReport("selinux-status-off", SelinuxStatus{});
    LabelStatus unconfined{.mode = SelinuxMode::Permissive, .version = "31"};
    tests::expectGoldenReport("selinux-status-no-containers", SelinuxStatus{unconfined});
}

TEST(SelinuxStatus, SaysWhyThereIsNothingToSee) {
    struct Case {
        SelinuxMode mode;
        const char* words;
    };
    for (const auto& [mode, words] : {Case{SelinuxMode::Off, "SELinux is off"},
                                      {SelinuxMode::NoPolicy, "has no policy"},
                                      {SelinuxMode::Unseen, "run this on the host"}}) {
        for (const std::string& text : {toText(SelinuxStatus{LabelStatus{.mode = mode}}),
                                        toText(SelinuxChanges{.mode = mode})}) {
            EXPECT_THAT(text, testing::HasSubstr(words));
        }
    }
}

TEST(SelinuxStatus, CommandsAreWaysThatHelp) {
    LabelStatus status = enforcing();
    status.booleans.clear();
    status.gpuDomain = "";
    EXPECT_THAT(commandsFor(status), ElementsAre("driverctl selinux label"));
    status.isHostDriver = true;
    EXPECT_THAT(
        commandsFor(status),
        ElementsAre("driverctl selinux label", "driverctl list --host-paths | restorecon -v -f -"))
        << "a file is denied";
    status.paths.resize(2);
    EXPECT_THAT(commandsFor(status), ElementsAre("driverctl selinux label"));
    status.paths[0].wanted = "";
    EXPECT_THAT(commandsFor(status), IsEmpty()) << "nothing would do";
    status.booleans = {{.name = "container_use_devices", .isOn = false}};
    EXPECT_THAT(commandsFor(status), ElementsAre("restorecon -R -v /dev/nvidia* && setsebool -P "
                                                 "container_use_devices on"));
    status.paths.clear();
    EXPECT_THAT(commandsFor(status), IsEmpty());
}

TEST(SelinuxChanges, AreAsTheyWere) {
    SelinuxChanges report{.dryRun = true,
                          .mode = SelinuxMode::Enforcing,
                          .changes = {{.path = "/dev/nvidia0",
                                       .from = "system_u:object_r:device_t:s0",
                                       .to = "system_u:object_r:container_file_t:s0",
                                       .refusal = {}},
                                      {.path = "/usr/lib/libcuda.so.1",
                                       .from = "",
                                       .to = "system_u:object_r:lib_t:s0",
                                       .refusal = {}}}};
    tests::expectGoldenReport("selinux-label-dry-run", report);
    report.dryRun = false;
    report.changes[1].refusal = host::Error("cannot set the SELinux context of "
                                            "/usr/lib/libcuda.so.1: Read-only file system",
                                            "Mount it writable.");
    tests::expectGoldenReport("selinux-label-refused", report);
    report.changes.clear();
    tests::expectGoldenReport("selinux-label-nothing", report);
}

} // namespace
} // namespace driverctl
