#include "driverctl/report/driver_unpacking.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

using precompile::Flavour;

TEST(DriverUnpacking, IsAsItWas) {
    tests::expectGoldenReport("driver-unpack-both",
                              DriverUnpacking{.root = "/",
                                              .unpacked = {
                                                  .driver = "535.261.03",
                                                  .machine = "x86_64",
                                                  .flavours = {Flavour::Proprietary, Flavour::Open},
                                                  .files = 612,
                                                  .links = 31,
                                                  .bytes = 400 << 20,
                                                  .leftOut = 31,
                                                  .hasLinkerCache = true,
                                              }});
    tests::expectGoldenReport("driver-unpack-foreign",
                              DriverUnpacking{.root = "/srv/arm64",
                                              .unpacked = {
                                                  .driver = "470.256.02",
                                                  .machine = "aarch64",
                                                  .flavours = {Flavour::Proprietary},
                                                  .files = 300,
                                                  .links = 20,
                                                  .bytes = 200 << 20,
                                              }});
}

} // namespace
} // namespace driverctl
