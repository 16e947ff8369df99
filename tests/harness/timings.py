"""Where the time goes: lines for ci/timings, one for each test and for what the tests have made for
them (builds, boots, material).

    with timed("build", "550.163.01, proprietary, kernel 6.1"):
        …

A line holds wall time and the processor time of everything below this process: what has ended and
was waited for, and what runs (a VM).
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.paths import ROOT

FILE = ROOT / "build/reports/timings.jsonl"
_TICKS = os.sysconf("SC_CLK_TCK")


def _processor_time() -> tuple[float, float]:
    """User and system seconds of this process and all below it."""
    stats: dict[int, tuple[int, list[int]]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                # Bytes: a process may call itself anything.
                fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            # Parent; user, system, and the same of the children that were waited for.
            stats[int(entry.name)] = int(fields[1]), [int(field) for field in fields[11:15]]
    ours = {os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in stats.items() if parent in ours} - ours
        ours |= more
        grown = bool(more)
    ticks = [stats[pid][1] for pid in ours if pid in stats]
    return (
        sum(own[0] + own[2] for own in ticks) / _TICKS,
        sum(own[1] + own[3] for own in ticks) / _TICKS,
    )


@contextmanager
def timed(kind: str, name: str) -> Iterator[None]:
    start, (user, system) = time.time(), _processor_time()
    try:
        yield
    finally:
        now = _processor_time()
        line = {
            "kind": kind,
            "name": name,
            "lane": os.environ.get("PYTEST_XDIST_WORKER", "tests"),
            "start": start,
            "end": time.time(),
            "user": max(0.0, now[0] - user),
            "system": max(0.0, now[1] - system),
        }
        FILE.parent.mkdir(parents=True, exist_ok=True)
        with FILE.open("a") as out:
            out.write(json.dumps(line) + "\n")
