"""Debian's kernels and NVIDIA's drivers that Debian packages, as driverctl meets them: a build root
for each kernel, and the sources of each driver."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.compatibility import WORK, Driver, Kernel
from harness.debian_packages import Archive, Package
from harness.shell import sh

STABLE = [
    *("bookworm", "bookworm-updates", "bookworm-security", "bookworm-backports"),
    *("trixie", "trixie-updates", "trixie-security", "trixie-backports"),
]
BUILD_TREES = r"linux-(headers|kbuild)-[0-9].*"
SOURCES = r"nvidia(-open|-tesla|-tesla-470|-tesla-535|-tesla-550)?-kernel-source"


class Debian:
    def __init__(self) -> None:
        WORK.mkdir(parents=True, exist_ok=True)
        suites = [*STABLE, "sid", "experimental"]
        self._archive = Archive(WORK / "apt", suites, "main contrib non-free")
        self._archive.update()
        self._parts: dict[str, list[Package]] = {}  # of a kernel's build tree, by its release
        self._packages: dict[str, Package] = {}  # a driver's, by its label

    def kernels(self) -> list[Kernel]:
        """Of each series in a stable Debian the newest kernel, also for clouds and for real time.
        Those of sid come as backports."""
        groups: dict[tuple[str, str], list[Kernel]] = {}
        packages = self._archive.packages(BUILD_TREES)
        for headers in packages:
            compiler = re.search(r"gcc-\d+", " ".join(headers.depends))
            if not compiler or not headers.name.endswith("-amd64") or headers.suite not in STABLE:
                continue  # a part of a build tree, or a name for the newest, or of sid
            release = headers.name.removeprefix("linux-headers-")
            kernel = Kernel(release, headers.version, headers.suite, compiler[0])
            self._parts[release] = parts_of(headers, packages)
            groups.setdefault((kernel.series, base_of(kernel)), []).append(kernel)
        return [it for group in groups.values() for it in group if it.package == group[-1].package]

    def drivers(self) -> list[Driver]:
        """Of each branch of NVIDIA's that a source of Debian's has had, the newest package."""
        newest: dict[tuple[str, str], Driver] = {}
        for package in self._archive.packages(SOURCES):
            flavour = "open" if "-open-" in package.name else "proprietary"
            version = package.version.rpartition("-")[0]
            line = (package.name, version.partition(".")[0])
            newest.pop(line, None)  # for the order of versions
            newest[line] = Driver(version, flavour, package.label, package.suite)
            self._packages[package.label] = package
        return list(newest.values())

    def inputs(self, kernel: Kernel, driver: Driver) -> list[str]:
        packages = [*self._parts[kernel.release], self._packages[driver.package]]
        return [f"{it.label} {it.sha256}" for it in packages]

    @contextmanager
    def build_root(self, kernel: Kernel) -> Iterator[Path]:
        """As Debian's packages make it when they are installed."""
        tar = self._toolchain(kernel)
        with tempfile.TemporaryDirectory(dir=WORK, prefix="root.") as folder:
            root = Path(folder).absolute()
            sh("tar", "-xf", tar, "-C", root)
            for part in self._parts[kernel.release]:
                self._archive.unpack(part, root)
            yield root

    @contextmanager
    def sources(self, driver: Driver) -> Iterator[Path]:
        """As a driver image has them: nvidia-VERSION/kernel or kernel-open."""
        with tempfile.TemporaryDirectory(dir=WORK, prefix="sources.") as folder:
            work = Path(folder).absolute()
            self._archive.unpack(self._packages[driver.package], work, "./usr/src")
            (tar,) = (work / "usr/src").glob("*.tar.xz")
            sh("tar", "-xf", tar, "-C", work)
            (modules,) = (work / "modules").iterdir()
            apply_patches(modules)
            target = work / f"usr/src/nvidia-{driver.version}"
            target.mkdir()
            modules.rename(target / driver.folder)
            yield target.parent

    def _toolchain(self, kernel: Kernel) -> Path:
        """A tar of the Debian's root file system with the compiler that the headers name."""
        base = base_of(kernel)
        tar = WORK / f"{base}-{kernel.compiler}.tar"
        time64 = "" if base == "bookworm" else "t64"
        packages = ["gcc", kernel.compiler, "libc6-dev", "make", "binutils", "bc", "xz-utils"]
        packages += ["kmod", "pahole", f"libelf1{time64}", f"libssl3{time64}"]
        left_out = [f"--dpkgopt=path-exclude=/usr/share/{it}/*" for it in ("doc", "man", "locale")]
        debian = ["mmdebstrap", "--quiet", "--variant=minbase", *left_out]
        debian += ["--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Check-Valid-Until "false"']
        debian += [f"--include={','.join(packages)}", base, str(tar), self._archive.mirror]
        state = self._archive.state_of(base)
        sh("ci/cached", tar.stem, tar, "--input", state, "--", *debian)
        return tar


def base_of(kernel: Kernel) -> str:
    """The stable Debian that a kernel is for."""
    return kernel.suite.partition("-")[0]


def apply_patches(sources: Path) -> None:
    """470's package has Debian's patches beside the sources; its debian/rules applies them before
    it calls make, and quilt writes down that they are. The others' sources are patched already."""
    patches = sources / "debian/patches"
    series = patches / "series"
    lines = series.read_text().splitlines() if series.exists() else []
    names = [line for line in lines if line and not line.startswith("#")]
    for name in names:
        sh("patch", "--batch", "--quiet", "-p1", "-d", sources, "-i", patches / name)
    if names:
        (sources / ".pc").mkdir()
        (sources / ".pc/applied-patches").write_text("".join(f"{it}\n" for it in names))


def parts_of(headers: Package, packages: list[Package]) -> list[Package]:
    parts = [headers]
    for name in headers.depends:
        every = [it for it in packages if it.name == name]
        if every:
            parts.append(next((it for it in every if it.version == headers.version), every[-1]))
    return parts
