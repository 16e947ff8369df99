"""What the small programs promise, which start with every container, in whatever mount namespace it
has, on any host: they are small and whole. tests/bench/program_start says how quickly they start.
"""

import subprocess

import pytest

from harness.paths import BINARY

LARGEST = 2_000_000  # bytes
# Texts of libraries: what each would have in a program that holds it.
ELSEWHERE = {
    "NVML": b"nvmlInit",
    "curl": b"CURLOPT",
    "crypto": b"OpenSSL ",
    "archive": b"libarchive",
}

each = pytest.mark.parametrize("program", ["driverctl-hook", "driverctl-runtime"])


@each
def test_is_small(program):
    assert BINARY.with_name(program).stat().st_size <= LARGEST


@each
def test_is_whole(program):
    path = BINARY.with_name(program)
    headers = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True)
    assert "LOAD" in headers.stdout
    assert "INTERP" not in headers.stdout and "DYNAMIC" not in headers.stdout
    content = path.read_bytes()
    assert [name for name, text in ELSEWHERE.items() if text in content] == []
    assert ELSEWHERE["NVML"] in BINARY.read_bytes(), "the same look sees it elsewhere"
