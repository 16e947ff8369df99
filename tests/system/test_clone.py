"""The repository works wherever it is cloned: what ci/test and ci/demo prepare, below a path of 120
characters with blanks in it."""

import os
import subprocess
import sys

import pytest

from harness.limits import LONG_LIMIT
from harness.paths import ROOT
from harness.releases import RELEASES


@pytest.fixture
def clone(tmp_path):
    """The working tree's files, without what was built."""
    directory = tmp_path / "a clone with a long name" / ("x" * 40) / ("y" * 40)
    directory.mkdir(parents=True)
    assert len(str(directory)) >= 120
    list_files = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(list_files, cwd=ROOT, check=True, capture_output=True).stdout
    pack = ["tar", "--null", "-T", "-", "-cf", "-"]
    archive = subprocess.run(pack, cwd=ROOT, input=listing, check=True, capture_output=True)
    subprocess.run(["tar", "-xf", "-"], cwd=directory, input=archive.stdout, check=True)
    yield directory
    reset = ["tests/material/podman", "system", "reset", "--force"]
    subprocess.run(reset, cwd=directory, capture_output=True)


BOOT = """
import pathlib, sys
from harness.vm import Vm, make_host
host = make_host("6.1", release=sys.argv[1])
with Vm(host, log=pathlib.Path("build/console.log").absolute()) as vm:
    vm.gpu()
    print(vm.check("cat /sys/bus/pci/devices/0001:01:00.0/vendor"))
"""


def test_preparation(clone):
    def run(*argv: str) -> str:
        environment = os.environ | {"PYTHONPATH": f"{clone}/tests"}
        done = subprocess.run(
            argv, cwd=clone, text=True, capture_output=True, timeout=LONG_LIMIT, env=environment
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout.strip()

    def material(script: str, *argv: str) -> str:
        return run(f"tests/material/{script}", *argv)

    run("cmake", "--preset", "release")
    run("cmake", "--build", "--preset", "release", "--target", "host_base")
    wanted = ("--kernel", "6.1", "--version", "1.2.0", "--skeleton", "other-kernel")
    release = material("make-release", *wanted)
    assert release == f"{clone}/build/fixtures/mirror/stable/amd64-usr/1.2.0"
    material("make-driver-image", "--base")
    version = ("localhost/debian:12", "cat", "/etc/debian_version")
    assert material("podman", "run", "--rm", *version).startswith("12.")
    material("fetch-debs", "qemu", "kernel-6.1")
    assert run(sys.executable, "-c", BOOT, RELEASES["6.1"]) == "0x10de"
