"""The driver image, made of a .run file, its root file system, the disk that the VM runs it from,
and the demo."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.driverctl import EPOCH, Driverctl
from harness.drivers import DRIVER, run_file
from harness.engines import daemon_programs
from harness.limits import LONG_LIMIT
from harness.paths import FIXTURES, MATERIAL, ROOT
from harness.shell import material, podman, sh

TAR = FIXTURES / "image.tar"  # the image's root file system
IDENTITY = FIXTURES / "image.id"  # of the image that the tar was made of
SOURCES = FIXTURES / "sources"  # its /usr/src
DISK = FIXTURES / "container.ext4"
DEMO_STORE = FIXTURES / "demo-store"


def make_image() -> str:
    return material("make-driver-image", "--run", run_file(DRIVER))


def make_rootfs(image: str) -> None:
    identity = podman("image", "inspect", "--format", "{{.Id}}", image)
    if IDENTITY.exists() and IDENTITY.read_text() == identity:
        return
    container = podman("create", image)
    try:
        podman("export", "--output", TAR, container)
    finally:
        podman("rm", container)
    shutil.rmtree(SOURCES, ignore_errors=True)
    SOURCES.mkdir()
    sh("tar", "-xf", TAR, "-C", SOURCES, "--strip-components=2", "usr/src")
    IDENTITY.write_text(identity)


def make_container_disk(built: Driverctl, second: Driverctl) -> None:
    """With the packages of `built` in the store, sources and packages of `second` in /opt/second,
    and for the host what make-podman-folder makes in /opt/podman, and sid's docker in
    /opt/docker."""
    docker = daemon_programs("docker-sid")
    directory, stamp = FIXTURES / "container", FIXTURES / "container.inputs"
    inputs = hashlib.sha256(IDENTITY.read_bytes())
    inputs.update((MATERIAL / "make-podman-folder").read_bytes())
    inputs.update((MATERIAL / "make-container-root").read_bytes())
    inputs.update(docker.with_suffix(".packages").read_bytes())
    for package in [*built.packages(), *second.packages()]:
        inputs.update(package.read_bytes())
    if DISK.exists() and stamp.exists() and stamp.read_text() == inputs.hexdigest():
        return
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    sh("tar", "-xf", TAR, "-C", directory)
    sh("cp", "-a", f"{built.store}/.", directory / "var/lib/driverctl/packages")
    (directory / "opt/second").mkdir(parents=True)
    sh("cp", "-a", second.sources, directory / "opt/second/src")
    sh("cp", "-a", second.store, directory / "opt/second/store")
    material("make-podman-folder", directory / "opt/podman")
    sh("cp", "-a", docker / "usr", directory / "opt/docker")
    material("make-container-disk", directory, DISK)
    shutil.rmtree(directory)
    stamp.write_text(inputs.hexdigest())


@dataclass(frozen=True)
class Demo:
    rc: int
    out: str
    packages: list[Path]  # what the demo's container had in its store


def run_demo() -> list:
    """As the README prints it, with the time-stamp of all our packages: exit status, output."""
    done = subprocess.run(
        [ROOT / "ci/demo"],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LONG_LIMIT,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
    )
    shutil.rmtree(DEMO_STORE, ignore_errors=True)
    DEMO_STORE.mkdir()
    if done.returncode == 0:
        container = podman("create", "localhost/driverctl:demo")
        podman("cp", f"{container}:/var/lib/driverctl/packages/.", DEMO_STORE)
        podman("rm", container)
    return [done.returncode, done.stdout]
