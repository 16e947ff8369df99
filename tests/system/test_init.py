"""`driverctl init` and `status` in a VM with each kernel, NVIDIA's real modules and the driver
image's own root file system.

The GPU is an emulated PCI function without a VBIOS: modules probe and load, but no program can
initialise the adapter.
"""

import json

import pytest
from conftest import DRIVER, FLAVOURS, RELEASES
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
    system,
)
from harness.vm import Vm, make_host


@pytest.fixture(scope="module", params=RELEASES)
def series(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def vm(series, container_disk, tmp_path_factory):
    """One machine for all tests of a kernel; it starts without a GPU."""
    host = make_host(series, release=RELEASES[series])
    with Vm(
        host, host / "host.ext4", container_disk, log=tmp_path_factory.mktemp("vm") / "console.log"
    ) as machine:
        yield machine


@pytest.fixture(scope="module")
def gpu(vm):
    vm.gpu()


def test_without_a_gpu(vm):
    """First: the GPU is plugged in by the tests after this one."""
    log = refused(vm, "no-gpu", OPTIONAL, 7, "no NVIDIA device")
    assert "Starting installation" not in log


def test_no_package_and_no_build(vm, gpu):
    refused(
        vm,
        "no-package",
        [*OPTIONAL, "--tag", "other"],
        3,
        "tag is none, wanted is other",
        "driverctl update",
    )


def test_build_that_fails_leaves_the_node_as_it_was(vm, gpu):
    """No package fits, so init builds one: `update` runs as its child and reaches neither the
    signing key nor a mirror here."""
    log = refused(
        vm,
        "build",
        [
            "--persistence",
            "optional",
            "--tag",
            "other",
            "--mirror",
            "http://127.0.0.1:9",
            "--signing-key-url",
            "http://127.0.0.1:9/key",
        ],
        1,
        "Building NVIDIA driver package...",
        "the key cannot be fetched",
        "could not be built (exit code 1)",
    )
    assert "Loading NVIDIA" not in log


def test_package_for_another_kernel_names_every_reason(vm, gpu, series):
    other = next(release for name, release in RELEASES.items() if name != series)
    log = refused(
        vm,
        "other",
        [*OPTIONAL, "--store", f"/var/lib/driverctl/packages/flatcar-{other}-x86_64"],
        3,
    )
    assert f"release is {other}, wanted is {RELEASES[series]}" in log
    assert "kernel is " in log
    assert "flavour is open, wanted is proprietary" in log


def test_flipped_byte(vm, gpu, series, built, kernels, tmp_path):
    name = f"nvidia-modules-{DRIVER}-proprietary-{kernels[series]}.tar"
    package = bytearray((built.store / f"flatcar-{RELEASES[series]}-x86_64" / name).read_bytes())
    package[len(package) // 2] ^= 0x10
    vm.put(bytes(package), f"/var/damaged/store/{name}")
    refused(
        vm,
        "flipped",
        [*OPTIONAL, "--store", "/store"],
        8,
        "damaged",
        mounts=[("/var/damaged/store", "/store", "ro")],
    )


def test_run_directory_that_is_not_shared(vm, gpu):
    refused(
        vm,
        "unshared",
        [*OPTIONAL, "--run-dir", "/var/tmp/nvidia"],
        1,
        "not shared",
        "-v /var/tmp/nvidia:/var/tmp/nvidia:shared",
    )


def test_required_daemon_that_does_not_start_undoes_everything(vm, gpu):
    vm.put(b"#!/bin/sh\necho no device here >&2\nexit 1\n", "/var/fake/nvidia-persistenced")
    vm.check("chmod +x /var/fake/nvidia-persistenced")
    log = refused(
        vm,
        "required",
        ["--no-build"],
        1,
        "nvidia-persistenced does not start",
        "no device here",
        "--persistence optional",
        mounts=[("/var/fake/nvidia-persistenced", "/usr/bin/nvidia-persistenced", "ro")],
    )
    assert "Loading NVIDIA driver kernel modules..." in log


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_whole_life(vm, gpu, flavour, series, kernels):
    before = system(vm)
    assert before == CLEAN
    mark = len(vm.kernel_log().splitlines())
    vm.put(b"# from a ConfigMap\nNVreg_DeviceFileMode=432\n", "/var/drivers/nvidia.conf")
    driver = vm.container(
        ["nvidia-driver", "init", "-a", *OPTIONAL, "--flavour", flavour],
        name=f"life-{flavour}",
        mounts=[("/var/drivers", "/drivers", "ro")],
    )
    log = driver.wait_for("waiting for signal", timeout=120)
    in_order(
        log,
        "Starting installation of NVIDIA driver version",
        "Stopping NVIDIA persistence daemon...",
        "Unloading NVIDIA driver kernel modules...",
        "Unmounting NVIDIA driver rootfs...",
        "Checking NVIDIA driver packages...",
        "Found NVIDIA driver package",
        "Installing NVIDIA driver kernel modules...",
        "Re-linking NVIDIA driver kernel modules...",
        "Loading NVIDIA driver kernel modules...",
        "Mounting NVIDIA driver rootfs...",
        "Starting NVIDIA persistence daemon...",
        "Done, now waiting for signal",
    )

    assert sorted(loaded(vm)) == sorted(MODULES)
    version = vm.check("cat /proc/driver/nvidia/version")
    assert DRIVER in version
    assert ("Open Kernel Module" in version) == (flavour == "open")
    # The parameter file reached the module: 432 is 0660.
    assert "DeviceFileMode: 432" in vm.check("cat /proc/driver/nvidia/params")
    check_nodes(vm)
    # From outside init's mount namespace.
    assert vm.check("stat -c %s /run/nvidia/driver/usr/bin/nvidia-smi").strip().isdigit()
    assert (
        vm.check("cat /sys/module/firmware_class/parameters/path").strip()
        == "/run/nvidia/driver/lib/firmware"
    )

    check_status(driver, flavour, kernels[series])
    second = vm.container(["driverctl", "init", *OPTIONAL], name=f"second-{flavour}")
    assert second.wait(60) == 5, second.log()
    assert "another instance" in second.log()
    assert vm.check("cat /run/nvidia/nvidia-driver.pid").strip().isdigit()

    # Opening the GPU makes the kernel ask for the firmware.
    assert "No devices were found" in driver.run(["nvidia-smi"], timeout=90).out
    kernel = "\n".join(vm.kernel_log().splitlines()[mark:])
    assert "RmInitAdapter failed" in kernel
    for bad in ("bad vermagic", "Unpatched return thunk", "Direct firmware load", "(-2)"):
        assert bad not in kernel, kernel

    driver.signal("TERM")
    assert driver.wait(90) == 0, driver.log()
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
    report = json.loads(driver.run(["driverctl", "status", "--json"]).out)
    assert report["loaded"] is True
    assert sorted(module["name"] for module in report["modules"]) == sorted(MODULES)
    assert report["init"]["alive"] is True
    assert report["init"]["phase"] == "ready"
    assert report["init"]["package"].endswith(f"nvidia-modules-{DRIVER}-{flavour}-{kernel}.tar")
    assert report["init"]["since"] > 0
    assert report["users"] == {"processes": [], "modules": [], "unseen": []}


def test_busy_driver_is_not_touched(vm, gpu):
    driver = ready(vm, "busy")
    before = system(vm)
    pid = hold(vm)
    driver.signal("TERM")
    log = driver.wait_for("the driver is in use", timeout=60)
    assert f"process {pid} (sleep" in log and "/dev/nvidiactl" in log
    assert driver.running
    assert system(vm) == before
    status = driver.run(["driverctl", "status"]).out
    assert f"process {pid} (sleep" in status

    vm.check(f"kill {pid}")
    driver.signal("HUP")
    assert driver.wait(90) == 0, driver.log()
    assert system(vm) == CLEAN


def test_status_and_unload_of_a_node_whose_init_is_gone(vm, gpu):
    first = ready(vm, "gone")
    killed(first)
    looker = vm.container(["driverctl", "status", "--json"], name="looker")
    assert looker.wait(30) == 0
    report = json.loads(looker.log())
    assert report["loaded"] is True and report["init"]["alive"] is False
    cleaner = vm.container(["driverctl", "unload"], name="cleaner")
    assert cleaner.wait(60) == 0, cleaner.log()
    assert system(vm) == CLEAN
