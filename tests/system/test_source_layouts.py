"""Driver sources in the layouts that occur, compiled in a Debian that was unpacked as a build root:
there lib/modules/K/build is an absolute link, which on this machine leads elsewhere."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.driverctl import Driverctl, Finished, finish, run
from harness.drivers import TINY_DRIVER
from harness.paths import FIXTURES
from harness.shell import material, sh


@dataclass(frozen=True)
class BuildRoot:
    path: Path
    kernel: str

    @property
    def headers(self) -> Path:
        return self.path / f"usr/src/linux-headers-{self.kernel}"


def unpack(debs: Iterable[Path], root: Path) -> None:
    script = 'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink -C "$1"'
    for deb in debs:
        sh("sh", "-c", script, deb, root)


def make_build_root(root: Path, debs: list[Path], kernel: str) -> BuildRoot:
    """The toolchain of the mirror's releases, and Debian's packages as they are."""
    sh("tar", "-xf", FIXTURES / "toolchain.tar", "-C", root)
    unpack(debs, root)
    assert os.readlink(root / f"lib/modules/{kernel}/build").startswith("/usr/src/")
    return BuildRoot(root, kernel)


def headers(series: str) -> list[Path]:
    debs = FIXTURES / f"debs/kernel-{series}"
    return [*debs.glob("linux-headers-*.deb"), *debs.glob("linux-kbuild-*.deb")]


@pytest.fixture(scope="module")
def debian(mirror, tmp_path_factory) -> BuildRoot:
    return make_build_root(tmp_path_factory.mktemp("debian"), headers("6.1"), mirror.kernel("6.1"))


def flat(sources: Path, name: str, licence: str) -> Path:
    """One flavour, told by what nv.c says."""
    tree = sources / name
    shutil.copytree(sources / "kernel", tree)
    code = tree / "nvidia/nv.c"
    code.write_text(code.read_text().replace('LICENSE("NVIDIA")', f'LICENSE("{licence}")'))
    return tree


def installer(sources: Path) -> None:
    target = sources / f"nvidia-{TINY_DRIVER}"
    target.mkdir()
    shutil.copytree(sources / "kernel", target / "kernel")


def run_file(sources: Path) -> None:
    target = sources / f"NVIDIA-Linux-x86_64-{TINY_DRIVER}"
    target.mkdir()
    shutil.copytree(sources / "kernel", target / "kernel")
    (target / ".manifest").touch()


def debian_source(sources: Path) -> None:
    """Nothing but Kbuild says the version."""
    (sources / "modules").mkdir()
    tree = flat(sources, "modules/nvidia-kernel", "NVIDIA")
    with open(tree / "Kbuild", "a") as kbuild:
        kbuild.write(f'ccflags-y += -DNV_VERSION_STRING=\\"{TINY_DRIVER}\\"\n')


def repository(sources: Path) -> None:
    """After its make: the core is a link, and objects for another kernel lie about."""
    target = sources / f"open-gpu-kernel-modules-{TINY_DRIVER}"
    tree = flat(sources, f"{target.name}/kernel-open", "Dual MIT/GPL")
    (target / "version.mk").write_text(f"NVIDIA_VERSION = {TINY_DRIVER}\n")
    for module, core in (("nvidia", "nv-kernel"), ("nvidia-modeset", "nv-modeset-kernel")):
        made = target / f"src/{module}/_out/Linux_x86_64/{core}.o"
        made.parent.mkdir(parents=True)
        link = tree / module / f"{core}.o_binary"
        link.rename(made)
        link.symlink_to(f"../../src/{module}/_out/Linux_x86_64/{core}.o")
    for left in ("nvidia/nv.o", "nvidia.ko", "conftest/functions.h"):
        (tree / left).parent.mkdir(exist_ok=True)
        (tree / left).write_text("of another kernel")


LAYOUTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "installer": ("proprietary", installer),
    "flat": ("open", lambda src: flat(src, f"nvidia-{TINY_DRIVER}", "Dual MIT/GPL")),
    "debian": ("proprietary", lambda src: flat(src, f"nvidia-current-{TINY_DRIVER}", "NVIDIA")),
    "debian-source": ("proprietary", debian_source),
    "run-file": ("proprietary", run_file),
    "repository": ("open", repository),
}


@pytest.fixture
def sources(tiny_sources, tmp_path) -> Path:
    """With one tree, `kernel`, to make layouts of."""
    folder = tmp_path / "src"
    shutil.copytree(tiny_sources / f"nvidia-{TINY_DRIVER}/kernel", folder / "kernel")
    return folder


def update(driverctl: Driverctl, root: BuildRoot, sources: Path, **more: object) -> Finished:
    argv = driverctl.update_command(
        kernel=root.kernel, build_root=root.path, source_dir=sources, **more
    )
    return finish([word for word in argv if not word.startswith(("--release", "--mirror"))])


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_is_listed_and_compiles(name, driverctl, debian, sources):
    flavour, make = LAYOUTS[name]
    make(sources)
    shutil.rmtree(sources / "kernel")
    listed = json.loads(run("driver", "list", "--json", source_dir=sources).out)
    (driver,) = listed["drivers"]
    assert driver["layout"] == name.removesuffix("-source") and driver["missing"] == []
    assert (driver["driver"], driver["flavour"]) == (TINY_DRIVER, flavour)

    done = update(driverctl, debian, sources, flavour=flavour, driver="1")
    assert done.rc == 0, done.err
    (package,) = driverctl.packages()
    inputs = json.loads(run("package", "inspect", "--json", package).out)["manifest"]["inputs"]
    symvers = (debian.headers / "Module.symvers").read_bytes()
    assert inputs["kernel-symvers"] == hashlib.sha256(symvers).hexdigest()
    assert run("package", "verify", package, source_dir=sources).rc == 0


def test_link_out_of_the_sources_is_refused(driverctl, debian, sources):
    installer(sources)
    core = sources / f"nvidia-{TINY_DRIVER}/kernel/nvidia/nv-kernel.o_binary"
    core.unlink()
    core.symlink_to(sources / "kernel/nvidia/nv-kernel.o_binary")
    done = update(driverctl, debian, sources, flavour="proprietary")
    assert done.rc == 1
    assert f"{core} leads out of the driver's sources" in done.err
    assert driverctl.packages() == []


def test_source_directory_that_is_not_there(tmp_path):
    done = run("driver", "list", source_dir=tmp_path / "none")
    assert (done.rc, done.out) == (2, "")
    assert f"cannot list {tmp_path}/none: No such file or directory" in done.err


def test_what_a_build_root_lacks(driverctl, debian, tmp_path):
    """The link's target is on this machine, and not in the root."""
    root = tmp_path / "root"
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/make").touch()
    (root / "lib/modules/6.1").mkdir(parents=True)
    (root / "lib/modules/6.1/build").symlink_to(debian.headers)
    done = update(driverctl, BuildRoot(root, "6.1"), driverctl.sources)
    assert done.rc == 2
    assert f"lib/modules/6.1/build leads to {debian.headers}, which is missing there" in done.err
    assert "it has build trees of no kernel" in done.err
    other = update(driverctl, BuildRoot(debian.path, "6.2"), driverctl.sources)
    assert other.rc == 2
    assert f"lib/modules/6.2/build is missing; it has build trees of {debian.kernel}" in other.err


def test_kernel_whose_build_makes_btf(driverctl, mirror, tmp_path):
    """pahole reads debug information, which no finished module has."""
    root = tmp_path / "root"
    root.mkdir()
    debian = make_build_root(root, headers("6.12"), mirror.kernel("6.12"))
    assert (debian.headers / "vmlinux").exists()
    done = update(driverctl, debian, driverctl.sources, flavour="open")
    assert done.rc == 2
    assert f"lacks what compiling for kernel {debian.kernel} runs: pahole. Install" in done.err
    unpack(Path(material("fetch-debs", "pahole")).glob("*.deb"), root)
    done = update(driverctl, debian, driverctl.sources, flavour="open")
    assert done.rc == 0, done.err
    (package,) = driverctl.packages()
    sh("tar", "-xf", package, "-C", tmp_path, "nvidia-uvm.ko.zst")
    sh("zstd", "-dq", tmp_path / "nvidia-uvm.ko.zst")
    sections = sh("readelf", "--sections", "--wide", tmp_path / "nvidia-uvm.ko")
    assert " .BTF " in sections and " .debug_info " not in sections
