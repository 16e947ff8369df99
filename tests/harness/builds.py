"""The packages of NVIDIA's modules, really compiled once for each state of the binary."""

import os
import shutil
from pathlib import Path

from harness.driverctl import Driverctl, run
from harness.drivers import DRIVER, FLAVOURS, SECOND_DRIVER, run_file
from harness.paths import BINARY, FIXTURES
from harness.releases import RELEASES
from harness.shell import sh
from harness.timings import timed
from harness.workers import locked

WORK = FIXTURES / "work"  # the developer environments in it serve all builds


def folder_of_this_binary() -> Path:
    """What this state of the binary has compiled; that of other states is removed."""
    key = sh("sha256sum", BINARY).split()[0][:16]
    base = FIXTURES / f"built-{key}"
    with locked("built-base"):
        for other in FIXTURES.glob("built-*"):
            if other.is_dir() and other != base:
                shutil.rmtree(other)
                # So that this state tests the kernels' interfaces again.
                shutil.rmtree(WORK / "cache/conftest", ignore_errors=True)
        base.mkdir(exist_ok=True)
    return base


def compile_all(driverctl: Driverctl, interfaces: Path) -> str:
    """Both flavours for both kernels. The proprietary ones first, one after the other: the open
    ones then find what NVIDIA's tests of the kernels have said. Returns the report of the matrix
    run that compiled the open ones."""
    for series in RELEASES:
        more = {"mkprecompiled": interfaces} if series == "6.1" else {}
        with timed("build", f"{DRIVER}, proprietary, kernel {series}"):
            release = RELEASES[series]
            done = driverctl.update(release=release, flavour="proprietary", **more)
            assert done.rc == 0, done.err
    with timed("build", f"{DRIVER}, open, kernels 6.1 and 6.12"):
        # Each build gets all processors: what one does with one thread only, the other uses.
        threads = 2 * (os.cpu_count() or 1)
        done = driverctl.matrix("--json", jobs=2, max_threads=threads)
        assert done.rc == 0, done.err
    return done.out


def unpack_second() -> str:
    """/usr/src of a root with the second driver, out of its .run file."""
    root = FIXTURES / "second-driver"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    file = run_file(SECOND_DRIVER)
    done = run("driver", "unpack", file, sha256=sh("sha256sum", file).split()[0], root=root)
    assert done.rc == 0, done.err
    return str(root / "usr/src")


def compile_second(driverctl: Driverctl) -> None:
    """Both flavours, for kernel 6.1."""
    for flavour in FLAVOURS:
        if not driverctl.package("6.1", flavour).exists():
            with timed("build", f"{SECOND_DRIVER}, {flavour}, kernel 6.1"):
                done = driverctl.update(flavour=flavour)
                assert done.rc == 0, done.err
