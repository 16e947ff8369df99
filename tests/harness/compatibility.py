"""Which drivers compile for which kernels, found out by `driverctl update --build-root`.

A cell is one kernel with one driver. Where driverctl refuses it, it is compiled with `--force`: a
refusal is right only if the compiler agrees. What became of the cells is docs/compatibility.json,
of which harness/compatibility_page.py makes the page.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from harness.driverctl import command, finish

WORK = Path("build/compatibility")
FOLDERS = {"proprietary": "kernel", "open": "kernel-open"}  # of a driver's flavour
NOT_LOADABLE = 6  # driverctl's exit code
LONGEST = 3600  # seconds that a compilation may take


@dataclass(frozen=True)
class Kernel:
    release: str  # as uname -r prints it
    package: str  # Debian's version of it
    suite: str
    compiler: str  # as the headers' package names it: gcc-12

    @property
    def series(self) -> str:
        return ".".join(re.findall(r"\d+", self.release)[:2])

    @property
    def is_special(self) -> bool:
        return self.release.endswith(("-cloud-amd64", "-rt-amd64"))


@dataclass(frozen=True)
class Driver:
    version: str  # NVIDIA's
    flavour: str
    package: str  # name and version
    suite: str

    @property
    def folder(self) -> str:
        return FOLDERS[self.flavour]


@dataclass(frozen=True)
class Cell:
    kernel: str  # its release
    driver: str  # its package
    inputs: str  # SHA-256 of what it is compiled of
    refused: str = ""  # what driverctl says instead of compiling it
    compiled: str = ""  # built or failed; empty: not run
    failure: str = ""  # the first error


class Supply(Protocol):
    """Where kernels and drivers come from."""

    def kernels(self) -> list[Kernel]:
        ...

    def drivers(self) -> list[Driver]:
        ...

    def inputs(self, kernel: Kernel, driver: Driver) -> list[str]:
        ...

    def build_root(self, kernel: Kernel) -> Any:
        ...

    def sources(self, driver: Driver) -> Any:
        ...


class Folders:
    """A build root and a directory with nvidia-VERSION/{kernel,kernel-open} of one's own."""

    def __init__(self, root: Path, sources: Path):
        self._root = root
        self._sources = sources

    def kernels(self) -> list[Kernel]:
        modules = sorted((self._root / "lib/modules").iterdir())
        return [Kernel(it.name, "", str(self._root), "gcc") for it in modules]

    def drivers(self) -> list[Driver]:
        return [
            Driver(it.name.removeprefix("nvidia-"), flavour, f"{it.name}/{folder}", "")
            for it in sorted(self._sources.glob("nvidia-*"))
            for flavour, folder in FOLDERS.items()
            if (it / folder).is_dir()
        ]

    def inputs(self, kernel: Kernel, driver: Driver) -> list[str]:
        return [str(self._root), kernel.release, str(self._sources), driver.package]

    @contextmanager
    def build_root(self, _: Kernel) -> Iterator[Path]:
        yield self._root

    @contextmanager
    def sources(self, _: Driver) -> Iterator[Path]:
        yield self._sources


def cell_of(supply: Supply, kernel: Kernel, driver: Driver) -> Cell:
    text = "".join(f"{it}\n" for it in supply.inputs(kernel, driver))
    return Cell(kernel.release, driver.package, hashlib.sha256(text.encode()).hexdigest())


def compiled(cell: Cell, driver: Driver, root: Path, sources: Path) -> Cell:
    """The cell with what became of it."""
    with tempfile.TemporaryDirectory(dir=WORK, prefix="cell.") as folder:
        work = Path(folder).absolute()
        options: dict[str, object] = {
            **{"kernel": cell.kernel, "driver": driver.version, "flavour": driver.flavour},
            **{"build_root": root, "source_dir": sources, "log_format": "json"},
            **{"work_dir": work / "work", "store": work / "store"},
        }
        error = update(**options)
        refused = ""
        if error.get("exit_code") == NOT_LOADABLE and not any(work.rglob("*.log")):
            refused = sentence(error)
            error = update("--force", **options)
    outcome = "failed" if error else "built"
    return replace(cell, refused=refused, compiled=outcome, failure=sentence(error))


def update(*words: str, **options: object) -> dict[str, Any]:
    """The error of `driverctl update`, empty if there was none."""
    done = finish(command("update", *words, **options), timeout=LONGEST)
    errors = [it for it in map(json.loads, done.err.splitlines()) if it["level"] == "error"]
    return dict(errors[-1]) if done.rc != 0 else {}


def sentence(error: dict[str, Any]) -> str:
    """The first line of what driverctl said, without what it says of every cell."""
    first = str(error.get("cause", "")).partition("\n")[0]
    first = re.sub(r"^driver \S+ \(\w+\) does not compile for kernel \S+: ", "", first)
    return re.sub(r"/tmp/nvidia/(\S+?)(:\d+)+:", r"\1:", first)
