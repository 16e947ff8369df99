"""What `ci/test --quick` runs of the system tests: one update, one init. The driver that is loaded
may be one that an earlier state of driverctl has packed: it is this one's init that is looked
at."""

import pytest

from harness.image import DISK
from harness.node import machine_with_gpu, ready, stopped
from harness.paths import BINARY

pytestmark = pytest.mark.quick


def test_update_of_the_small_driver(driverctl, kernels):
    done = driverctl.update()
    assert done.rc == 0, done.err
    (package,) = driverctl.packages()
    assert done.out.strip() == str(package) and kernels["6.1"] in package.name


def test_init_of_this_build(request, tmp_path):
    disk = DISK if DISK.exists() else request.getfixturevalue("container_disk")
    with machine_with_gpu(disk, tmp_path / "console.log") as vm:
        vm.put(BINARY, "/var/driverctl/driverctl")
        vm.check("chmod 755 /var/driverctl/driverctl")
        mounts = [("/var/driverctl/driverctl", "/usr/bin/driverctl", "ro")]
        driver = ready(vm, "driver", mounts=mounts)
        stopped(vm, driver)
