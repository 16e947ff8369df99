"""`driverctl init` in a VM with another driver version than the image's own."""

import pytest

from harness.drivers import DRIVER, FLAVOURS, SECOND_DRIVER, SECOND_OPTIONS, package_name
from harness.node import (
    CLEAN,
    MODULES,
    OPTIONAL,
    hold,
    killed,
    loaded,
    ready,
    report,
    stopped,
    system,
)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_second_driver(vm, kernels, flavour):
    assert system(vm) == CLEAN
    mark = len(vm.kernel_log().splitlines())
    options = ["--no-build", "--persistence", "off", "--flavour", flavour, *SECOND_OPTIONS]
    driver = vm.container(["driverctl", "init", *options], name=f"second-{flavour}")
    log = driver.wait_for("waiting for signal")
    assert f"Starting installation of NVIDIA driver version {SECOND_DRIVER}" in log

    assert sorted(loaded(vm)) == sorted(MODULES)
    version = vm.check("cat /proc/driver/nvidia/version")
    assert f"  {SECOND_DRIVER}  " in version
    assert ("Open Kernel Module" in version) == (flavour == "open")
    assert vm.check("cat /sys/module/nvidia/version").strip() == SECOND_DRIVER
    package = report(driver, "status")["init"]["package"]
    assert package.startswith("/opt/second/store/")
    name = package_name(SECOND_DRIVER, flavour, kernels["6.1"])
    assert package.endswith(f"/{name}")
    kernel = "\n".join(vm.kernel_log().splitlines()[mark:])
    for bad in ("bad vermagic", "Unpatched return thunk", "Unknown symbol", "BUG:", "WARNING:"):
        assert bad not in kernel, kernel

    driver.signal("TERM")
    assert driver.wait() == 0, driver.log()
    assert system(vm) == CLEAN
    assert vm.run("test -e /proc/driver/nvidia").rc != 0


def test_upgrade_and_back(vm):
    """Each init finds the other version loaded, by an instance that was killed."""
    options: dict[str, list[str]] = {DRIVER: [], SECOND_DRIVER: SECOND_OPTIONS}
    for number, version in enumerate([DRIVER, SECOND_DRIVER, DRIVER]):
        driver = ready(vm, f"upgrade-{number}", *options[version])
        assert vm.check("cat /sys/module/nvidia/version").strip() == version
        assert ("cannot be adopted: nvidia is loaded in version" in driver.log()) == (number > 0)
        assert "could not be put back" not in driver.log()
        assert mounts_at(vm, "/run/nvidia/driver") == 1
        killed(driver)
    stopped(vm, ready(vm, "upgrade-last"))


def test_failing_upgrade_puts_the_old_driver_back(vm):
    vm.put(b"modeset=banana\n", "/var/bad/nvidia-drm.conf")
    old = ready(vm, "old")
    killed(old)
    before = system(vm)["modules"]

    init = ["driverctl", "init", *OPTIONAL, *SECOND_OPTIONS]
    new = vm.container(init, name="new", mounts=[("/var/bad", "/drivers", "ro")])
    assert new.wait() == 6, new.log()
    assert "nvidia-drm" in new.log()
    assert sorted(system(vm)["modules"].split()) == sorted(before.split())
    assert vm.check("cat /sys/module/nvidia/version").strip() == DRIVER
    assert vm.check("stat -c %s /run/nvidia/driver/usr/bin/nvidia-smi").strip().isdigit()
    assert system(vm)["firmware"] == "/run/nvidia/driver/lib/firmware"
    assert mounts_at(vm, "/run/nvidia/driver") == 1
    assert DRIVER in vm.check("ls /run/nvidia/driver/lib/firmware/nvidia")

    heir = ready(vm, "heir")
    assert "it is adopted as it is" in heir.log()
    stopped(vm, heir)


def test_upgrade_while_somebody_uses_the_driver(vm):
    old = ready(vm, "busy-old")
    pid = hold(vm)
    killed(old)
    # The dead instance's. What containers' probes read of it would not outlive the new one.
    vm.check("rm /run/nvidia/nvidia-driver.pid /run/nvidia/validations/.driver-daemons-status")
    before = system(vm)
    new = vm.container(["driverctl", "init", *OPTIONAL, *SECOND_OPTIONS], name="busy-new")
    assert new.wait() == 4, new.log()
    assert f"process {pid} (sleep" in new.log()
    assert system(vm) == before
    vm.check(f"kill {pid}")
    stopped(vm, ready(vm, "busy-heir"))


def mounts_at(vm, path: str) -> int:
    return [line.split()[4] for line in vm.check("cat /proc/self/mountinfo").splitlines()].count(
        path
    )
