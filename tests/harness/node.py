"""What tests of a node in the VM share: how it looks, how it looks when nothing is left, and
starting `init` on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.container import Container
from harness.drivers import DRIVER
from harness.releases import RELEASES
from harness.seen import LIBRARIES, Seen
from harness.timings import timed
from harness.vm import Vm, booted, make_host

MODULES = ["nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm"]
OPTIONAL = ["--no-build", "--persistence", "optional"]
OPEN = [*OPTIONAL, "--flavour", "open"]
CLEAN = {"modules": "", "mounts": "", "files": "", "firmware": ""}


@contextmanager
def machine_with_gpu(container_disk: Path, log: Path) -> Iterator[Vm]:
    """A node with kernel 6.1 and a GPU: it goes on from a state that was saved after the boot."""
    host = make_host("6.1", release=RELEASES["6.1"])
    with timed("boot", "6.1, first"):
        state = booted(host, container_disk)
    machine = Vm(host, container_disk, log=log, state=state)
    try:
        with timed("boot", "6.1, from the saved state"):
            machine.start()
        yield machine
    finally:
        machine.close()


def loaded(vm: Vm) -> list[str]:
    names = [line.split()[0] for line in vm.check("cat /proc/modules").splitlines()]
    return [name for name in names if name.startswith("nvidia")]


def system(vm: Vm) -> dict[str, str]:
    """What init must leave as it was."""
    return {
        "modules": "\n".join(loaded(vm)),
        "mounts": vm.run("grep /run/nvidia/ /proc/mounts").out,
        "files": vm.run("find /run/nvidia -xdev -type f").out,
        "firmware": vm.run("cat /sys/module/firmware_class/parameters/path").out.strip(),
    }


def refused(
    vm: Vm,
    name: str,
    argv: list[str],
    code: int,
    *words: str,
    left: dict[str, str] = CLEAN,
    **options: Any,
) -> str:
    """Runs init, which has to end with the code, say the words, and leave the machine as `left`
    says."""
    container = vm.container(["driverctl", "init", *argv], name=name, **options)
    assert container.wait() == code, container.log()
    log = container.log()
    for word in words:
        assert word in log, log
    assert system(vm) == left
    return log


def ready(vm: Vm, name: str, *argv: str, **options: Any) -> Container:
    """Starts init and returns its container once it is ready. The open modules are small, and
    quickly loaded under emulation."""
    flavour = [] if {"--flavour", "--driver"} & {*argv} else ["--flavour", "open"]
    words = ["driverctl", "init", *OPTIONAL, *flavour, *argv]
    container = vm.container(words, name=name, **options)
    container.wait_for("waiting for signal")
    assert sorted(loaded(vm)) == sorted(MODULES)
    return container


def stopped(vm: Vm, container: Container) -> None:
    """Ends init, which has to leave nothing."""
    container.signal("TERM")
    assert container.wait() == 0, container.log()
    assert system(vm) == CLEAN


def probe(container: Container, kind: str) -> tuple[int, str]:
    done = container.run(["driverctl", "probe", kind])
    return done.rc, done.out.strip()


def report(container: Container, *command: str) -> dict:
    return json.loads(container.run(["driverctl", *command, "--json"]).out)


def killed(container: Container) -> None:
    """Ends init as an out-of-memory killer would; what it did stays."""
    container.signal("KILL")
    container.wait()


def hold(vm: Vm) -> str:
    """A process with the driver's control node open; returns its pid."""
    node = "/run/nvidia/driver/dev/nvidiactl"
    vm.check(f"(exec 7<>{node}; exec sleep 1000) >/dev/null 2>&1 & echo $! >/var/holder")
    return vm.check("cat /var/holder").strip()


def in_order(log: str, *lines: str) -> None:
    at = 0
    for line in lines:
        assert line in log[at:], f"{line!r} is missing or too early in\n{log}"
        at = log.index(line, at) + len(line)


def is_nvidias(path: str) -> bool:
    """DRM nodes are the kernel's, and numbered by it."""
    return path.startswith("/dev/nvidia")


def majors(vm: Vm) -> dict[str, int]:
    lines = vm.check("cat /proc/devices").partition("Block devices")[0].splitlines()
    rows = [line.split() for line in lines if line[-1:].isalpha() or "nvidia" in line]
    return {name: int(number) for number, name in rows if number.isdigit()}


def check_container(vm: Vm, seen: Seen, without: str = "") -> None:
    """It has the driver that is loaded, and each node but one."""
    uvm = majors(vm)["nvidia-uvm"]
    nodes = {
        "/dev/nvidiactl": (195, 255),
        "/dev/nvidia-modeset": (195, 254),
        "/dev/nvidia-uvm": (uvm, 0),
        "/dev/nvidia-uvm-tools": (uvm, 1),
        "/dev/nvidia0": (195, 0),
    }
    nodes.pop(without, None)
    assert {path: node for path, node in seen.nodes.items() if is_nvidias(path)} == nodes
    for name in ("libcuda.so.1", "libnvidia-ml.so.1", "libnvidia-ptxjitcompiler.so.1"):
        assert seen.libraries[name] == f"{LIBRARIES}/{name}"
    assert seen.links[f"{LIBRARIES}/libcuda.so"] == "libcuda.so.1"
    assert f"/lib/firmware/nvidia/{DRIVER}/gsp_tu10x.bin" in seen.files
