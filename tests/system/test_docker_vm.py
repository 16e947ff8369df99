"""docker in the VM, on NVIDIA's real modules and the driver image's own root file system: by CDI,
by the runtime that `toolkit install` tells it of, and by `docker run --gpus`, whose hook dockerd
finds in the driver root by the name of NVIDIA's."""

from typing import Any

import pytest

from harness.engines import VmDocker
from harness.node import check_container, ready
from harness.seen import Seen

MOUNTS: dict[str, Any] = {"mounts": [("/dev", "/dev", "rw"), ("/run/cdi", "/var/run/cdi", "rw")]}
TOOLKIT = "/opt/nvidia-runtime"
ASKED = ["--env=NVIDIA_VISIBLE_DEVICES=all", "--env=NVIDIA_DRIVER_CAPABILITIES=all"]


@pytest.fixture(scope="module")
def driver(vm):
    return ready(vm, "driver", **MOUNTS)


@pytest.fixture(scope="module")
def docker(vm, driver) -> VmDocker:
    return VmDocker(vm)


def check(vm, driver, seen: Seen, without: str = "") -> None:
    check_container(vm, seen, without)
    assert seen.smi == driver.run(["nvidia-smi"]).out.splitlines()
    assert seen.status["ModifyDeviceFiles"] == "0"


def test_device_of_the_specification(vm, driver, docker):
    check(vm, driver, docker.container("--device=nvidia.com/gpu=all"))


def test_runtime_that_the_toolkit_installs(vm, driver, docker):
    paths = ("/etc/docker", "/run/docker.sock", TOOLKIT)
    mounts = [(path, path, "rw") for path in paths]
    install = ["driverctl", "toolkit", "install", TOOLKIT, "--runtime-socket=/run/docker.sock"]
    toolkit = vm.container(install, name="toolkit", mounts=mounts)
    toolkit.wait_for("now waiting")
    check(vm, driver, docker.container("--runtime=nvidia", *ASKED))
    toolkit.signal("TERM")
    assert toolkit.wait() == 0, toolkit.log()
    assert vm.check(f"ls -A {TOOLKIT}") == ""


def test_gpus(vm, driver, docker):
    """Who names no capabilities does not get display."""
    check(vm, driver, docker.container("--gpus=all"), without="/dev/nvidia-modeset")
