"""What a program costs that uses the lower rooms of host/ only: hooks start with every container,
in whatever mount namespace it has."""

import re
import subprocess
from pathlib import Path

import pytest

from harness.paths import BINARY

PROGRAM = BINARY.with_name("small_program")
LIBRARIES = {"fmt", "stdc++", "gcc_s", "m", "c"}  # of the compiler, and what formats messages


def libraries(program: Path) -> set[str]:
    """Every shared library that the loader maps for the program."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s*lib([\w+-]+?)\.so", listing, re.MULTILINE))


def test_links_what_it_uses_and_no_more():
    assert libraries(PROGRAM) == LIBRARIES
    assert {"curl", "crypto", "archive"} <= libraries(BINARY), "the same look sees them elsewhere"


def test_does_its_work():
    listed = subprocess.run([PROGRAM], capture_output=True, text=True, check=True).stdout
    devices = Path("/proc/devices").read_text().split("\n\n")[0].splitlines()[1:]
    assert sorted(listed.splitlines()) == sorted(" ".join(line.split()) for line in devices)


@pytest.mark.parametrize("program", [PROGRAM, BINARY])
def test_says_its_version(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(rf"{program.name} [\d.]+\n", said)
