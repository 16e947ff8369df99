"""A container made of a root directory and exactly what a CDI specification lists, for machines
that have no container runtime. Needs root; nothing but Python's library and Linux.

run() does what a runtime does, in its order: own mount, PID, IPC and UTS namespaces, /proc, /dev,
the specification's nodes and mounts, its createContainer hooks with the state on stdin, pivot_root,
the command. It is a test's tool: it confines nobody.
"""

import ctypes
import dataclasses
import json
import os
import pathlib
import stat
import subprocess
import sys
import traceback
from collections.abc import Sequence
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID = 0x20000, 0x4000000, 0x8000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
FLAGS = {"ro": MS_RDONLY, "nosuid": MS_NOSUID, "nodev": MS_NODEV, "noexec": MS_NOEXEC}
MNT_DETACH = 2
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
USUAL_NODES = ("null", "zero", "full", "random", "urandom", "tty")
TIME_LIMIT = 300  # seconds


@dataclasses.dataclass
class Edits:
    """CDI's containerEdits, as far as specifications of this project have them."""

    nodes: list[tuple[str, str]]  # in the container, on the host
    mounts: list[dict[str, Any]]
    hooks: list[dict[str, Any]]
    env: list[str]


def edits_of(spec: dict[str, Any], device: str | None) -> Edits:
    """What a container gets that asks for one device; for None, what all containers get."""
    parts = [spec.get("containerEdits", {})]
    if device is not None:
        parts += [one["containerEdits"] for one in spec["devices"] if one["name"] == device]
        if len(parts) == 1:
            raise KeyError(f"the specification has no device {device}")
    edits = Edits([], [], [], [])
    for part in parts:
        known = {"deviceNodes", "mounts", "hooks", "env"}
        if unknown := part.keys() - known:
            raise ValueError(f"the specification has parts that this cannot apply: {unknown}")
        edits.nodes += [
            (node["path"], node.get("hostPath", node["path"]))
            for node in part.get("deviceNodes", [])
        ]
        edits.mounts += part.get("mounts", [])
        edits.hooks += part.get("hooks", [])
        edits.env += part.get("env", [])
    return edits


def checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(
    source: str, target: pathlib.Path, kind: str = "", flags: int = 0, data: str = ""
) -> None:
    words = (source.encode(), bytes(target), kind.encode(), flags, data.encode())
    checked(LIBC.mount(*words), f"mount {source} at {target}")


def place(root: pathlib.Path, path: str, is_directory: bool) -> pathlib.Path:
    """Makes what a mount needs below it. The root is the test's own: no link of a directory leads
    out of it. A link where the file has to be is of the machine's own driver."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    if is_directory:
        target.mkdir(exist_ok=True)
    else:
        target.touch(exist_ok=True)
    return target


def make_node(root: pathlib.Path, path: str, host: str) -> None:
    status = os.stat(host)
    if not stat.S_ISCHR(status.st_mode):
        raise ValueError(f"{host} is no character device")
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    os.mknod(target, stat.S_IFCHR | 0o666, status.st_rdev)
    os.chmod(target, stat.S_IMODE(status.st_mode))


def apply_mount(root: pathlib.Path, wanted: dict[str, Any]) -> None:
    source = wanted["hostPath"]
    target = place(root, wanted["containerPath"], os.path.isdir(source))
    mount(source, target, flags=MS_BIND | MS_REC)
    flags = sum(FLAGS.get(option, 0) for option in wanted.get("options", []))
    mount("none", target, flags=MS_REMOUNT | MS_BIND | flags)


def run_hook(hook: dict[str, Any], root: pathlib.Path) -> None:
    if hook["hookName"] != "createContainer":
        raise ValueError(f"this runs no {hook['hookName']} hooks")
    state = {"ociVersion": "1.0.2", "id": "proof", "status": "creating", "pid": os.getpid()}
    state |= {"bundle": str(root.parent), "root": str(root)}
    environment = dict(line.split("=", 1) for line in hook.get("env", []))
    done = subprocess.run(
        hook.get("args", [hook["path"]]),
        executable=hook["path"],
        input=json.dumps(state),
        text=True,
        env=environment,
        timeout=TIME_LIMIT,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the hook {hook['args']} ended with {done.returncode}")


def enter(root: pathlib.Path) -> None:
    os.chdir(root)
    checked(LIBC.syscall(SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    checked(LIBC.umount2(b".", MNT_DETACH), "umount2")
    os.chdir("/")


def mount_over(lower: str, root: pathlib.Path) -> None:
    """At `root` a file system as `lower` has it, without what is mounted below that; changes to it
    are kept in memory."""
    mount("tmpfs", root, "tmpfs")
    upper, work = root / "upper", root / "work"
    upper.mkdir()
    work.mkdir()
    mount("overlay", root, "overlay", data=f"lowerdir={lower},upperdir={upper},workdir={work}")


def become(root: pathlib.Path, edits: Edits, lower: str | None, argv: Sequence[str]) -> None:
    """The first process of the new PID namespace."""
    mount("none", pathlib.Path("/"), flags=MS_REC | MS_PRIVATE)
    if lower is None:
        mount(str(root), root, flags=MS_BIND | MS_REC)
    else:
        mount_over(lower, root)
    mount("proc", place(root, "/proc", True), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount("/sys", place(root, "/sys", True), flags=MS_BIND | MS_REC)
    for directory in ("/dev", "/dev/shm", "/tmp"):
        mount("tmpfs", place(root, directory, True), "tmpfs", MS_NOSUID, "mode=1777")
    for name in USUAL_NODES:
        make_node(root, f"/dev/{name}", f"/dev/{name}")
    for path, host in edits.nodes:
        make_node(root, path, host)
    for wanted in edits.mounts:
        apply_mount(root, wanted)
    for hook in edits.hooks:
        run_hook(hook, root)
    enter(root)
    # What the usual image sets; the specification's comes after it.
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp"}
    environment |= dict(line.split("=", 1) for line in edits.env)
    os.execvpe(argv[0], list(argv), environment)


def child(root: pathlib.Path, edits: Edits, lower: str | None, argv: Sequence[str]) -> None:
    try:
        checked(LIBC.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS), "unshare")
        first = os.fork()
        if first == 0:
            become(root, edits, lower, argv)
        _, status = os.waitpid(first, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(125)


def run(
    root: pathlib.Path, edits: Edits, argv: Sequence[str], lower: str | None = None
) -> tuple[int, str]:
    """The command's exit code, and what it wrote to stdout and stderr. The root is the directory as
    it is, or, in an empty one, a copy of the file system at `lower`."""
    reading, writing = os.pipe()
    first = os.fork()
    if first == 0:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        child(root.resolve(), edits, lower, argv)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as output:
        text = output.read()
    _, status = os.waitpid(first, 0)
    return os.waitstatus_to_exitcode(status), text
