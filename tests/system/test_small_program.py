"""What a program costs that uses the lower rooms of host/ only, and what the small programs hold:
they start with every container, in whatever mount namespace it has, on any host."""

import re
import subprocess
from pathlib import Path

import pytest

from harness.paths import BINARY

PROGRAM = BINARY.with_name("small_program")
STATIC = [BINARY.with_name("driverctl-hook"), BINARY.with_name("driverctl-runtime")]
LARGEST = 2_000_000  # bytes
LIBRARIES = {"fmt", "stdc++", "gcc_s", "m", "c"}  # of the compiler, and what formats messages


def libraries(program: Path) -> set[str]:
    """Every shared library that the loader maps for the program."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s*lib([\w+-]+?)\.so", listing, re.MULTILINE))


def test_links_what_it_uses_and_no_more():
    assert libraries(PROGRAM) == LIBRARIES
    assert {"curl", "crypto", "archive"} <= libraries(BINARY), "the same look sees them elsewhere"


# Texts of libraries: what each would have in a program that holds it.
ELSEWHERE = {
    "NVML": b"nvmlInit",
    "curl": b"CURLOPT",
    "crypto": b"OpenSSL ",
    "archive": b"libarchive",
}


@pytest.mark.parametrize("program", STATIC, ids=lambda program: program.name)
def test_static_programs_are_small_and_whole(program):
    assert program.stat().st_size <= LARGEST
    headers = subprocess.run(
        ["readelf", "-lW", program], capture_output=True, text=True, check=True
    )
    assert "LOAD" in headers.stdout
    assert "INTERP" not in headers.stdout and "DYNAMIC" not in headers.stdout
    content = program.read_bytes()
    assert [name for name, text in ELSEWHERE.items() if text in content] == []
    assert ELSEWHERE["NVML"] in BINARY.read_bytes(), "the same look sees it elsewhere"


def test_does_its_work():
    listed = subprocess.run([PROGRAM], capture_output=True, text=True, check=True).stdout
    devices = Path("/proc/devices").read_text().split("\n\n")[0].splitlines()[1:]
    assert sorted(listed.splitlines()) == sorted(" ".join(line.split()) for line in devices)


@pytest.mark.parametrize("program", [PROGRAM, BINARY])
def test_says_its_version(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(rf"{program.name} [\d.]+\n", said)
