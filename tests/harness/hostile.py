"""What attacks the hooks: a container root whose traps lead to a directory beside it, which has to
stay as it is."""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.bundles import make_library, make_root
from harness.driverctl import finish


@dataclass(frozen=True)
class World:
    """A container's root, and what lies beside it on the host."""

    root: Path
    outside: Path

    def seen(self) -> dict[str, tuple[object, ...]]:
        """The outside, with all that a hook could change of it."""
        return {
            str(file): (file.lstat().st_mode, file.lstat().st_mtime_ns, file.lstat().st_ino)
            for file in sorted([self.outside, *self.outside.rglob("*")])
        }

    def cache(self) -> str:
        """What the root's own ldconfig reads out of its cache."""
        if not (self.root / "etc/ld.so.cache").exists():
            return ""
        return finish(["ldconfig", "-p", "-C", str(self.root / "etc/ld.so.cache")]).out


@contextmanager
def hostile_world(folder: Path) -> Iterator[World]:
    world = World(folder / "root", folder / "outside")
    make_root(world.root)
    (world.root / "etc").mkdir()
    make_library(world.outside / "lib/libsecret.so.1.2", "libsecret.so.1")
    (world.outside / "file").write_text("ModifyDeviceFiles: 1\n")
    (world.outside / "ld.so.conf.d").mkdir()
    (world.outside / "ld.so.conf.d/secret.conf").write_text(f"{world.outside}/lib\n")
    before = world.seen()
    yield world
    assert world.seen() == before
    assert "libsecret" not in world.cache()


def empty(directory: Path) -> Path:
    """The place of a directory of the root, for something else."""
    for file in directory.iterdir() if directory.is_dir() else ():
        file.unlink()
    if directory.is_dir():
        directory.rmdir()
    return directory


DIRECTORIES = {  # what is there instead of a directory -> what is said; None: the root's own
    "absolute link": (lambda at, outside: at.symlink_to(outside), "No such file"),
    "link with dots": (
        lambda at, outside: at.symlink_to(os.path.relpath(outside, at.parent)),
        "No such file",
    ),
    "link far above": (lambda at, outside: at.symlink_to("../" * 50 + "usr"), None),
    "/proc/self/root": (
        lambda at, outside: at.symlink_to(f"/proc/self/root{outside}"),
        "Too many levels",
    ),
    "/proc/thread-self/root": (
        lambda at, outside: at.symlink_to(f"/proc/thread-self/root{outside}"),
        "Too many levels",
    ),
    "/proc/self/cwd": (lambda at, outside: at.symlink_to("/proc/self/cwd"), "Too many levels"),
    "/proc/self/fd/0": (lambda at, outside: at.symlink_to("/proc/self/fd/0"), "Too many levels"),
    "pipe": (lambda at, outside: os.mkfifo(at), "Not a directory"),
    "device": (lambda at, outside: os.mknod(at, 0o20666, os.makedev(1, 5)), "Not a directory"),
    "file": (lambda at, outside: at.write_text(""), "Not a directory"),
    "link to itself": (lambda at, outside: at.symlink_to(at.name), "Too many levels"),
}

FILES = {  # in the place of a file
    "absolute link": lambda at, outside: at.symlink_to(outside / "file"),
    "link with dots": lambda at, outside: at.symlink_to(
        os.path.relpath(outside / "file", at.parent)
    ),
    "/proc/self/root": lambda at, outside: at.symlink_to(f"/proc/self/root{outside}/file"),
    "pipe": lambda at, outside: os.mkfifo(at),
    "device": lambda at, outside: os.mknod(at, 0o20666, os.makedev(1, 5)),  # of endless zeros
}


@contextmanager
def swapping(one: Path, other: Path) -> Iterator[None]:
    """Two names change places all the time."""
    libc, exchange, here = ctypes.CDLL(None), 2, -100
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            libc.renameat2(here, bytes(one), here, bytes(other), exchange)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
