"""What the system tests share: releases on a real HTTP server, the driver image's root file system,
driverctl itself, packages.

Everything is made by the scripts in ci/ and tests/, below build/fixtures. Two workers share it
(pytest-xdist): what one makes, the other waits for and finds (`shared`). Root is needed.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness.timings import timed

ROOT = Path(__file__).resolve().parents[2]

from harness.vm import Vm, booted, make_host

FIXTURES = ROOT / "build/fixtures"
BINARY = ROOT / "build/release/bin/driverctl"
DRIVER = "535.261.03"
SECOND_DRIVER = "550.163.01"
TINY_DRIVER = "1.2.3"  # tests/fixtures/tinydriver
# What makes a program in the container disk use the second driver; the disk has its package for
# kernel 6.1 only.
SECOND_OPTIONS = [
    "--source-dir",
    "/opt/second/src",
    "--store",
    "/opt/second/store",
    "--driver",
    SECOND_DRIVER,
]
RELEASES = {"6.1": "3815.2.5", "6.12": "4593.2.5"}
SKELETONS = {"1.2.0": "other-kernel", "1.2.1": "no-partition-9"}
FLAVOURS = ("proprietary", "open")
EPOCH = "1700000000"  # SOURCE_DATE_EPOCH of every package that is compiled here: the same inputs give the same bytes

# What is longest, or makes what the others need, comes first; the rest in alphabetical order.
FIRST = [
    "test_demo",
    "test_vm",
    "test_update",
    "test_lifecycle",
    "test_init",
    "test_upgrade",
    "test_adoption",
    "test_secure_boot",
]


def pytest_addoption(parser):
    parser.addoption(
        "--long",
        action="store_true",
        help="the full form of tests that have a short one (docs/testing.md)",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "long: a case that the short form leaves out")
    config.addinivalue_line("markers", "quick: what ci/test --quick runs")


def pytest_collection_modifyitems(config, items):
    items.sort(
        key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST)
    )
    if not config.getoption("--long"):
        left_out = [item for item in items if item.get_closest_marker("long")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    with timed("test", item.nodeid):
        yield


@pytest.fixture(scope="session")
def long(request) -> bool:
    return request.config.getoption("--long")


def sh(*argv, **options) -> str:
    done = subprocess.run(
        [str(word) for word in argv], cwd=ROOT, text=True, stdout=subprocess.PIPE, **options
    )
    if done.returncode != 0:
        raise RuntimeError(f"{argv} ended with {done.returncode}")
    return done.stdout.strip()


@contextmanager
def locked(name: str):
    """One worker at a time."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    with open(FIXTURES / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def shared(name: str, make: Callable[[], object]):
    """The value (of JSON) that `make` returns, called once in a run of the tests, however many
    workers ask."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"process-{os.getpid()}")
    with locked(name):
        record = FIXTURES / f"{name}.run"
        known = json.loads(record.read_text()) if record.exists() else {}
        if known.get("run") != run:
            with timed("material", name):
                known = {"run": run, "value": make()}
            record.write_text(json.dumps(known))
        return known["value"]


def sign(mirror: Path, *files: Path) -> None:
    """With the mirror's key: FILE.sig beside each."""
    sh("tests/material/sign-release", mirror, *files)


@contextmanager
def serve(root: Path, *options: str):
    """A real nginx on a loopback port; yields its URL. It ends with the block."""
    server = subprocess.Popen(
        [ROOT / "tests/material/serve-release", "--root", root, *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(20)


def make_skeletons() -> None:
    for version, kind in SKELETONS.items():
        sh(
            "tests/material/make-release",
            "--kernel",
            "6.1",
            "--version",
            version,
            "--skeleton",
            kind,
        )


def make_mirror() -> None:
    make_skeletons()
    for kernel, release in RELEASES.items():
        sh("tests/material/make-release", "--kernel", kernel, "--version", release)


@pytest.fixture(scope="session")
def skeletons() -> Path:
    """A mirror with two small releases, signed like all: 1.2.0 holds another kernel, 1.2.1 has no
    partition 9."""
    shared("skeletons", make_skeletons)
    return FIXTURES / "mirror"


@pytest.fixture(scope="session")
def mirror(skeletons) -> Path:
    """The same, with both full releases."""
    shared("mirror", make_mirror)
    return skeletons


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
    return shared("image", lambda: sh("tests/material/make-driver-image", "--driver", DRIVER))


def make_rootfs(image: str) -> str:
    tar, sources = FIXTURES / "image.tar", FIXTURES / "sources"
    identity = sh(
        "tests/material/podman",
        "image",
        "inspect",
        "--format",
        "{{.Id}}",
        image,
    )
    stamp = FIXTURES / "image.id"
    if not stamp.exists() or stamp.read_text() != identity:
        container = sh("tests/material/podman", "create", image)
        try:
            sh("tests/material/podman", "export", "--output", tar, container)
        finally:
            sh("tests/material/podman", "rm", container)
        shutil.rmtree(sources, ignore_errors=True)
        sources.mkdir()
        sh("tar", "-xf", tar, "-C", sources, "--strip-components=2", "usr/src")
        stamp.write_text(identity)
    return identity


@pytest.fixture(scope="session")
def rootfs(image) -> Path:
    """The driver image's root file system as a tar."""
    shared("rootfs", lambda: make_rootfs(image))
    return FIXTURES / "image.tar"


@pytest.fixture(scope="session")
def sources(rootfs) -> Path:
    """The image's /usr/src: the driver's kernel sources."""
    return FIXTURES / "sources"


@pytest.fixture(scope="session")
def tiny_sources(tmp_path_factory) -> Path:
    """The sources of a small driver of ours, in place of NVIDIA's."""
    directory = tmp_path_factory.mktemp("tiny")
    sh("tests/material/make-tiny-driver", directory)
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
    driver: str = DRIVER

    def argv(self, **changes: str) -> list[str]:
        return self._argv("update", {"release": RELEASES["6.1"], "driver": self.driver}, changes)

    def matrix_argv(self, **changes: str) -> list[str]:
        return self._argv(
            "matrix", {"releases": ",".join(RELEASES.values()), "drivers": self.driver}, changes
        )

    def _argv(self, command: str, wanted: dict[str, str], changes: dict[str, str]) -> list[str]:
        options = (
            wanted
            | {
                "mirror": self.url + "/{channel}",
                "keyring": str(self.mirror / "image-signing-key.asc"),
                "signing-key": (self.mirror / "image-signing-key.fingerprint").read_text().strip(),
                "work-dir": str(self.work),
                "store": str(self.store),
                "source-dir": str(self.sources),
                "source-date-epoch": EPOCH,
            }
            | self.options
            | {name.replace("_", "-"): value for name, value in changes.items()}
        )
        return [str(BINARY), command] + [f"--{name}={value}" for name, value in options.items()]

    def update(self, *more: str, timeout: float = 600, **changes: str) -> Finished:
        return self._run([*self.argv(**changes), *more], timeout)

    def matrix(self, *more: str, timeout: float = 60, **changes: str) -> Finished:
        return self._run([*self.matrix_argv(**changes), *more], timeout)

    def _run(self, argv: list[str], timeout: float) -> Finished:
        done = subprocess.run(
            argv, text=True, capture_output=True, timeout=timeout, env=clean_environment()
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def packages(self) -> list[Path]:
        return sorted(
            path for path in self.store.rglob("*") if path.is_file() and path.name != ".lock"
        )


def clean_environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DRIVERCTL_", "DRIVER_"))
    }


@pytest.fixture
def driverctl(tmp_path, mirror, tiny_sources, url) -> Driverctl:
    """With the small driver, which compiles in seconds, and a work directory and store of its
    own."""
    return Driverctl(
        tmp_path / "work", tmp_path / "store", mirror, tiny_sources, url, driver=TINY_DRIVER
    )


@pytest.fixture(scope="session")
def built_base() -> Path:
    """Where this state of the binary keeps what it has compiled; that of other states is
    removed."""
    key = sh("sha256sum", BINARY).split()[0][:16]
    base = FIXTURES / f"built-{key}"
    with locked("built-base"):
        for other in FIXTURES.glob("built-*"):
            if other.is_dir() and other != base:
                shutil.rmtree(other)
                # So that this state tests the kernels' interfaces again.
                shutil.rmtree(FIXTURES / "work/cache/conftest", ignore_errors=True)
        base.mkdir(exist_ok=True)
    return base


@dataclass
class Demo:
    rc: int
    out: str
    packages: list[Path]  # what the demo's container had in its store


def run_demo(image: str) -> list:
    """As the README prints it, with the time-stamp of all our packages."""
    done = subprocess.run(
        [ROOT / "ci/demo"],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=1500,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
    )
    store = FIXTURES / "demo-store"
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir()
    if done.returncode == 0:
        container = sh("tests/material/podman", "create", "localhost/driverctl:demo")
        sh(
            "tests/material/podman",
            "cp",
            f"{container}:/var/lib/driverctl/packages/.",
            store,
        )
        sh("tests/material/podman", "rm", container)
    return [done.returncode, done.stdout]


@pytest.fixture(scope="session")
def demo(mirror, image) -> Demo:
    """The demo, run once. Its driver is compiled in a container, with the work directory of all
    other builds."""
    rc, out = shared("demo", lambda: run_demo(image))
    return Demo(rc, out, sorted((FIXTURES / "demo-store").rglob("*.tar")))


def compile_all(driverctl: Driverctl, interfaces: Path) -> str:
    """Both flavours for both kernels. The proprietary ones first, one after the other: the open
    ones then find what NVIDIA's tests of the kernels have said. Returns the report of the matrix
    run that compiled the open ones."""
    for series, more in (("6.1", {"mkprecompiled": str(interfaces)}), ("6.12", {})):
        with timed("build", f"{DRIVER}, proprietary, kernel {series}"):
            done = driverctl.update(
                release=RELEASES[series], flavour="proprietary", timeout=1200, **more
            )
            assert done.rc == 0, done.err
    with timed("build", f"{DRIVER}, open, kernels 6.1 and 6.12"):
        # Each build gets all processors: what one does with one thread only, the other uses.
        done = driverctl.matrix(
            "--json", jobs="2", max_threads=str(2 * os.cpu_count()), timeout=2400
        )
        assert done.rc == 0, done.err
    return done.out


@pytest.fixture(scope="session")
def built(built_base, mirror, sources, url) -> Driverctl:
    """A store with the packages of both releases and flavours, really compiled once for each state
    of binary, sources and releases.

    matrix.json beside it is the report of the run that compiled.
    """
    driverctl = Driverctl(FIXTURES / "work", built_base / "store", mirror, sources, url)
    report = built_base / "matrix.json"
    with locked("built"):
        if not report.exists():
            report.write_text(compile_all(driverctl, built_base / "mkprecompiled"))
    return driverctl


@pytest.fixture(scope="session")
def mkprecompiled(built, built_base) -> Path:
    """What `update --mkprecompiled` wrote beside the proprietary package for kernel 6.1."""
    return built_base / "mkprecompiled"


def make_module_key(certificate: Path, name: str) -> None:
    """An RSA key and its certificate, as docs/secure-boot.md says; the key lies beside the
    certificate as .key."""
    sh(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "36500",
        "-subj",
        f"/O=Example/CN={name}",
        "-addext",
        "extendedKeyUsage=codeSigning,1.3.6.1.4.1.2312.16.1.2",
        "-keyout",
        certificate.with_suffix(".key"),
        "-out",
        certificate,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="session")
def module_certificate(built_base) -> Path:
    """Of the key that signs the second driver's modules; kept with its package."""
    certificate = built_base / "module-signing.crt"
    with locked("module-certificate"):
        if not certificate.exists():
            make_module_key(certificate, "Example module signing")
    return certificate


@pytest.fixture(scope="session")
def second(built_base, mirror, url, module_certificate) -> Driverctl:
    """A store of its own with the proprietary package of another driver version for kernel 6.1,
    compiled and kept like `built`. Its modules are signed; those of `built` are not."""
    sources = Path(
        shared("second-driver", lambda: sh("tests/material/make-second-driver", SECOND_DRIVER))
    )
    options = {
        "flavour": "proprietary",
        "sign": str(module_certificate.with_suffix(".key")),
        "sign-certificate": str(module_certificate),
    }
    # The developer environment in the work directory serves both drivers.
    driverctl = Driverctl(
        FIXTURES / "work", built_base / "second-store", mirror, sources, url, options, SECOND_DRIVER
    )
    with locked("second"):
        if not driverctl.packages():
            with timed("build", f"{SECOND_DRIVER}, proprietary, kernel 6.1"):
                done = driverctl.update(release=RELEASES["6.1"], timeout=900)
                assert done.rc == 0, done.err
    return driverctl


def make_container_disk(rootfs: Path, built: Driverctl, second: Driverctl) -> None:
    directory, disk, stamp = (
        FIXTURES / "container",
        FIXTURES / "container.ext4",
        FIXTURES / "container.inputs",
    )
    inputs = hashlib.sha256((FIXTURES / "image.id").read_bytes())
    for package in [*built.packages(), *second.packages()]:
        inputs.update(package.read_bytes())
    if disk.exists() and stamp.exists() and stamp.read_text() == inputs.hexdigest():
        return
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    sh("tar", "-xf", rootfs, "-C", directory)
    sh("cp", "-a", f"{built.store}/.", directory / "var/lib/driverctl/packages")
    (directory / "opt/second").mkdir(parents=True)
    sh("cp", "-a", second.sources, directory / "opt/second/src")
    sh("cp", "-a", second.store, directory / "opt/second/store")
    sh("tests/material/make-container-disk", directory, disk)
    shutil.rmtree(directory)
    stamp.write_text(inputs.hexdigest())


@pytest.fixture(scope="session")
def container_disk(rootfs, request) -> Path:
    """The driver image's root file system with the packages in its store, as `podman commit` would
    leave it.

    /opt/second/src and /opt/second/store hold the other driver's kernel sources and package (see
    SECOND_OPTIONS).
    """
    # Two workers begin at different ends, so that neither waits for what the other one compiles.
    names = (
        ["built", "second"]
        if os.environ.get("PYTEST_XDIST_WORKER") == "gw1"
        else ["second", "built"]
    )
    drivers = {name: request.getfixturevalue(name) for name in names}
    built, second = drivers["built"], drivers["second"]
    shared("container-disk", lambda: make_container_disk(rootfs, built, second))
    return FIXTURES / "container.ext4"


@pytest.fixture(scope="module")
def vm(container_disk, tmp_path_factory):
    """A node with kernel 6.1 and a GPU, fresh for each module: it goes on from a state that was
    saved after the boot."""
    host = make_host("6.1", release=RELEASES["6.1"])
    with timed("boot", "6.1, first"):
        state = booted(host, container_disk)
    log = tmp_path_factory.mktemp("vm") / "console.log"
    with timed("boot", "6.1, from the saved state"):
        machine = Vm(host, host / "host.ext4", container_disk, log=log, state=state)
        machine.start()
    try:
        yield machine
    finally:
        machine.close()


@pytest.fixture
def untouched(tmp_path_factory):
    """The test leaves the machine's mounts as they were, and no loop device. What another worker
    does meanwhile does not count: its temporary files, and the shared ones."""
    ours = tmp_path_factory.getbasetemp()

    def counts(path: str) -> bool:
        path = path.encode().decode(
            "unicode_escape"
        )  # a blank is \040 in mountinfo, and \x20 for losetup
        others = (
            path.startswith(f"{ours.parent}/")
            and not path.startswith(f"{ours}/")
            and "PYTEST_XDIST_WORKER" in os.environ
        )
        return not others and not path.startswith(f"{FIXTURES}/")

    def mounts() -> list[str]:
        points = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
        return sorted(filter(counts, points))

    def loops() -> set[str]:
        listing = sh(
            "losetup", "--list", "--noheadings", "--raw", "--output", "BACK-FILE,NAME"
        ).splitlines()
        return set(filter(counts, listing))

    before = mounts(), loops()
    yield
    assert mounts() == before[0]
    # The kernel frees a loop device a moment after its last user has ended, which may have been the
    # test before.
    deadline = time.monotonic() + 30
    while (left := loops() - before[1]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not left
