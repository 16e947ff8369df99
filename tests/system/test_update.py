"""`driverctl update` against a real HTTP server, real images, a real compiler: what it packs, and
when it builds."""

import shutil
import signal

import pytest

from harness import second_reader
from harness.build_roots import in_a_namespace, with_plain_root
from harness.driverctl import finish, start
from harness.drivers import FLAVOURS, TINY_DRIVER
from harness.limits import LIMIT
from harness.packages import flip
from harness.releases import RELEASES
from harness.shell import read_until, sh

INPUTS = {
    "developer-container.bin.bz2 (sha512)",
    "driver-source",
    "driver-core/nvidia/nv-kernel.o_binary",
    "driver-core/nvidia-modeset/nv-modeset-kernel.o_binary",
    "compiler",
    "compiler-proper",
    "assembler",
    "linker",
    "kernel-config",
    "kernel-symvers",
}
MODULES = ["nvidia", "nvidia-uvm", "nvidia-modeset", "nvidia-drm", "nvidia-peermem"]


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("series", RELEASES)
def test_package_holds_what_init_needs(built, kernels, series, flavour):
    manifest = second_reader.manifest_of(built.package(series, flavour))
    modules = {module["name"]: module for module in manifest["modules"]}
    assert list(modules) == MODULES
    assert manifest["kernel"] == kernels[series]
    for module in modules.values():
        assert module["vermagic"].startswith(kernels[series] + " ")
    image = sh("sha512sum", built.mirror.image(RELEASES[series])).split()[0]
    assert manifest["inputs"]["developer-container.bin.bz2 (sha512)"] == image
    assert {name for name in manifest["inputs"] if not name.startswith("patch/")} == INPUTS
    # NVIDIA's core never travels inside.
    for name in ("nvidia", "nvidia-modeset"):
        assert modules[name]["encoding"] == "zstd-delta"


@pytest.mark.parametrize("series, limit", [("6.1", 3_000_000), ("6.12", 5_000_000)])
def test_proprietary_package_is_small(built, series, limit):
    assert built.package(series, "proprietary").stat().st_size <= limit


def test_second_run_finds_the_package_and_fetches_nothing(built):
    done = built.update(mirror="http://127.0.0.1:9")  # nobody listens there
    assert done.rc == 0, done.err
    assert "already has the package" in done.err
    assert done.out.strip().endswith(".tar")


def test_damaged_package_in_the_store_is_built_again(built, tmp_path):
    """The cached image is used: no server is needed for that."""
    store = tmp_path / "store"
    shutil.copytree(built.store, store)
    flip(store / built.package("6.1", "proprietary").relative_to(built.store))
    process = start(built.update_command(store=store, mirror="http://127.0.0.1:9"))
    said = read_until(process, "Compiling the ")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT)
    assert "is not usable and will be replaced" in said
    assert "Compiling the proprietary" in said
    assert process.returncode == 128 + signal.SIGTERM


def test_full_disk(driverctl, tmp_path):
    """The work directory is a file system of 20 MB."""
    (tmp_path / "work").mkdir()
    script = 'mount -t tmpfs -o size=20M tmpfs "$0" && exec "$@"'
    done = finish(in_a_namespace(script, tmp_path / "work", *driverctl.update_command()))
    assert done.rc == 1, done.err
    assert "No space left on device" in done.err
    assert "--work-dir" in done.err
    assert driverctl.packages() == []


def test_build_root_from_a_plain_directory(driverctl, mirror, tmp_path, kernels):
    """A tree with toolchain and headers, no Flatcar: the release's image as a directory, its
    os-release replaced and its /tmp a link, which means one of its own directories."""
    update = driverctl.update_command(kernel=kernels["6.1"], build_root=tmp_path / "tree")
    update = [word for word in update if not word.startswith(("--release", "--mirror"))]
    image = mirror.image(RELEASES["6.1"])
    done = finish(with_plain_root(tmp_path, image, *update))
    assert done.rc == 0, done.err
    assert "for kernel " + kernels["6.1"] in done.err
    (package,) = driverctl.packages()
    assert package.parent.name == "debian-12-x86_64"


def test_not_a_flatcar_node_names_what_is_missing(driverctl):
    argv = [word for word in driverctl.update_command() if not word.startswith("--release")]
    done = finish(argv)
    assert done.rc == 2
    assert "release" in done.err and "--release" in done.err


def test_no_driver_sources(driverctl, tmp_path):
    done = driverctl.update(source_dir=tmp_path)
    assert done.rc == 2
    assert f"sources of driver {TINY_DRIVER} in {tmp_path}, which has none" in done.err
