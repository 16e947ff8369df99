"""A privileged container in the VM, started by runc from the bundle that docker would make.

The configuration is that of
  docker run --privileged --pid=host --net=host -v /run/nvidia:/run/nvidia:shared
      -v /lib/modules:/lib/modules:ro -v /etc/os-release:/host-etc/os-release:ro IMAGE ARGV
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from harness.limits import LIMIT

if TYPE_CHECKING:
    from harness.vm import Result, Vm

POLL = 0.2  # seconds
IMAGE = "/var/lib/vm/image"  # where the host shows the container disk
FILES = ("hosts", "resolv.conf", "hostname")  # of /etc, which a container has from its runtime

# Host path, container path, and "ro" or "rw", with "rshared" or "rslave" where changes propagate.
Mount = tuple[str, str, str]
T = TypeVar("T")

CAPABILITIES = """
AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE
DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE
MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID
SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO
SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM
"""


class Container:
    def __init__(self, vm: Vm, name: str):
        self._vm = vm
        self.name = name
        self.bundle = f"/var/lib/vm/containers/{name}"

    def start(
        self,
        argv: Sequence[str],
        env: dict[str, str],
        mounts: Sequence[Mount],
        own_pids: bool,
        pod: bool,
    ) -> None:
        own = own_mounts(pod) + ([] if pod else DRIVER_MOUNTS)
        files = [(f"{self.bundle}/{file}", f"/etc/{file}", "rw") for file in FILES]
        for source, _, _ in mounts:  # as docker does
            self._vm.check(f"[ -e {source} ] || mkdir -p {source}")
        for file in ("hosts", "resolv.conf"):
            self._vm.check(f"mkdir -p {self.bundle} && cp /etc/{file} {self.bundle}/{file}")
        self._vm.put(f"{self.name}\n".encode(), f"{self.bundle}/hostname")
        # No "network", and usually no "pid": those of the host.
        namespaces = [
            {"type": kind} for kind in ("mount", "uts", "ipc", *(["pid"] if own_pids else []))
        ]
        self.run_bundle(
            privileged(
                self.name,
                argv,
                env,
                mounts=[*own, *(bind(*mount) for mount in (*files, *mounts))],
                devices=devices(self._vm),
                namespaces=namespaces,
                cgroup=f"/docker/{self.name}",
            )
        )

    def run_bundle(self, configuration: dict, image: str = IMAGE) -> None:
        """Starts what the configuration says in the background, on the image's root file system:
        folders of the host, joined by ":", the first one on top."""
        self._vm.put(json.dumps(configuration).encode(), f"{self.bundle}/config.json")
        self._vm.check(["/usr/lib/vm/run-container", self.name, image])

    @property
    def rc(self) -> int | None:
        """The exit status (128 + N after signal N), None while the container runs."""
        result = self._vm.run(f"cat {self.bundle}/rc")
        return int(result.out) if result.rc == 0 else None

    @property
    def running(self) -> bool:
        return self.rc is None

    def log(self) -> str:
        """Standard output and standard error so far."""
        return self._vm.check(f"cat {self.bundle}/log")

    def signal(self, name: str) -> None:
        """Sends a signal ("TERM") to the container's first process, as `docker stop` does."""
        self._vm.check(["runc", "kill", self.name, name])

    def run(self, argv: Sequence[str], timeout: float = LIMIT) -> Result:
        """Runs another program in the running container."""
        return self._vm.run(["runc", "exec", self.name, *argv], timeout)

    def wait(self, timeout: float = LIMIT) -> int:
        """The exit status, once the container has ended."""
        return self.wait_until(lambda: self.rc, "did not end", timeout)

    def wait_for(self, text: str, timeout: float = LIMIT) -> str:
        """The log, once it holds the text."""

        def log_with_text() -> str | None:
            ended = not self.running
            log = self.log()
            if text in log:
                return log
            if ended:
                raise AssertionError(
                    f"container {self.name} ended ({self.rc}) without {text!r}:\n{log}"
                )
            return None

        return self.wait_until(log_with_text, f"did not print {text!r}", timeout)

    def wait_until(
        self, condition: Callable[[], T | None], failure: str, timeout: float = LIMIT
    ) -> T:
        """What the condition gives, once it is not None."""
        deadline = time.monotonic() + timeout
        while (value := condition()) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"container {self.name} {failure} within {timeout} s:\n{self.log()}"
                )
            time.sleep(POLL)
        return value


def devices(vm: Vm) -> list[dict]:
    """Every device node of the host but those that docker leaves out, because the container gets
    its own."""
    own = " -o ".join(f"-path /dev/{name}" for name in ("pts", "shm", "mqueue", "console"))
    listing = vm.check(
        f"find /dev \\( {own} \\) -prune -o \\( -type b -o -type c \\)"
        " -exec stat -c '%F|%n|0x%t|0x%T|%a|%u|%g' {} +"
    )
    devices = []
    for line in listing.splitlines():
        kind, path, major, minor, mode, uid, gid = line.split("|")
        devices.append(
            {
                "type": "b" if kind.startswith("block") else "c",
                "path": path,
                "major": int(major, 16),
                "minor": int(minor, 16),
                "fileMode": int(mode, 8),
                "uid": int(uid),
                "gid": int(gid),
            }
        )
    return devices


def mount(destination: str, kind: str, *options: str, source: str | None = None) -> dict:
    return {
        "destination": destination,
        "type": kind,
        "source": source or kind,
        "options": list(options),
    }


def bind(source: str, destination: str, options: str) -> dict:
    words = options.split(",")
    propagation = [] if {"rshared", "rslave"} & {*words} else ["rprivate"]
    return mount(destination, "bind", "rbind", *words, *propagation, source=source)


# What `docker run -v` asks for.
DRIVER_MOUNTS = [
    bind("/run/nvidia", "/run/nvidia", "rw,rshared"),
    bind("/lib/modules", "/lib/modules", "ro"),
    bind("/etc/os-release", "/host-etc/os-release", "ro"),
]


def own_mounts(pod: bool) -> list[dict]:
    """What the runtime itself mounts; containerd 1.7 gives privileged pods a read-only /sys
    (containerd#8445)."""
    access = "ro" if pod else "rw"
    return [
        mount("/proc", "proc", "nosuid", "noexec", "nodev"),
        mount("/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        mount(
            "/dev/pts",
            "devpts",
            "nosuid",
            "noexec",
            "newinstance",
            "ptmxmode=0666",
            "mode=0620",
            "gid=5",
        ),
        mount("/sys", "sysfs", "nosuid", "noexec", "nodev", access),
        mount("/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", access),
        mount("/dev/mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        mount("/dev/shm", "tmpfs", "nosuid", "noexec", "nodev", "mode=1777", "size=67108864"),
    ]


def privileged(
    hostname: str,
    argv: Sequence[str],
    env: dict[str, str],
    *,
    mounts: list[dict],
    devices: list[dict],
    namespaces: list[dict],
    cgroup: str,
) -> dict:
    """The configuration that runc gets. A kind of namespace that is not given is the host's."""
    capabilities = [f"CAP_{capability}" for capability in CAPABILITIES.split()]
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOSTNAME": hostname,
        **env,
    }
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": list(argv),
            "env": [f"{key}={value}" for key, value in environment.items()],
            "cwd": "/",
            "capabilities": {kind: capabilities for kind in ("bounding", "effective", "permitted")},
        },
        "root": {"path": "rootfs"},
        "hostname": hostname,
        "mounts": mounts,
        "linux": {
            "resources": {"devices": [{"allow": True, "access": "rwm"}]},
            "cgroupsPath": cgroup,
            "namespaces": namespaces,
            "devices": devices,
            # What docker and containerd set as soon as one of the mounts is "shared".
            "rootfsPropagation": "shared",
        },
    }
