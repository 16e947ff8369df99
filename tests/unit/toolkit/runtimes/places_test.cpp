#include "toolkit/runtimes/places.h"

#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

TEST(Places, AreThoseOfTheRuntime) {
    struct {
        Runtime runtime;
        bool rootless;
        const char* config;
        const char* dropIn;
        const char* main;
        const char* ours;
        const char* recorded;
    } const cases[] = {
        {Runtime::Docker, false, "", "", "/etc/docker/daemon.json", "", "/etc/docker/daemon.json"},
        {Runtime::Docker, true, "", "", "/h/docker/daemon.json", "", "/h/docker/daemon.json"},
        {Runtime::Docker, false, "/x.json", "", "/x.json", "", "/x.json"},
        {Runtime::Containerd, false, "", "", "/etc/containerd/config.toml",
         "/etc/containerd/conf.d/99-nvidia.toml", "/etc/containerd/config.toml"},
        {Runtime::Containerd, false, "/x/c.toml", "", "/x/c.toml", "/x/conf.d/99-nvidia.toml",
         "/x/c.toml"},
        {Runtime::Crio, false, "", "", "/etc/crio/crio.conf",
         "/etc/crio/crio.conf.d/99-nvidia.toml", "/etc/crio/crio.conf.d/99-nvidia.toml"},
        {Runtime::Crio, false, "/x.conf", "", "/etc/crio/crio.conf", "/x.conf", "/x.conf"},
        {Runtime::Crio, false, "/x.conf", "/y.conf", "/x.conf", "/y.conf", "/y.conf"},
        {Runtime::Podman, false, "", "", "/etc/containers/containers.conf",
         "/etc/containers/containers.conf.d/99-nvidia.conf",
         "/etc/containers/containers.conf.d/99-nvidia.conf"},
        {Runtime::Podman, true, "", "", "/h/containers/containers.conf",
         "/h/containers/containers.conf.d/99-nvidia.conf",
         "/h/containers/containers.conf.d/99-nvidia.conf"},
    };
    for (const auto& row : cases) {
        const Wish wish{
            .settings = {.runtime = row.runtime, .rootless = row.rootless, .configHome = "/h"},
            .config = row.config,
            .dropIn = row.dropIn};
        SCOPED_TRACE(row.main);
        EXPECT_EQ(mainFile(wish), row.main);
        EXPECT_EQ(dropInFile(wish), row.ours);
        EXPECT_EQ(recordedFile(wish), row.recorded);
    }
}

TEST(Places, OfNotesAreReadByNoDaemon) {
    EXPECT_EQ(recordOf("/etc/docker/daemon.json", "nvidia"),
              "/etc/docker/daemon.json.driverctl-nvidia");
    EXPECT_EQ(backupOf("/etc/crio/crio.conf.d/99-nvidia.toml", "nvidia"),
              "/etc/crio/99-nvidia.toml.before-driverctl-nvidia");
    EXPECT_EQ(backupOf("/usr/share/containers/oci/hooks.d/oci-nvidia-hook.json", "hook"),
              "/usr/share/containers/oci/oci-nvidia-hook.json.before-driverctl-hook");
}

} // namespace
} // namespace toolkit::runtimes
