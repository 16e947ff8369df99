"""`driverctl init` and `status` in a VM with each kernel, NVIDIA's real modules and the driver
image's own root file system.

The GPU is an emulated PCI function without a VBIOS: modules probe and load, but no program can
initialise the adapter.
"""

import json

import pytest

from harness.drivers import DRIVER, FLAVOURS, package_name, store_folder
from harness.node import (
    CLEAN,
    MODULES,
    OPTIONAL,
    hold,
    in_order,
    killed,
    loaded,
    ready,
    refused,
    report,
    system,
)
from harness.packages import flipped
from harness.releases import RELEASES
from harness.vm import Vm, make_host


@pytest.fixture(scope="module", params=RELEASES)
def series(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def vm(series, container_disk, tmp_path_factory):
    """One machine for all tests of a kernel; it starts without a GPU."""
    host = make_host(series, release=RELEASES[series])
    log = tmp_path_factory.mktemp("vm") / "console.log"
    with Vm(host, container_disk, log=log) as machine:
        yield machine


@pytest.fixture(scope="module")
def gpu(vm):
    vm.gpu()


def test_without_a_gpu(vm):
    """First: the GPU is plugged in by the tests after this one."""
    log = refused(vm, "no-gpu", OPTIONAL, 7, "no NVIDIA device")
    assert "Starting installation" not in log


def test_no_package_and_no_build(vm, gpu):
    words = ("tag is none, wanted is other", "driverctl update")
    refused(vm, "no-package", [*OPTIONAL, "--tag", "other"], 3, *words)


def test_build_that_fails_leaves_the_node_as_it_was(vm, gpu):
    """No package fits, so init builds one: `update` runs as its child and reaches neither the
    signing key nor a mirror here."""
    dead = "http://127.0.0.1:9"
    argv = ["--persistence", "optional", "--tag", "other"]
    argv += ["--mirror", dead, "--signing-key-url", f"{dead}/key"]
    begun = "Building NVIDIA driver package..."
    failed = ("the key cannot be fetched", "could not be built (exit code 1)")
    log = refused(vm, "build", argv, 1, begun, *failed)
    assert "Loading NVIDIA" not in log


def test_sources_that_are_missing(vm, gpu):
    """Before a package is looked for: init loads none without them, nor builds one."""
    argv = ["--source-dir", "/etc", "--driver", DRIVER]
    refused(vm, "no-sources", [*OPTIONAL, *argv], 2, "sources of driver", "in /etc, which has none")
    plan = vm.container(["driverctl", "plan", *argv], name="no-sources-plan")
    assert plan.wait() == 2 and "in /etc, which has none" in plan.log()


def test_a_build_that_is_refused_ends_with_its_exit_code(vm, gpu):
    argv = ["--persistence", "optional", "--tag", "other", "--build-root", "/etc"]
    refused(vm, "build-root", argv, 2, "/etc is no build root", "could not be built (exit code 2)")


def test_package_for_another_kernel_names_every_reason(vm, gpu, series):
    other = next(release for name, release in RELEASES.items() if name != series)
    store = f"/var/lib/driverctl/packages/{store_folder(other)}"
    log = refused(vm, "other", [*OPTIONAL, "--store", store], 3)
    assert f"release is {other}, wanted is {RELEASES[series]}" in log
    assert "kernel is " in log
    assert "flavour is open, wanted is proprietary" in log


def test_flipped_byte(vm, gpu, series, built):
    package = built.package(series, "proprietary")
    vm.put(flipped(package.read_bytes()), f"/var/damaged/store/{package.name}")
    mounts = [("/var/damaged/store", "/store", "ro")]
    refused(vm, "flipped", [*OPTIONAL, "--store", "/store"], 8, "damaged", mounts=mounts)


def test_run_directory_that_is_not_shared(vm, gpu):
    argv = [*OPTIONAL, "--run-dir", "/var/tmp/nvidia"]
    refused(vm, "unshared", argv, 1, "not shared", "-v /var/tmp/nvidia:/var/tmp/nvidia:shared")


def test_required_daemon_that_does_not_start_undoes_everything(vm, gpu):
    vm.put(b"#!/bin/sh\necho no device here >&2\nexit 1\n", "/var/fake/nvidia-persistenced")
    vm.check("chmod +x /var/fake/nvidia-persistenced")
    mounts = [("/var/fake/nvidia-persistenced", "/usr/bin/nvidia-persistenced", "ro")]
    words = ("nvidia-persistenced does not start", "no device here", "--persistence optional")
    log = refused(vm, "required", ["--no-build"], 1, *words, mounts=mounts)
    assert "Loading NVIDIA driver kernel modules..." in log


LOG = (
    "Starting installation of NVIDIA driver version",
    "Checking NVIDIA driver packages...",
    "Found NVIDIA driver package",
    "Installing NVIDIA driver kernel modules...",
    "Re-linking NVIDIA driver kernel modules...",
    "Stopping NVIDIA persistence daemon...",
    "Unloading NVIDIA driver kernel modules...",
    "Unmounting NVIDIA driver rootfs...",
    "Loading NVIDIA driver kernel modules...",
    "Mounting NVIDIA driver rootfs...",
    "Starting NVIDIA persistence daemon...",
    "Done, now waiting for signal",
)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_whole_life(vm, gpu, flavour, series, kernels):
    before = system(vm)
    assert before == CLEAN
    mark = len(vm.kernel_log().splitlines())
    vm.put(b"# from a ConfigMap\nNVreg_DeviceFileMode=432\n", "/var/drivers/nvidia.conf")
    init = ["nvidia-driver", "init", "-a", *OPTIONAL, "--flavour", flavour]
    mounts = [("/var/drivers", "/drivers", "ro")]
    driver = vm.container(init, name=f"life-{flavour}", mounts=mounts)
    log = driver.wait_for("waiting for signal")
    in_order(log, *LOG)

    assert sorted(loaded(vm)) == sorted(MODULES)
    version = vm.check("cat /proc/driver/nvidia/version")
    assert DRIVER in version
    assert ("Open Kernel Module" in version) == (flavour == "open")
    # The parameter file reached the module: 432 is 0660.
    assert "DeviceFileMode: 432" in vm.check("cat /proc/driver/nvidia/params")
    check_nodes(vm)
    # From outside init's mount namespace.
    assert vm.check("stat -c %s /run/nvidia/driver/usr/bin/nvidia-smi").strip().isdigit()
    assert system(vm)["firmware"] == "/run/nvidia/driver/lib/firmware"

    check_status(driver, flavour, kernels[series])
    second = vm.container(["driverctl", "init", *OPTIONAL], name=f"second-{flavour}")
    assert second.wait() == 5, second.log()
    assert "another instance" in second.log()
    assert vm.check("cat /run/nvidia/nvidia-driver.pid").strip().isdigit()

    # Opening the GPU makes the kernel ask for the firmware.
    assert "No devices were found" in driver.run(["nvidia-smi"]).out
    kernel = "\n".join(vm.kernel_log().splitlines()[mark:])
    assert "RmInitAdapter failed" in kernel
    for bad in ("bad vermagic", "Unpatched return thunk", "Direct firmware load", "(-2)"):
        assert bad not in kernel, kernel

    driver.signal("TERM")
    assert driver.wait() == 0, driver.log()
    assert system(vm) == CLEAN
    assert vm.run("ls /run/nvidia/driver").out.strip() == ""


def check_nodes(vm):
    """Majors as /proc/devices says, minors as the driver fixes them, mode as the parameter says."""
    majors = {}
    for line in vm.check("cat /proc/devices").split("Block devices")[0].splitlines():
        if line[:1].isdigit() or line.startswith(" "):
            number, _, name = line.strip().partition(" ")
            majors[name] = int(number)
    frontend = majors.get("nvidia-frontend", majors.get("nvidia"))
    uvm = majors["nvidia-uvm"]
    expected = {
        "nvidiactl": (frontend, 255, "660"),
        "nvidia0": (frontend, 0, "660"),
        "nvidia-modeset": (frontend, 254, "660"),
        "nvidia-uvm": (uvm, 0, "666"),
        "nvidia-uvm-tools": (uvm, 1, "666"),
    }
    for name, (major, minor, mode) in expected.items():
        found = vm.check(f"stat -c '%F %t %T %a' /run/nvidia/driver/dev/{name}").strip()
        assert found == f"character special file {major:x} {minor:x} {mode}", name


def check_status(driver, flavour: str, kernel: str):
    status = report(driver, "status")
    assert status["loaded"] is True
    assert sorted(module["name"] for module in status["modules"]) == sorted(MODULES)
    assert status["init"]["alive"] is True
    assert status["init"]["phase"] == "ready"
    assert status["init"]["package"].endswith(package_name(DRIVER, flavour, kernel))
    assert status["init"]["since"] > 0
    assert status["users"] == {"processes": [], "modules": [], "unseen": []}


def test_busy_driver_is_not_touched(vm, gpu):
    driver = ready(vm, "busy")
    before = system(vm)
    pid = hold(vm)
    driver.signal("TERM")
    log = driver.wait_for("the driver is in use")
    assert f"process {pid} (sleep" in log and "/dev/nvidiactl" in log
    assert driver.running
    assert system(vm) == before
    status = driver.run(["driverctl", "status"]).out
    assert f"process {pid} (sleep" in status

    vm.check(f"kill {pid}")  # the signal is still due
    assert driver.wait() == 0, driver.log()
    assert system(vm) == CLEAN


def test_status_and_unload_of_a_node_whose_init_is_gone(vm, gpu):
    first = ready(vm, "gone")
    killed(first)
    looker = vm.container(["driverctl", "status", "--json"], name="looker")
    assert looker.wait() == 0
    status = json.loads(looker.log())
    assert status["loaded"] is True and status["init"]["alive"] is False
    cleaner = vm.container(["driverctl", "unload"], name="cleaner")
    assert cleaner.wait() == 0, cleaner.log()
    assert system(vm) == CLEAN
