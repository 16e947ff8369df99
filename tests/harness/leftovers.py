"""What driverctl must not leave on this machine: mounts, loop devices, processes."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from harness.limits import LIMIT
from harness.paths import FIXTURES
from harness.shell import sh


@dataclass(frozen=True)
class Leftovers:
    """What a test may see of the machine. What another worker does meanwhile does not count: its
    temporary files, the shared ones, the root file systems that mmdebstrap makes of them, and the
    networks of its podman's containers."""

    ours: Path  # this worker's temporary files

    def _counts(self, path: str) -> bool:
        path = path.encode().decode("unicode_escape")  # a blank is \\040 or \\x20 in lists
        if path.startswith((f"{FIXTURES}/", f"{gettempdir()}/mmdebstrap.", "/run/netns/")):
            return False
        below = path.startswith(f"{self.ours.parent}/") and not path.startswith(f"{self.ours}/")
        return not (below and "PYTEST_XDIST_WORKER" in os.environ)

    def mounts(self) -> list[str]:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        return sorted(filter(self._counts, (line.split()[4] for line in lines)))

    def loop_devices(self) -> set[str]:
        columns = ("--noheadings", "--raw", "--output", "BACK-FILE,NAME")
        return set(filter(self._counts, sh("losetup", "--list", *columns).splitlines()))

    def new_loop_devices(self, before: set[str]) -> set[str]:
        """The kernel frees one a moment after its last user has ended, which may have been the test
        before."""
        deadline = time.monotonic() + LIMIT
        while (left := self.loop_devices() - before) and time.monotonic() < deadline:
            time.sleep(0.2)
        return left


def processes_below(directory: Path) -> list[str]:
    """Processes whose root or working directory lies there."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if str(directory) in os.readlink(f"/proc/{pid}/root") + os.readlink(f"/proc/{pid}/cwd"):
                found.append(pid)
        except OSError:
            pass
    return found
