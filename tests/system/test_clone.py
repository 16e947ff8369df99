"""The repository works wherever it is cloned: what ci/test and ci/demo prepare, below a path of 120
characters with blanks in it."""

import subprocess
import sys

import pytest
from conftest import RELEASES, ROOT


@pytest.fixture
def clone(tmp_path):
    """The working tree's files, without what was built."""
    directory = tmp_path / "a clone with a long name" / ("x" * 40) / ("y" * 40)
    directory.mkdir(parents=True)
    assert len(str(directory)) >= 120
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    archive = subprocess.Popen(
        ["tar", "--null", "-T", "-", "-cf", "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    unpack = subprocess.Popen(["tar", "-xf", "-"], cwd=directory, stdin=archive.stdout)
    archive.stdin.write(listing)
    archive.stdin.close()
    assert (archive.wait(60), unpack.wait(60)) == (0, 0)
    yield directory
    subprocess.run(
        ["tests/material/podman", "system", "reset", "--force"],
        cwd=directory,
        capture_output=True,
    )


BOOT = """
import pathlib, sys
sys.path.insert(0, "tests")
from harness.vm import Vm, make_host
host = make_host("6.1", release=sys.argv[1])
with Vm(host, host / "host.ext4", log=pathlib.Path("build/console.log").absolute()) as vm:
    vm.gpu()
    print(vm.check("cat /sys/bus/pci/devices/0001:01:00.0/vendor"))
"""


def test_preparation(clone):
    def run(*argv: str) -> str:
        done = subprocess.run(argv, cwd=clone, text=True, capture_output=True, timeout=600)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout.strip()

    run("cmake", "--preset", "release")
    run("cmake", "--build", "--preset", "release", "--target", "host")
    release = run(
        "tests/material/make-release",
        "--kernel",
        "6.1",
        "--version",
        "1.2.0",
        "--skeleton",
        "other-kernel",
    )
    assert release == f"{clone}/build/fixtures/mirror/stable/amd64-usr/1.2.0"
    run("tests/material/make-driver-image", "--base")
    assert run(
        "tests/material/podman",
        "run",
        "--rm",
        "localhost/debian:12",
        "cat",
        "/etc/debian_version",
    ).startswith("12.")
    run("tests/material/fetch-debs", "qemu", "kernel-6.1")
    assert run(sys.executable, "-c", BOOT, RELEASES["6.1"]) == "0x10de"
