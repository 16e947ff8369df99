"""`device create` and `nvidia-modprobe` on a made node: the real binary makes nodes of the majors
that its /proc/devices has."""

import json

import pytest

from harness.engines import PROGRAMS, debian_12
from harness.made_node import CONTROL_NODES, GPU_NODES, GPUS, PARAMETERS

UVM = ["/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]
DRIVERCTL = f"{PROGRAMS}/driverctl"
MODPROBE = "/usr/bin/nvidia-modprobe"
ALL = CONTROL_NODES | GPU_NODES


@pytest.fixture(scope="module")
def made(made_driver):
    with debian_12(made_driver) as node:
        node.check("ln", "-s", DRIVERCTL, MODPROBE)
        yield node


@pytest.fixture
def node(made):
    """Without a single node of the driver."""
    made.check("sh", "-c", "rm -rf /dev/nvidia* /dev/char")
    made.write("/proc/driver/nvidia/params", PARAMETERS)
    return made


Node = tuple[int, int, str]  # major, minor, mode


def nodes(node) -> dict[str, Node]:
    look = ["find", "/dev", "-name", "nvidia*", "-exec", "stat", "-c", "%n %t %T %a", "{}", "+"]
    rows = [line.split() for line in node.check(*look).splitlines()]
    return {name: (int(major, 16), int(minor, 16), mode) for name, major, minor, mode in rows}


def named(*paths: str, mode: str = "666") -> dict[str, Node]:
    return {path: (ALL[path][0], ALL[path][1], mode) for path in paths}


GPU_PATHS = [f"/dev/nvidia{gpu.minor}" for gpu in GPUS]
CASES: dict[str, tuple[list[str], list[str]]] = {
    "all that there are": ([DRIVERCTL, "device", "create"], [*ALL]),
    "control": ([DRIVERCTL, "device", "create", "--control"], ["/dev/nvidiactl"]),
    "gpus": ([DRIVERCTL, "device", "create", "--gpu"], GPU_PATHS),
    "one gpu": ([DRIVERCTL, "device", "create", "--gpu", "--minor=1"], ["/dev/nvidia1"]),
    "uvm and modeset": (
        [DRIVERCTL, "device", "create", "--uvm", "--modeset"],
        [*UVM, "/dev/nvidia-modeset"],
    ),
    "dry run": ([DRIVERCTL, "device", "create", "--dry-run"], []),
    "nvidia-modprobe": ([MODPROBE], ["/dev/nvidiactl", *GPU_PATHS]),
    "nvidia-modprobe -u": ([MODPROBE, "-u"], UVM),
    "nvidia-modprobe -m": ([MODPROBE, "-m"], ["/dev/nvidia-modeset"]),
    "nvidia-modprobe -c 0": ([MODPROBE, "-c", "0"], ["/dev/nvidiactl", "/dev/nvidia0"]),
}


@pytest.mark.parametrize("case", CASES)
def test_makes_what_is_asked_for(node, case):
    command, paths = CASES[case]
    node.check(*command)
    assert nodes(node) == named(*paths)


def test_dry_run_says_what_is_made(node):
    would = json.loads(node.check(DRIVERCTL, "device", "create", "--dry-run", "--json"))
    text = json.dumps(would)
    assert [path for path in ALL if f'"{path}"' not in text] == []


def test_readmes_line(node):
    node.check("sh", "-c", "nvidia-modprobe && nvidia-modprobe -u")
    assert nodes(node) == named("/dev/nvidiactl", *GPU_PATHS, *UVM)


def test_links_by_number(node):
    node.check(DRIVERCTL, "device", "create", "--gpu", "--dev-char-symlinks")
    for path in GPU_PATHS:
        major, minor = ALL[path]
        assert node.check("readlink", "-f", f"/dev/char/{major}:{minor}").strip() == path


def test_mode_and_owner_are_the_parameters(node):
    parameters = PARAMETERS.replace("DeviceFileMode: 438", "DeviceFileMode: 432")  # 0660
    node.write("/proc/driver/nvidia/params", parameters.replace("GID: 0", "GID: 44"))
    node.check(DRIVERCTL, "device", "create", "--gpu", "--uvm")
    assert nodes(node) == named(*GPU_PATHS, mode="660") | named(*UVM)
    assert node.check("stat", "-c", "%g", *GPU_PATHS).split() == ["44", "44"]


def test_protected_nodes_are_not_touched(node):
    node.write("/proc/driver/nvidia/params", PARAMETERS.replace("Files: 1", "Files: 0"))
    node.check(DRIVERCTL, "device", "create", "--control", "--gpu")
    assert nodes(node) == {}


def test_wrong_node_is_replaced_and_a_link_is_not_followed(node):
    node.check("sh", "-c", "mknod /dev/nvidia0 c 1 3; ln -s /etc/passwd /dev/nvidia1")
    node.check(DRIVERCTL, "device", "create", "--gpu")
    assert nodes(node) == named(*GPU_PATHS)
    assert node.check("stat", "-c", "%F", "/etc/passwd") == "regular file\n"
