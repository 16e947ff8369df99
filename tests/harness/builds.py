"""The packages of NVIDIA's modules, really compiled once for each state of the binary."""

import os
import shutil
from pathlib import Path

from harness.driverctl import Driverctl
from harness.drivers import DRIVER
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
            done = driverctl.update(release=release, flavour="proprietary", timeout=1200, **more)
            assert done.rc == 0, done.err
    with timed("build", f"{DRIVER}, open, kernels 6.1 and 6.12"):
        # Each build gets all processors: what one does with one thread only, the other uses.
        threads = 2 * (os.cpu_count() or 1)
        done = driverctl.matrix("--json", jobs=2, max_threads=threads, timeout=2400)
        assert done.rc == 0, done.err
    return done.out
