"""What the system tests share: releases on a real HTTP server, the driver image's root file system, driverctl itself, packages.

Everything is made by the scripts in ci/ and cached below build/fixtures, so that a second run is quick. Root is needed.
"""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/vm"))

FIXTURES = ROOT / "build/fixtures"
DRIVER = "535.261.03"
SECOND_DRIVER = "550.163.01"
# What makes a program in the container disk use the second driver; the disk has its package for kernel 6.1 only.
SECOND_OPTIONS = ["--source-dir", "/opt/second/src", "--store", "/opt/second/store", "--driver", SECOND_DRIVER]
RELEASES = {"6.1": "3815.2.5", "6.12": "4593.2.5"}
FLAVOURS = ("proprietary", "open")


def sh(*argv, **options) -> str:
    done = subprocess.run([str(word) for word in argv], cwd=ROOT, text=True, stdout=subprocess.PIPE, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{argv} ended with {done.returncode}")
    return done.stdout.strip()


@contextmanager
def serve(root: Path, *options: str):
    """A real nginx on a loopback port; yields its URL. It ends with the block."""
    server = subprocess.Popen(
        [ROOT / "ci/serve-release", "--root", root, *options], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Both releases, and two broken ones: 1.2.0 holds another kernel, 1.2.1 has no partition 9."""
    for kernel, release in RELEASES.items():
        sh("ci/make-release", "--kernel", kernel, "--version", release)
    sh("ci/make-release", "--kernel", "6.1", "--version", "1.2.0", "--skeleton", "other-kernel")
    sh("ci/make-release", "--kernel", "6.1", "--version", "1.2.1", "--skeleton", "no-partition-9")
    return FIXTURES / "mirror"


@pytest.fixture(scope="session")
def url(mirror):
    with serve(mirror) as address:
        yield address


@pytest.fixture(scope="session")
def kernels(mirror) -> dict[str, str]:
    """uname -r by series."""
    return {
        series: (mirror / "stable/amd64-usr" / release / "kernel-release").read_text().strip()
        for series, release in RELEASES.items()
    }


@pytest.fixture(scope="session")
def image() -> str:
    return sh("ci/make-driver-image", "--driver", DRIVER)


@pytest.fixture(scope="session")
def rootfs(image) -> Path:
    """The driver image's root file system as a tar."""
    tar = FIXTURES / "image.tar"
    container = sh("ci/make-driver-image", "podman", "create", image)
    try:
        sh("ci/make-driver-image", "podman", "export", "--output", tar, container)
    finally:
        sh("ci/make-driver-image", "podman", "rm", container)
    return tar


@pytest.fixture(scope="session")
def sources(rootfs) -> Path:
    """The image's /usr/src: the driver's kernel sources."""
    directory = FIXTURES / "sources"
    sh("rm", "-rf", directory)
    directory.mkdir()
    sh("tar", "-xf", rootfs, "-C", directory, "--strip-components=2", "usr/src")
    return directory


@dataclass
class Finished:
    rc: int
    out: str
    err: str


@dataclass
class Driverctl:
    """The release build, run on this machine with a work directory and store of its own."""

    work: Path
    store: Path
    mirror: Path
    sources: Path
    url: str
    options: dict[str, str] = field(default_factory=dict)

    def argv(self, **changes: str) -> list[str]:
        return self._argv("update", {"release": RELEASES["6.1"], "driver": DRIVER}, changes)

    def matrix_argv(self, **changes: str) -> list[str]:
        return self._argv("matrix", {"releases": ",".join(RELEASES.values()), "drivers": DRIVER}, changes)

    def _argv(self, command: str, wanted: dict[str, str], changes: dict[str, str]) -> list[str]:
        options = wanted | {
            "mirror": self.url + "/{channel}",
            "keyring": str(self.mirror / "image-signing-key.asc"),
            "signing-key": (self.mirror / "image-signing-key.fingerprint").read_text().strip(),
            "work-dir": str(self.work),
            "store": str(self.store),
            "source-dir": str(self.sources),
            "source-date-epoch": "1700000000",
        } | self.options | {name.replace("_", "-"): value for name, value in changes.items()}
        return [str(ROOT / "build/release/bin/driverctl"), command] + [f"--{name}={value}" for name, value in options.items()]

    def update(self, *more: str, timeout: float = 600, **changes: str) -> Finished:
        return self._run([*self.argv(**changes), *more], timeout)

    def matrix(self, *more: str, timeout: float = 60, **changes: str) -> Finished:
        return self._run([*self.matrix_argv(**changes), *more], timeout)

    def _run(self, argv: list[str], timeout: float) -> Finished:
        done = subprocess.run(argv, text=True, capture_output=True, timeout=timeout, env=clean_environment())
        return Finished(done.returncode, done.stdout, done.stderr)

    def packages(self) -> list[Path]:
        return sorted(path for path in self.store.rglob("*") if path.is_file() and path.name != ".lock")


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("DRIVERCTL_", "DRIVER_"))}


@pytest.fixture
def driverctl(tmp_path, mirror, sources, url) -> Driverctl:
    return Driverctl(tmp_path / "work", tmp_path / "store", mirror, sources, url)


@pytest.fixture(scope="session")
def built_base() -> Path:
    """Where this state of the binary keeps what it has compiled; that of other states is removed."""
    binary = ROOT / "build/release/bin/driverctl"
    key = sh("sha256sum", binary).split()[0][:16]
    base = FIXTURES / f"built-{key}"
    for other in FIXTURES.glob("built-*"):
        if other != base:
            sh("rm", "-rf", other)
    return base


@pytest.fixture(scope="session")
def built(built_base, mirror, sources, url) -> Driverctl:
    """A store with the packages of both releases and flavours, really compiled once for each state of binary, sources and releases.

    matrix.json beside it is the report of the run that compiled.
    """
    driverctl = Driverctl(built_base / "work", built_base / "store", mirror, sources, url)
    interfaces = built_base / "mkprecompiled"
    if not interfaces.exists():
        done = driverctl.update(flavour="proprietary", mkprecompiled=str(interfaces), timeout=1200)
        assert done.rc == 0, done.err
    # Each build gets all processors: what one does with one thread only, the other uses.
    done = driverctl.matrix("--json", jobs="2", max_threads=str(2 * os.cpu_count()), timeout=2400)
    assert done.rc == 0, done.err
    report = built_base / "matrix.json"
    if not report.exists() or '"built"' in done.out:
        report.write_text(done.out)
    return driverctl


@pytest.fixture(scope="session")
def mkprecompiled(built, built_base) -> Path:
    """What `update --mkprecompiled` wrote beside the proprietary package for kernel 6.1."""
    return built_base / "mkprecompiled"


def make_module_key(certificate: Path, name: str) -> None:
    """An RSA key and its certificate, as docs/secure-boot.md says; the key lies beside the certificate as .key."""
    sh(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "36500", "-subj", f"/O=Example/CN={name}",
        "-addext", "extendedKeyUsage=codeSigning,1.3.6.1.4.1.2312.16.1.2", "-keyout", certificate.with_suffix(".key"), "-out", certificate,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="session")
def module_certificate(built_base) -> Path:
    """Of the key that signs the second driver's modules; kept with its package."""
    certificate = built_base / "module-signing.crt"
    if not certificate.exists():
        built_base.mkdir(parents=True, exist_ok=True)
        make_module_key(certificate, "Example module signing")
    return certificate


@pytest.fixture(scope="session")
def second(built_base, mirror, url, module_certificate) -> Driverctl:
    """A store of its own with the proprietary package of another driver version for kernel 6.1, compiled and kept like `built`. Its modules
    are signed; those of `built` are not."""
    sources = Path(sh("ci/make-second-driver", SECOND_DRIVER))
    options = {
        "driver": SECOND_DRIVER, "flavour": "proprietary",
        "sign": str(module_certificate.with_suffix(".key")), "sign-certificate": str(module_certificate),
    }
    # The developer environment in the work directory serves both drivers.
    driverctl = Driverctl(built_base / "work", built_base / "second-store", mirror, sources, url, options)
    done = driverctl.update(release=RELEASES["6.1"], timeout=900)
    assert done.rc == 0, done.err
    return driverctl


@pytest.fixture(scope="session")
def container_disk(rootfs, built, second) -> Path:
    """The driver image's root file system with the packages in its store, as `podman commit` would leave it.

    /opt/second/src and /opt/second/store hold the other driver's kernel sources and package (see SECOND_OPTIONS).
    """
    disk = FIXTURES / "container.ext4"
    directory = FIXTURES / "container"
    sh("rm", "-rf", directory)
    directory.mkdir()
    sh("tar", "-xf", rootfs, "-C", directory)
    sh("cp", "-a", f"{built.store}/.", directory / "var/lib/driverctl/packages")
    (directory / "opt/second").mkdir(parents=True)
    sh("cp", "-a", second.sources, directory / "opt/second/src")
    sh("cp", "-a", second.store, directory / "opt/second/store")
    sh("tests/vm/make-container-disk", directory, disk)
    sh("rm", "-rf", directory)
    return disk


@pytest.fixture
def untouched():
    """The test leaves the machine's mounts as they were, and no loop device."""

    def mounts() -> list[str]:
        return sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())

    def loops() -> set[str]:
        return set(sh("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE").splitlines())

    before = mounts(), loops()
    yield
    assert mounts() == before[0]
    # The kernel frees a loop device a moment after its last user has ended, which may have been the test before.
    deadline = time.monotonic() + 30
    while (left := loops() - before[1]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not left
