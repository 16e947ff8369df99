"""The system tests' fixtures, and the order in which they run. What the fixtures are made of lies
in tests/harness; everything that is made lies below build/fixtures. Root is needed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import builds, image as images, keys, packages
from harness.driverctl import Driverctl
from harness.drivers import DRIVER, SECOND_DRIVER, TINY_DRIVER
from harness.engines import MadeDriver, make_driver
from harness.hostile import World, hostile_world
from harness.leftovers import Leftovers
from harness.node import machine_with_gpu
from harness.paths import FIXTURES
from harness.releases import RELEASES, Mirror, make_mirror, make_skeletons, serve
from harness.shell import material
from harness.timings import timed
from harness.vm import Vm
from harness.workers import locked, shared

# What is longest, or makes what the others need, comes first; the rest in alphabetical order.
FIRST = [
    "test_demo",
    "test_vm",
    "test_reproducible",
    "test_lifecycle",
    "test_init",
    "test_init_killed",
    "test_cdi_vm",
    "test_flatcar_boot",
    "test_docker_vm",
    "test_operator",
    "test_selinux",
    "test_update_killed",
    "test_upgrade",
    "test_adoption",
    "test_secure_boot",
]


def pytest_addoption(parser):
    text = "the full form of tests that have a short one (docs/testing.md)"
    parser.addoption("--long", action="store_true", help=text)


def pytest_collection_modifyitems(config, items):
    def place(item):
        return FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST)

    items.sort(key=place)
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


@pytest.fixture(scope="session")
def skeletons() -> Mirror:
    """Two small releases, signed like all: 1.2.0 holds another kernel, 1.2.1 has no partition 9."""
    shared("skeletons", make_skeletons)
    return Mirror(FIXTURES / "mirror")


@pytest.fixture(scope="session")
def mirror(skeletons) -> Mirror:
    """The same, with both full releases."""
    shared("mirror", make_mirror)
    return skeletons


@pytest.fixture(scope="session")
def url(mirror) -> Iterator[str]:
    with serve(mirror.root) as address:
        yield address


@pytest.fixture(scope="session")
def kernels(mirror) -> dict[str, str]:
    """uname -r by series."""
    return {series: mirror.kernel(series) for series in RELEASES}


@pytest.fixture(scope="session")
def image() -> str:
    return shared("image", images.make_image)


@pytest.fixture(scope="session")
def sources(image) -> Path:
    """The image's /usr/src: the driver's kernel sources."""
    shared("rootfs", lambda: images.make_rootfs(image))
    return images.SOURCES


@pytest.fixture(scope="session")
def tiny_sources(tmp_path_factory) -> Path:
    """The sources of a small driver of ours, in place of NVIDIA's."""
    directory = tmp_path_factory.mktemp("tiny")
    material("make-tiny-driver", directory)
    return directory


@pytest.fixture
def driverctl(tmp_path, mirror, tiny_sources, url) -> Driverctl:
    """With the small driver, which compiles in seconds, and a work directory and store of its
    own."""
    work, store = tmp_path / "work", tmp_path / "store"
    return Driverctl(work, store, mirror, tiny_sources, url, driver=TINY_DRIVER)


@pytest.fixture(scope="session")
def built_base() -> Path:
    """Where this state of the binary keeps what it has compiled."""
    return builds.folder_of_this_binary()


@pytest.fixture(scope="session")
def demo(mirror, image) -> images.Demo:
    """The demo, run once. Its driver is compiled in a container, with the work directory of all
    other builds."""
    rc, out = shared("demo", images.run_demo)
    return images.Demo(rc, out, sorted(images.DEMO_STORE.rglob("*.tar")))


@pytest.fixture(scope="session")
def built(built_base, mirror, sources, url) -> Driverctl:
    """A store with the packages of both releases and flavours, really compiled once for each state
    of binary, sources and releases.

    matrix.json beside it is the report of the run that compiled.
    """
    driverctl = Driverctl(builds.WORK, built_base / "store", mirror, sources, url)
    report = built_base / "matrix.json"
    with locked("built"):
        if not report.exists():
            report.write_text(builds.compile_all(driverctl, built_base / "mkprecompiled"))
    return driverctl


@pytest.fixture(scope="session")
def small(built) -> Path:
    """The smallest package of NVIDIA's modules."""
    return built.package("6.1", "open")


@pytest.fixture(scope="session")
def wanted(sources, kernels) -> dict[str, object]:
    """Options with which `pull` asks for `small` on a machine that is no such node."""
    return {
        "release": RELEASES["6.1"],
        "kernel": kernels["6.1"],
        "driver": DRIVER,
        "flavour": "open",
        "source_dir": sources,
    }


@pytest.fixture(scope="session")
def mkprecompiled(built, built_base) -> Path:
    """What `update --mkprecompiled` wrote beside the proprietary package for kernel 6.1."""
    return built_base / "mkprecompiled"


@pytest.fixture(scope="session")
def module_certificate(built_base) -> Path:
    """Of the key that signs the second driver's modules; kept with its package."""
    certificate = built_base / "module-signing.crt"
    with locked("module-certificate"):
        if not certificate.exists():
            keys.module_certificate(certificate, "Example module signing")
    return certificate


@pytest.fixture(scope="session")
def second(built_base, mirror, url, module_certificate) -> Driverctl:
    """A store of its own with both packages of another driver version for kernel 6.1, compiled and
    kept like `built`. Their modules are signed; those of `built` are not."""
    sources = Path(shared("second-driver", builds.unpack_second))
    options = {
        "sign": str(module_certificate.with_suffix(".key")),
        "sign_certificate": str(module_certificate),
    }
    store = built_base / "second-store"
    driverctl = Driverctl(builds.WORK, store, mirror, sources, url, options, SECOND_DRIVER)
    with locked("second"):
        builds.compile_second(driverctl)
    return driverctl


@pytest.fixture
def hand_sources(tmp_path) -> Path:
    """What the packages of `make` need of /usr/src."""
    return packages.make_sources(tmp_path / "src")


@pytest.fixture
def make(tmp_path) -> packages.Maker:
    """make(FILE, name=value, ...): a package by hand."""
    return packages.Maker(tmp_path / "maker")


@pytest.fixture(scope="session")
def container_disk(request) -> Path:
    """The driver image's root file system with the packages in its store, as `podman commit` would
    leave it.

    /opt/second/src and /opt/second/store hold the other driver's kernel sources and package (see
    SECOND_OPTIONS).
    """
    # Two workers begin at different ends, so that neither waits for what the other one compiles.
    at_first = os.environ.get("PYTEST_XDIST_WORKER") != "gw1"
    names = ["second", "built"] if at_first else ["built", "second"]
    drivers = {name: request.getfixturevalue(name) for name in names}

    def disk() -> None:
        images.make_container_disk(drivers["built"], drivers["second"])

    shared("container-disk", disk)
    return images.DISK


@pytest.fixture(scope="session")
def made_driver() -> MadeDriver:
    """A driver root and a container's root that are made in a second."""
    tree, container_root = map(Path, shared("made-driver", make_driver))
    return MadeDriver(tree, container_root)


@pytest.fixture(scope="module")
def vm(container_disk, tmp_path_factory) -> Iterator[Vm]:
    """A node with kernel 6.1 and a GPU, fresh for each module."""
    log = tmp_path_factory.mktemp("vm") / "console.log"
    with machine_with_gpu(container_disk, log) as machine:
        yield machine


@pytest.fixture
def untouched(tmp_path_factory) -> Iterator[None]:
    """The test leaves the machine's mounts as they were, and no loop device."""
    machine = Leftovers(tmp_path_factory.getbasetemp())
    mounts, loop_devices = machine.mounts(), machine.loop_devices()
    yield
    assert machine.mounts() == mounts
    assert not machine.new_loop_devices(loop_devices)


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    with hostile_world(tmp_path) as made:
        yield made
