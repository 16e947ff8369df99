"""podman in a made node or on the host side of the VM, and what a container that it runs sees of
the driver.

    seen = Podman(node, "crun", user=1000).container("--device", "nvidia.com/gpu=0")
    assert seen.nodes == …

A container gets a root of its own each time; it has no network. With crun it has no cgroup either,
as where nothing may be changed in the machine's; runc cannot do without one.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from harness.drivers import DRIVER
from harness.made_node import DRIVER_ROOT, MadeNode
from harness.paths import BINARY, FIXTURES
from harness.shell import material
from harness.vm import Vm
from harness.workers import shared

PROGRAMS = "/run/driverctl"  # the folder of driverctl's binary
CONTAINER_ROOT = "/run/container-root"  # copied for each container

CONFIGURATION = {
    "etc/containers/containers.conf": """\
[containers]
cgroups = "disabled"
netns = "none"
pids_limit = 0
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
""",
    "etc/containers/storage.conf": """\
[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/run/containers/graph"
""",
}


@dataclass(frozen=True)
class MadeDriver:
    """What every made node with podman is made of."""

    tree: Path  # the driver root
    container_root: Path

    @property
    def binds(self) -> dict[Path, str]:
        return {
            self.tree: DRIVER_ROOT,
            self.container_root: CONTAINER_ROOT,
            BINARY.parent: PROGRAMS,
        }


def make_driver() -> list[str]:
    """The folders of MadeDriver."""
    folder = FIXTURES / "made-driver"
    shutil.rmtree(folder, ignore_errors=True)
    tree, container_root = folder / "driver", folder / "container"
    material("make-driver-tree", tree, DRIVER)
    material("make-container-root", container_root)
    return [str(tree), str(container_root)]


def podman_node(series: str, driver: MadeDriver) -> MadeNode:
    """With podman 4.3 of this machine, or 5.4 of Debian 13's root file system."""
    root = Path("/")
    if series == "5.4":
        root = Path(shared("podman-root", lambda: material("make-podman-root")))
    return MadeNode(driver.binds, root, CONFIGURATION)


# Each line of what the program prints begins with a word that says what it is about.
LOOK = r"""
find /dev -type c \( -name 'nvidia*' -o -path '/dev/dri/*' \) -exec stat -c 'node %n %t %T' {} +
find -L /usr /etc /run -name '*nvidia*' -o -name '*cuda*' -o -name '*nvcuvid*' 2>/dev/null |
  sed 's/^/file /'
find /usr/lib -type l -exec stat -c "link %N" {} + | sed "s/ -> / /; s/'//g"
env | sed 's/^/env /'
ldconfig -p | sed -n 's/^\t\([^ ]*\) .* => /library \1 /p'
nvidia-smi | sed 's/^/smi /'
grep -E '^(NoNewPrivs|CapEff|Uid):' /proc/self/status | sed 's/^/status /; s/:\t/ /'
touch /usr/written 2>/dev/null && echo 'root writable yes' || echo 'root writable no'
"""


@dataclass
class Seen:
    """What a container says of itself."""

    nodes: dict[str, tuple[int, int]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)  # of `ldconfig -p`
    smi: list[str] = field(default_factory=list)  # what nvidia-smi says
    status: dict[str, str] = field(default_factory=dict)  # of /proc/self/status
    writable: bool = True


def seen_in(output: str) -> Seen:
    seen = Seen()
    for line in output.splitlines():
        kind, _, rest = line.partition(" ")
        name, _, value = rest.partition(" ")
        if kind == "node":
            major, minor = value.split()
            seen.nodes[name] = (int(major, 16), int(minor, 16))
        elif kind == "file":
            seen.files.add(rest)
        elif kind == "env":
            name, _, value = rest.partition("=")
            seen.env[name] = value
        elif kind == "smi":
            seen.smi.append(rest)
        elif kind == "root":
            seen.writable = value == "yes"
        else:
            tables = {"link": seen.links, "library": seen.libraries}
            tables |= {"status": seen.status}
            tables[kind][name] = value
    return seen


@dataclass
class Podman:
    node: MadeNode
    runtime: str  # crun or runc
    user: int = 0

    def command(self, *options: object) -> list[str]:
        cgroup = [] if self.runtime == "crun" else ["--cgroups=enabled"]
        root = self.node.check("mktemp", "-d", user=self.user).strip()
        self.node.check("cp", "-R", f"{CONTAINER_ROOT}/.", root, user=self.user)
        words = ["podman", "--runtime", self.runtime, "run", "--rm", *cgroup]
        return [*words, *map(str, options), "--rootfs", root]

    def container(self, *options: object) -> Seen:
        """Runs one that looks around."""
        command = [*self.command(*options), "sh", "-c", LOOK]
        return seen_in(self.node.check(*command, user=self.user))


class VmPodman:
    """On the host side of the VM: what make-podman-folder has put into the container disk."""

    _folder = "/var/lib/vm/image/opt/podman"

    def __init__(self, vm: Vm):
        self._vm = vm
        for path, text in CONFIGURATION.items():
            vm.put(text.encode(), f"/{path}")
        vm.check(f"echo {self._folder}/lib >/etc/ld.so.conf && ldconfig")

    def container(self, *options: str) -> Seen:
        root = self._vm.check("mktemp -d /var/tmp/root.XXXXXX").strip()
        self._vm.check(f"cp -R {self._folder}/root/. {root}")
        path = f"PATH={self._folder}/bin:/usr/sbin:/usr/bin"
        podman = ["env", path, "podman", "run", "--rm", "--cgroups=enabled"]
        podman += [*options, "--rootfs", root]
        try:
            return seen_in(self._vm.check([*podman, "sh", "-c", LOOK], timeout=60))
        finally:
            self._vm.check(f"rm -rf {root}")
