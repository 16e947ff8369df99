"""What the small programs promise, which start with every container, in whatever mount namespace it
has, on any host: they are small, whole and quick."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.paths import BINARY


@dataclass(frozen=True)
class Small:
    name: str
    start: tuple[str, ...]  # what it does at once

    @property
    def path(self) -> Path:
        return BINARY.with_name(self.name)


PROGRAMS = [
    Small("driverctl-hook", ("--version",)),
    Small("driverctl-runtime", ("state", "container")),  # is /bin/true, by the name of runc, then
]
LARGEST = 2_000_000  # bytes
LONGEST = 0.005  # s of the processor, the quickest of RUNS
RUNS = 20
# Texts of libraries: what each would have in a program that holds it.
ELSEWHERE = {
    "NVML": b"nvmlInit",
    "curl": b"CURLOPT",
    "crypto": b"OpenSSL ",
    "archive": b"libarchive",
}

each = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)


@each
def test_is_small(program):
    assert program.path.stat().st_size <= LARGEST


@each
def test_is_whole(program):
    headers = subprocess.run(
        ["readelf", "-lW", program.path], capture_output=True, text=True, check=True
    )
    assert "LOAD" in headers.stdout
    assert "INTERP" not in headers.stdout and "DYNAMIC" not in headers.stdout
    content = program.path.read_bytes()
    assert [name for name, text in ELSEWHERE.items() if text in content] == []
    assert ELSEWHERE["NVML"] in BINARY.read_bytes(), "the same look sees it elsewhere"


@each
def test_starts_at_once(program, tmp_path):
    (tmp_path / "runc").symlink_to("/bin/true")
    environment = {"PATH": str(tmp_path)}
    quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    times = []
    for _ in range(RUNS):
        words = [program.name, *program.start]
        pid = os.posix_spawn(program.path, words, environment, file_actions=quiet)
        _, status, used = os.wait4(pid, 0)
        assert status == 0
        times.append(used.ru_utime + used.ru_stime)
    assert min(times) <= LONGEST
