"""A node whose driver is made, for real container runtimes on a machine that has neither GPU nor
driver.

    with MadeNode({tree: DRIVER_ROOT}) as node:
        done = node.run("podman", "run", …)

It is a tree of processes with PIDs, mounts and a root of its own: the machine's root file system
(or another one) under a layer in memory, with /proc, /sys and /dev as NVIDIA's modules would fill
them, and an ordinary user beside root. Nothing of it is seen outside, and nothing but an engine's
empty control group is left when it ends, which it does with the process that made it.

The nodes have the numbers of NVIDIA's driver. Where no such driver is, opening one says ENXIO when
the process may open it, and EPERM or EACCES when it may not.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.driverctl import Finished, finish
from harness.drivers import DRIVER
from harness.limits import LIMIT

DRIVER_ROOT = "/run/nvidia/driver"
USER = 1000
HOME = "/run/user/1000"
VIDEO = 44  # the group that some hosts give GPUs to; the user is in it when they log in with it


@dataclass(frozen=True)
class Gpu:
    address: str
    minor: int
    uuid: str
    drm: tuple[str, str]

    @property
    def drm_nodes(self) -> list[str]:
        return [f"/dev/dri/{name}" for name in self.drm]


# In the order of their addresses, which is that of indices and not of minors.
GPUS = (
    Gpu("0000:3b:00.0", 1, "GPU-8f3a1c52-0d4e-4b6f-9a71-2c5d8e9f0a1b", ("card1", "renderD129")),
    Gpu("0000:af:00.0", 0, "GPU-17b2c3d4-5e6f-4071-8293-a4b5c6d7e8f9", ("card0", "renderD128")),
)
MAJORS = {"nvidia": 195, "drm": 226, "nvidia-uvm": 507, "nvidia-caps": 508}
CONTROL_NODES = {
    "/dev/nvidiactl": (195, 255),
    "/dev/nvidia-modeset": (195, 254),
    "/dev/nvidia-uvm": (MAJORS["nvidia-uvm"], 0),
    "/dev/nvidia-uvm-tools": (MAJORS["nvidia-uvm"], 1),
}
MODULES = ("nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm")
GPU_NODES = {f"/dev/nvidia{gpu.minor}": (195, gpu.minor) for gpu in GPUS}
DRM_NODES = {
    "/dev/dri/card0": (226, 0),
    "/dev/dri/card1": (226, 1),
    "/dev/dri/renderD128": (226, 128),
    "/dev/dri/renderD129": (226, 129),
}
BASIC_NODES = {
    "/dev/null": (1, 3),
    "/dev/zero": (1, 5),
    "/dev/full": (1, 7),
    "/dev/random": (1, 8),
    "/dev/urandom": (1, 9),
    "/dev/tty": (5, 0),
}

INFORMATION = """\
Model: \t\t Tesla T4
IRQ:   \t\t 35
GPU UUID: \t {gpu.uuid}
Video BIOS: \t 90.04.96.00.02
Bus Type: \t PCIe
DMA Size: \t 47 bits
DMA Mask: \t 0x7fffffffffff
Bus Location: \t {gpu.address}
Device Minor: \t {gpu.minor}
GPU Firmware: \t {driver}
GPU Excluded:\t No
"""
PARAMETERS = """\
ResmanDebugLevel: 4294967295
ModifyDeviceFiles: 1
DeviceFileUID: 0
DeviceFileGID: 0
DeviceFileMode: 438
EnableMSI: 1
"""
VERSION = """\
NVRM version: NVIDIA UNIX x86_64 Kernel Module  {driver}  Thu Jul  3 19:04:11 UTC 2025
GCC version:  gcc version 12.2.0 (Debian 12.2.0-14+deb12u1)
"""

# Makes the root: $1; $2, unless it is empty, over it; a layer in memory over both; what $3 holds is
# put into it. Then pairs follow: what is mounted where.
SETUP = r"""
set -eu
umask 022
mount -t tmpfs node /mnt
mkdir /mnt/lower /mnt/middle /mnt/upper /mnt/work /mnt/root
mount --bind "$1" /mnt/lower
[ -z "$2" ] || cp -a "$2"/. /mnt/middle
layers=lowerdir=/mnt/middle:/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work
mount -t overlay -o $layers overlay /mnt/root
cd /mnt/root
for directory in dev run tmp; do
  mkdir -p $directory
  mount -t tmpfs -o mode=755 node $directory
done
chmod 1777 tmp
mkdir -p mnt dev/pts dev/shm run/whole/proc run/whole/sys
# A user namespace may mount a new /proc or /sys only where one without anything over it is seen.
for directory in . run/whole; do
  mount -t proc proc $directory/proc
  mount -t sysfs sysfs $directory/sys
done
mount -t cgroup2 cgroup2 sys/fs/cgroup
for directory in proc/driver sys/bus/pci/devices sys/module; do
  mount -t tmpfs -o mode=755 node $directory
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 node dev/shm
cp -R "$3"/. .
mount --bind run/made/devices proc/devices
while read -r path major minor; do
  mkdir -p ".${path%/*}"
  mknod -m 666 ".$path" c "$major" "$minor"
done <run/made/nodes
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
install -d -m 700 -o 1000 -g 1000 run/user/1000
shift 3
while [ $# -gt 0 ]; do
  mkdir -p ".$2"
  mount --rbind "$1" ".$2"
  shift 2
done
pivot_root . mnt
cd /
umount -l /mnt
mount --make-rshared /
echo ready
while read -r _; do :; done # bash, as PID 1, waits for orphans
"""


def _devices() -> str:
    """/proc/devices: this machine's, with the driver's majors."""
    characters, _, blocks = Path("/proc/devices").read_text().partition("\n\n")
    taken = {str(major) for major in MAJORS.values()}
    kept = [line for line in characters.splitlines() if line.split()[0] not in taken]
    ours = [f"{major:3} {name}" for name, major in MAJORS.items()]
    return "\n".join([*kept, *ours]) + "\n\n" + blocks


def _files() -> dict[str, str]:
    """What NVIDIA's modules show in /proc and /sys, and the user."""
    nodes = BASIC_NODES | CONTROL_NODES | GPU_NODES | DRM_NODES
    files = {
        "proc/driver/nvidia/version": VERSION.format(driver=DRIVER),
        "proc/driver/nvidia/params": PARAMETERS,
        "run/made/devices": _devices(),
        "run/made/nodes": "".join(f"{path} {a} {b}\n" for path, (a, b) in nodes.items()),
        "etc/passwd": f"root:x:0:0:root:/root:/bin/sh\nuser:x:{USER}:{USER}::{HOME}:/bin/sh\n",
        "etc/group": f"root:x:0:\nvideo:x:{VIDEO}:\nuser:x:{USER}:\n",
        "etc/subuid": "user:100000:65536\n",
        "etc/subgid": "user:100000:65536\n",
    }
    for module in MODULES:
        folder = f"sys/module/{module}"
        files |= {f"{folder}/version": f"{DRIVER}\n", f"{folder}/initstate": "live\n"}
        files |= {f"{folder}/refcnt": "0\n", f"{folder}/srcversion": f"{module.upper()}\n"}
    for gpu in GPUS:
        information = INFORMATION.format(gpu=gpu, driver=DRIVER)
        files[f"proc/driver/nvidia/gpus/{gpu.address}/information"] = information
        function = f"sys/bus/pci/devices/{gpu.address}"
        files |= {f"{function}/vendor": "0x10de\n", f"{function}/device": "0x1eb8\n"}
        files |= {f"{function}/class": "0x030200\n"}
        files |= {f"{function}/drm/{name}/dev": "\n" for name in gpu.drm}
    return files


class MadeNode:
    def __init__(
        self,
        binds: Mapping[Path, str],  # of this machine → of the node
        root: Path = Path("/"),
        layer: Path | None = None,  # over that root: a driver that is installed there
        files: Mapping[str, str] = MappingProxyType({}),  # path without its first "/" → content
    ):
        self._binds = binds
        self._root = root
        self._layer = layer
        self._files = _files() | dict(files)
        self._init: subprocess.Popen[str] | None = None
        self.pid = 0  # of the node's PID 1, outside

    def __enter__(self) -> MadeNode:
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        binds = [str(word) for pair in self._binds.items() for word in pair]
        with tempfile.TemporaryDirectory() as made:
            for path, text in self._files.items():
                file = Path(made, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            folders = [str(self._root), str(self._layer or ""), made]
            self._init = subprocess.Popen(
                [*unshare, "bash", "-c", SETUP, "node", *folders, *binds],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert self._init.stdout
            if self._init.stdout.readline() != "ready\n":
                self.close()
                raise RuntimeError("the node's root cannot be made")
        own = f"/proc/{self._init.pid}"
        self.pid = int(Path(f"{own}/task/{self._init.pid}/children").read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """PID 1 ends with its input, and all of the node's processes and mounts with it."""
        if self._init:
            try:
                self._init.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                self._init.kill()
                self._init.communicate()
        self._init = None

    def run(
        self,
        *argv: object,
        user: int = 0,
        groups: Sequence[int] = (),
        **how: Any,
    ) -> Finished:
        """Runs a program of the node, as root or as the user, who may be in more groups. `how` is
        subprocess.run's."""
        enter = [
            "nsenter",
            f"--target={self.pid}",
            "--mount",
            "--pid",
        ]
        more = f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups"
        identity = ["setpriv", f"--reuid={user}", f"--regid={user}", more]
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": HOME if user else "/root",
            **({"XDG_RUNTIME_DIR": HOME} if user else {}),
        }
        words = [f"{name}={value}" for name, value in environment.items()]
        command = [*enter, *identity, "env", "-i", "--chdir=/", *words, *map(str, argv)]
        return finish(command, **how)

    def check(self, *argv: object, **how: Any) -> str:
        """What a program that has to succeed prints; `how` is run()'s."""
        done = self.run(*argv, **how)
        assert done.rc == 0, f"{argv}: {done.rc}\n{done.out}{done.err}"
        return done.out

    def write(self, path: str, text: str) -> None:
        self.check("sh", "-c", 'mkdir -p "${1%/*}"; cat >"$1"', "sh", path, input=text)
