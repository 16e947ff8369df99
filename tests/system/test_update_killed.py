"""SIGKILL of `driverctl update` at any stage leaves nothing, and the next run succeeds."""

import dataclasses
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.comparison import assert_same_bytes
from harness.driverctl import start
from harness.drivers import DRIVER, TINY_DRIVER, package_name
from harness.leftovers import processes_below
from harness.shell import read_until, sh, wait_until


class Stage(NamedTuple):
    line: str  # what the log says first
    delay: float  # seconds after that, until the kill


STAGES = {  # ten for each driver
    TINY_DRIVER: [
        Stage("Checking the cache for", 0),
        Stage("Fetching", 0.05),
        Stage("Verifying", 0),
        Stage("Decompressing", 0.1),
        Stage("Decompressing", 0.5),
        Stage("Compiling the", 0.2),
        Stage("Compiling the", 0.6),
        Stage("Compiling the", 1),
        Stage("Packing", 0.1),
        Stage("Packing", 0.5),
    ],
    DRIVER: [
        Stage("Checking the cache for", 0),
        Stage("Fetching", 0.05),
        Stage("Verifying", 0),
        Stage("Decompressing", 0.3),
        Stage("Decompressing", 2),
        Stage("Compiling the", 0.3),
        Stage("Compiling the", 2),
        Stage("Compiling the", 5),
        Stage("Compiling the", 10),
        Stage("Packing", 0.5),
    ],
}


@pytest.mark.parametrize("driver", [TINY_DRIVER, pytest.param(DRIVER, marks=pytest.mark.long)])
def test_sigkill_at_ten_stages_leaves_nothing_and_the_next_run_succeeds(
    driver, driverctl, untouched, kernels, tmp_path, request
):
    """Each run is killed later than the one before and passes what the earlier ones left; the last
    one is left alone, and gives the very bytes that another work directory gives at another
    time."""
    if driver != driverctl.driver:
        sources = request.getfixturevalue("sources")
        driverctl = dataclasses.replace(driverctl, driver=driver, sources=sources)
    for stage in STAGES[driver]:
        process = start(driverctl.update_command(), stdout=subprocess.DEVNULL)
        read_until(process, stage.line)
        time.sleep(stage.delay)
        process.kill()
        process.wait()
        assert process.returncode == -signal.SIGKILL, stage
        wait_until(lambda: not processes_below(driverctl.work))
        assert not [path for path in driverctl.packages() if path.suffix == ".tar"], stage
        # The kernel takes a dead mount namespace apart on its own time, after its last process is
        # gone.
        wait_until(lambda: not attached_below(driverctl.work))
        assert str(driverctl.work) not in Path("/proc/self/mountinfo").read_text(), stage
    done = driverctl.update()
    assert done.rc == 0, done.err
    (package,) = driverctl.packages()
    assert package.name == package_name(driver, "proprietary", kernels["6.1"])
    elsewhere, store = tmp_path / "elsewhere/work", tmp_path / "other"
    other = dataclasses.replace(driverctl, work=elsewhere, store=store)
    assert other.update().rc == 0
    assert_same_bytes(package, store / package.relative_to(driverctl.store))


def attached_below(directory: Path) -> bool:
    """Whether a loop device has a file there."""
    return str(directory) in sh("losetup", "--list", "--noheadings", "--output", "BACK-FILE")
