#include "driverctl/report/containers/runtime_changes.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

TEST(RuntimeChanges, AreAsTheyWere) {
    RuntimeChanges report{
        .dryRun = true,
        .outcome = {
            .changes = {{"/etc/docker/daemon.json", "{}\n",
                         "{\n    \"default-runtime\": \"nvidia\"\n}\n"},
                        {"/etc/containerd/conf.d/99-nvidia.toml", std::nullopt, "version = 3\n"},
                        {"/etc/crio/crio.conf.d/99-nvidia.toml", "[crio]", std::nullopt}},
            .replaced = {"/etc/docker/daemon.json:1:2: runtimes.nvidia was {}"},
            .warnings = {"/etc/crio/crio.conf.d/zz.conf is read later"},
            .activation = "systemctl reload docker"}};
    tests::expectGoldenReport("runtime-configure-dry-run", report);
    tests::expectGoldenReport("runtime-configure-nothing", RuntimeChanges{});
}

} // namespace
} // namespace driverctl
