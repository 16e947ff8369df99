"""SELinux in the VM, enforcing Debian trixie's policy, with NVIDIA's real modules: what a container
of runc that it confines may use, before and after driverctl has labelled it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.container import Container
from harness.documents import sessions
from harness.drivers import DRIVER
from harness.paths import ROOT
from harness.selinux import Selinux, enforcing_machine
from harness.vm import Vm

DRIVER_ROOT = "/run/nvidia/driver"
OTHER_ROOT = "/var/driver"  # on the host's disk
LIBRARY = f"/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.{DRIVER}"
GPU, CONTROL = "/dev/nvidia0", "/dev/nvidiactl"
NODES = {path: path for path in (GPU, CONTROL)}
OPEN = f"for node in {GPU} {CONTROL}; do (exec 3<>$node) && echo $node opens; done"
MAP = f"/lib64/ld-linux-x86-64.so.2 --list {LIBRARY}"
CONTAINER_FILE = "system_u:object_r:container_file_t:s0"
MOUNTS: dict[str, Any] = {
    "mounts": [
        ("/dev", "/dev", "rw"),
        ("/run/cdi", "/var/run/cdi", "rw"),
        ("/var/lib/vm/image", "/image", "ro"),
        (OTHER_ROOT, OTHER_ROOT, "rw"),
    ]
}


@dataclass
class Node:
    vm: Vm
    driver: Container
    selinux: Selinux

    def driverctl(self, *words: str, code: int = 0) -> str:
        done = self.driver.run(["sh", "-c", 'exec driverctl "$@" 2>&1', "sh", *words])
        assert done.rc == code, done.out
        return done.out

    def status(self) -> dict[str, Any]:
        look = "driverctl selinux status --json 2>/dev/null"
        return json.loads(self.driver.run(["sh", "-c", look]).out)

    def paths(self) -> dict[str, dict[str, Any]]:
        return {path["path"]: path for path in self.status()["paths"]}

    def denials(self, name: str) -> list[str]:
        lines = self.vm.kernel_log().splitlines()
        return [line for line in lines if "avc:  denied" in line and f'name="{name}"' in line]


@pytest.fixture(scope="module")
def fresh(container_disk, tmp_path_factory) -> Iterator[tuple[Node, dict[str, Any]]]:
    """The node, and its status as init has left it."""
    log = tmp_path_factory.mktemp("selinux") / "console.log"
    with enforcing_machine(container_disk, log, **MOUNTS) as parts:
        node = Node(*parts)
        yield node, node.status()


@pytest.fixture
def node(fresh) -> Node:
    """As a driver that nobody has labelled for containers."""
    machine, _ = fresh
    machine.driverctl("selinux", "label", "--device-type", "device_t", "--file-type", "etc_t")
    return machine


def test_init_has_labelled_what_containers_need(fresh):
    node, status = fresh
    facts = {name: status[name] for name in ("mode", "policy", "policy_version", "domain")}
    assert facts == {
        "mode": "enforcing",
        "policy": "default",
        "policy_version": "33",
        "domain": "container_t",
    }
    paths = {path["path"]: path for path in status["paths"]}
    assert paths[GPU]["context"] == CONTAINER_FILE
    assert f"{DRIVER_ROOT}{LIBRARY}" in paths
    assert not [path for path in paths.values() if path["denied"] or path["wanted"]]
    assert status["commands"] == []
    # Not the rest of the host's /dev, which the driver's container has.
    rest = node.driver.run(["stat", "--format", "%C", "/dev", "/dev/mem", "/dev/vda"]).out
    assert rest.count("system_u:object_r:") == 3 and "container_file_t" not in rest, rest


def test_container_opens_the_node_after_label_and_not_before(node):
    said = node.selinux.confined(OPEN, NODES, {})
    assert said.count("Permission denied") == 2, said
    denial = node.denials("nvidia0")[-1]
    assert "container_t:s0:c1,c2" in denial and "device_t" in denial and "chr_file" in denial
    node.driverctl("selinux", "label")
    said = node.selinux.confined(OPEN, NODES, {})
    assert "Permission denied" not in said
    # The driver itself answers now; there is no GPU behind the emulated function.
    assert f"can't create {GPU}: Input/output error" in said
    assert f"{CONTROL} opens" in said


def test_container_maps_a_library_after_label_and_not_before(node):
    """One that has never had a label."""
    node.vm.check(f"mkdir -p {OTHER_ROOT}{Path(LIBRARY).parent}")
    node.vm.check(f"cp /var/lib/vm/image{LIBRARY} {OTHER_ROOT}{LIBRARY}")
    said = node.selinux.confined(MAP, {f"{OTHER_ROOT}{LIBRARY}": LIBRARY}, {})
    assert "Permission denied" in said, said
    node.driverctl("selinux", "label", "--driver-root", OTHER_ROOT)
    assert "libc.so.6 => " in node.selinux.confined(MAP, {f"{OTHER_ROOT}{LIBRARY}": LIBRARY}, {})


def test_node_that_the_runtime_makes_has_the_containers_label(node):
    """Rootful engines make nodes anew, in the container's /dev: the host's labels do not count."""
    said = node.selinux.confined(OPEN, {}, {GPU: 0, CONTROL: 255})
    assert "Permission denied" not in said and f"{CONTROL} opens" in said


def test_status_says_what_is_denied_and_what_helps(node):
    path = node.paths()[GPU]
    assert path["context"] == "system_u:object_r:device_t:s0"
    assert path["denied"] == ["getattr", "open", "read", "write", "ioctl", "map"]
    assert path["wanted"] == CONTAINER_FILE
    text = node.driverctl("selinux", "status")
    assert f"denied  device_t                 {GPU}: containers may not getattr, open" in text
    assert text.endswith("Each of these lets them:\n  driverctl selinux label\n")
    doctor = node.driverctl("doctor")
    assert "warning  selinux  SELinux keeps confined containers (container_t) from" in doctor
    node.driverctl("selinux", "label")
    assert "Each of these" not in node.driverctl("selinux", "status")
    assert "  selinux  " not in node.driverctl("doctor")


def test_dry_run_changes_nothing_and_twice_is_once(node):
    before = node.paths()
    planned = node.driverctl("selinux", "label", "--dry-run")
    assert f"would label {GPU} from device_t to container_file_t" in planned
    assert node.paths() == before
    done = node.driverctl("selinux", "label")
    assert f"labelled {GPU} from device_t to container_file_t" in done
    assert "every label is as it should be" in node.driverctl("selinux", "label")


def test_type_that_the_policy_does_not_know(node):
    said = node.driverctl("selinux", "label", "--device-type", "gpu_t", code=2)
    assert "the loaded SELinux policy has no type 'gpu_t'" in said
    assert node.paths()[GPU]["context"] == "system_u:object_r:device_t:s0"


def test_file_system_that_takes_no_label(node):
    said = node.driverctl("selinux", "label", "--driver-root", "/image", code=1)
    assert f"cannot set the SELinux context of /image{LIBRARY}: Read-only file system" in said
    assert "Mount that file system with -o context=" in said
    assert f"labelled {GPU}" in said


def test_page_is_as_printed(node):
    commands = [command for session in sessions(ROOT / "docs/selinux.md") for command in session]
    assert len(commands) > 2
    for command in commands:
        done = node.driver.run(["sh", "-c", f"{command.line} 2>/dev/null"])
        assert done.rc == 0, done.out
        command.check(done.out)
