"""Containers made by hand: a root file system, an OCI bundle, and the hooks that runc and crun call
while they make the container.

    bundle = Bundle(tmp_path)
    bundle.hook("create-symlinks", "--link", "libcuda.so.1::/usr/lib/libcuda.so")
    done = bundle.run("crun", "/bin/busybox", "ls", "/usr/lib")
"""

import json
import os
import platform
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.driverctl import Finished, finish
from harness.paths import BINARY
from harness.shell import program, sh

HOOK = BINARY.with_name("driverctl-hook")
FOLDER = f"/usr/lib/{platform.machine()}-linux-gnu"  # of the libraries in a made root
LIBRARY = "libcuda.so.535.1"
SONAME = "libcuda.so.1"
# Namespaces of the test's own; crun takes no machine that has both kinds of cgroups.
IN_PRIVATE = ("unshare", "--mount", "sh", "-ec")
WITHOUT_SECOND_CGROUPS = "! [ -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified\n"
RUNTIMES = {"runc": ("runc",), "crun": ("crun", "--cgroup-manager=disabled")}


def make_library(file: Path, soname: str = SONAME) -> None:
    """A shared library that holds nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    sh("gcc", "-shared", "-nostdlib", f"-Wl,-soname,{soname}", "-o", file, "-x", "c", os.devnull)


def make_root(root: Path) -> None:
    """busybox, an ldconfig to look at the cache with, and a library of the driver's."""
    for directory in ("bin", "sbin", "proc", "sys", "dev", "tmp"):
        (root / directory).mkdir(parents=True)
    shutil.copy(program("busybox"), root / "bin")
    shutil.copy("/sbin/ldconfig", root / "sbin")
    make_library(root / FOLDER[1:] / LIBRARY)


def state(root: Path) -> str:
    """What crun gives a hook."""
    return json.dumps({"ociVersion": "1.0", "bundle": str(root.parent), "root": str(root)})


def call(
    root: Path,
    *words: object,
    hook: Path = HOOK,
    before: str = "",
    environment: dict[str, str] | None = None,
    said: str | None = None,
) -> Finished:
    """The hook alone, on a root where no runtime is. `before` runs first, in a mount namespace of
    their own; what is `said` of the container is crun's state when it is None."""
    argv = [str(hook), *map(str, words)]
    if before:
        argv = [*IN_PRIVATE, f'{before}\nexec "$@"', "sh", *argv]
    return finish(argv, environment, input=state(root) if said is None else said)


@dataclass
class Bundle:
    directory: Path
    changes: dict[str, Any] = field(default_factory=dict)  # of the configuration, by field
    hooks: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        make_root(self.root)

    @property
    def root(self) -> Path:
        return self.directory / "rootfs"

    def hook(self, *words: str, environment: str = "PATH=/usr/bin") -> None:
        argv = {"path": str(HOOK), "args": [HOOK.name, *words], "env": [environment]}
        self.hooks.append(argv)

    def run(self, runtime: str, *argv: str) -> Finished:
        (self.directory / "config.json").write_text(json.dumps(self.configuration(argv)))
        words = (*RUNTIMES[runtime], "run", "--bundle", self.directory, self.name(runtime))
        script = f'{WITHOUT_SECOND_CGROUPS}exec "$@"'
        return finish([*IN_PRIVATE, script, "sh", *map(str, words)])

    def name(self, runtime: str) -> str:
        return f"hooks-{runtime}-{os.getpid()}-{self.directory.name}"

    def configuration(self, argv: tuple[str, ...]) -> dict[str, Any]:
        mounts = {"/proc": "proc", "/dev": "tmpfs"}
        kinds = ("pid", "mount", "ipc", "uts")
        configuration = {
            "ociVersion": "1.0.2",
            "process": {"user": {"uid": 0, "gid": 0}, "args": argv, "cwd": "/", "env": []},
            "root": {"path": "rootfs"},
            "mounts": [
                {"destination": place, "type": kind, "source": kind}
                for place, kind in mounts.items()
            ],
            "linux": {"namespaces": [{"type": kind} for kind in kinds]},
            "hooks": {"createContainer": self.hooks},
        }
        for name, value in self.changes.items():
            part = configuration[name]
            assert isinstance(part, dict)
            part.update(value)
        return configuration
