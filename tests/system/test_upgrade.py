"""`driverctl init` in a VM with another driver version than the image's own."""

import json

import pytest
from conftest import RELEASES, SECOND_DRIVER, SECOND_OPTIONS
from test_init import CLEAN, MODULES, loaded, system
from vm import Vm, make_host

SERIES = "6.1"


@pytest.fixture(scope="module")
def vm(container_disk, tmp_path_factory):
    host = make_host(SERIES, release=RELEASES[SERIES])
    with Vm(host, host / "host.ext4", container_disk, log=tmp_path_factory.mktemp("vm") / "console.log") as machine:
        machine.gpu()
        yield machine


def test_second_driver(vm, kernels):
    assert system(vm) == CLEAN
    mark = len(vm.kernel_log().splitlines())
    driver = vm.container(["driverctl", "init", "--no-build", "--persistence", "off", *SECOND_OPTIONS], name="second-driver")
    log = driver.wait_for("waiting for signal", timeout=120)
    assert f"Starting installation of NVIDIA driver version {SECOND_DRIVER}" in log

    assert sorted(loaded(vm)) == sorted(MODULES)
    version = vm.check("cat /proc/driver/nvidia/version")
    assert f"  {SECOND_DRIVER}  " in version and "Open Kernel Module" not in version
    assert vm.check("cat /sys/module/nvidia/version").strip() == SECOND_DRIVER
    package = json.loads(driver.run(["driverctl", "status", "--json"]).out)["init"]["package"]
    assert package.startswith("/opt/second/store/")
    assert package.endswith(f"/nvidia-modules-{SECOND_DRIVER}-proprietary-{kernels[SERIES]}.tar")
    kernel = "\n".join(vm.kernel_log().splitlines()[mark:])
    for bad in ("bad vermagic", "Unpatched return thunk", "Unknown symbol", "BUG:", "WARNING:"):
        assert bad not in kernel, kernel

    driver.signal("TERM")
    assert driver.wait(90) == 0, driver.log()
    assert system(vm) == CLEAN
    assert vm.run("test -e /proc/driver/nvidia").rc != 0
