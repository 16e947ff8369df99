"""What init tells container runtimes, in the VM with NVIDIA's real modules and the driver image's
own root file system: containers of podman get nodes and libraries of the driver that is loaded."""

import json
from typing import Any

import pytest

from harness.drivers import DRIVER
from harness.engines import HOOKS, STAGES, VmPodman
from harness.node import (
    OPTIONAL,
    check_container,
    is_nvidias,
    killed,
    machine_with_gpu,
    majors,
    ready,
    refused,
    stopped,
)
from harness.seen import LIBRARIES

DIRECTORY = "/run/cdi"
SPECIFICATION = f"{DIRECTORY}/nvidia.com-gpu.json"
# What README's `docker run` mounts on top of what a driver container has always had.
MOUNTS: dict[str, Any] = {"mounts": [("/dev", "/dev", "rw"), (DIRECTORY, "/var/run/cdi", "rw")]}
ROOT = "/run/nvidia/driver"
TOOLKIT = "/opt/nvidia-runtime"
NODES = [f"/dev/{name}" for name in ("nvidiactl", "nvidia-modeset", "nvidia-uvm")]
NODES += ["/dev/nvidia-uvm-tools", "/dev/nvidia0"]


@pytest.fixture(scope="module")
def driver(vm):
    """Ready, for tests that leave it so."""
    return ready(vm, "driver", **MOUNTS)


@pytest.fixture
def fresh(container_disk, tmp_path):
    """A node of the test's own."""
    with machine_with_gpu(container_disk, tmp_path / "console.log") as machine:
        yield machine


def devices(vm) -> dict[str, list[str]]:
    """Which of the driver's own nodes each device of the specification has."""
    specification = json.loads(vm.check(f"cat {SPECIFICATION}"))
    nodes = {
        device["name"]: [node["path"] for node in device["containerEdits"].get("deviceNodes", [])]
        for device in specification["devices"]
    }
    return {name: list(filter(is_nvidias, paths)) for name, paths in nodes.items()}


def test_container_has_the_driver_that_is_loaded(vm, driver):
    seen = VmPodman(vm).container("--device", "nvidia.com/gpu=all")
    check_container(vm, seen)
    assert seen.smi == driver.run(["nvidia-smi"]).out.splitlines()
    assert seen.smi[0] == "No devices were found"
    # The hook has put a copy over it: no library makes nodes in there.
    assert seen.status["ModifyDeviceFiles"] == "0"
    assert "ModifyDeviceFiles: 1" in vm.check("cat /proc/driver/nvidia/params")


@pytest.mark.parametrize("way", ["shim", *STAGES])
def test_container_has_the_same_without_a_specification(vm, driver, way):
    asked = ["--env=NVIDIA_VISIBLE_DEVICES=all", "--env=NVIDIA_DRIVER_CAPABILITIES=all"]
    hooks = [f"--hooks-dir={HOOKS}/{way}"] if way in STAGES else []
    shim = f"{ROOT}/usr/bin/driverctl-runtime" if way == "shim" else ""
    seen = VmPodman(vm).container(*hooks, *asked, shim=shim)
    check_container(vm, seen)
    assert seen.smi == driver.run(["nvidia-smi"]).out.splitlines()


def test_nodes_are_the_hosts_own(vm, driver):
    """A node that has another path on the host fails in a user namespace."""
    specification = json.loads(vm.check(f"cat {SPECIFICATION}"))
    edits = [specification, *specification["devices"]]
    nodes = [node for part in edits for node in part["containerEdits"].get("deviceNodes", [])]
    assert {"path": "/dev/nvidia0"} in nodes and {"path": "/dev/nvidia-uvm"} in nodes
    assert not [node for node in nodes if node.keys() != {"path"}]


def test_list_shows_what_is_in_the_driver_root(vm, driver):
    paths = driver.run(["sh", "-c", "driverctl list 2>/dev/null"]).out.splitlines()
    assert {*NODES, "/usr/bin/nvidia-smi", f"{LIBRARIES}/libcuda.so.{DRIVER}"} <= {*paths}
    for path in paths:
        assert vm.run(["test", "-e", f"{ROOT}{path}"]).rc == 0, path


def nodes(driver) -> list[str]:
    look = "find /dev -name 'nvidia*' -type c -exec stat -c '%n %t %T %a' {} + | sort"
    return driver.run(["sh", "-c", look]).out.splitlines()


def test_removed_nodes_are_made_again(driver):
    before = nodes(driver)
    assert driver.run(["sh", "-c", "rm $(find /dev -name 'nvidia*' -type c)"]).rc == 0
    assert nodes(driver) == []
    for command in ("nvidia-modprobe -u", "driverctl device create"):
        done = driver.run(command.split())
        assert done.rc == 0, done.out
    assert nodes(driver) == before


def test_specification_is_there_while_the_driver_is_ready(fresh):
    """It outlives init, as the driver does; the next init takes both on, and watches. That one puts
    the programs that container runtimes start on the node as well, while it lives."""
    driver = ready(fresh, "life", **MOUNTS)
    gpu = ["/dev/nvidia0"]
    assert devices(fresh) == {"0": gpu, "all": gpu, "none": []}
    killed(driver)
    assert devices(fresh) == {"0": gpu, "all": gpu, "none": []}
    fresh.check(f"mkdir -p {TOOLKIT}")
    mounts = {"mounts": [*MOUNTS["mounts"], (TOOLKIT, TOOLKIT, "rw")]}
    heir = ready(fresh, "heir", "--watch", "--toolkit", TOOLKIT, "--runtime=none", **mounts)
    assert heir.run(["rm", "/dev/nvidia0"]).rc == 0
    made = "/dev/nvidia0 c3 0 666"
    heir.wait_until(lambda: made in nodes(heir) or None, "did not make the node again")
    assert devices(fresh) == {"0": gpu, "all": gpu, "none": []}
    check_container(fresh, VmPodman(fresh).container("--device", "nvidia.com/gpu=0"))
    asked = ["--env=NVIDIA_VISIBLE_DEVICES=0", "--env=NVIDIA_DRIVER_CAPABILITIES=all"]
    installed = f"{TOOLKIT}/nvidia-container-runtime"
    check_container(fresh, VmPodman(fresh).container(*asked, shim=installed))
    stopped(fresh, heir)
    assert fresh.check(f"ls -A {DIRECTORY}") == fresh.check(f"ls -A {TOOLKIT}") == ""


def test_nobody_is_ready_without_it(fresh):
    fresh.check(f"mkdir -p {SPECIFICATION}/x")
    argv = [*OPTIONAL, "--flavour", "open", "--cdi", "/var/run/cdi"]
    refused(fresh, "no-cdi", argv, 1, SPECIFICATION.removeprefix("/run"), **MOUNTS)


def test_majors_of_another_boot(vm, driver, fresh):
    """A module that takes two majors before nvidia-uvm comes, and what the boot before left."""
    left = vm.check(f"cat {SPECIFICATION}")
    fresh.put(left.encode(), SPECIFICATION)
    fresh.check("modprobe nvme-core")
    ready(fresh, "rebooted", **MOUNTS)
    assert majors(fresh)["nvidia-uvm"] != majors(vm)["nvidia-uvm"]
    check_container(fresh, VmPodman(fresh).container("--device", "nvidia.com/gpu=all"))
