#include "driverctl/report/driver_list.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

using precompile::Flavour;
using precompile::Layout;

TEST(DriverList, SaysWhatIsThereAndWhatIsMissing) {
    const precompile::DriverSource open{.version = "550.163.01",
                                        .flavour = Flavour::Open,
                                        .directory = "/usr/src/open/kernel-open",
                                        .cores = {}};
    const precompile::DriverSource debian{.version = "535.309.01",
                                          .flavour = Flavour::Proprietary,
                                          .directory = "/usr/src/nvidia-current-535.309.01",
                                          .cores = {}};
    tests::expectGoldenReport("driver-list-none", DriverList{{.directory = "/usr/src"}});
    tests::expectGoldenReport("driver-list-two",
                              DriverList{{.directory = "/usr/src",
                                          .trees = {{open,
                                                     Layout::Repository,
                                                     {"nvidia/nv-kernel.o_binary",
                                                      "nvidia-modeset/nv-modeset-kernel.o_binary"}},
                                                    {debian, Layout::Debian, {}}},
                                          .unknown = {"/usr/src/nvidia-fs-2.17"}}});
}

} // namespace
} // namespace driverctl
