"""Which drivers compile for which kernels, found out by `driverctl update --build-root`.

A cell is one kernel with one driver. Where driverctl refuses it, it is compiled with `--force`: a
refusal is right only if the compiler agrees. What became of the cells is docs/compatibility.json,
of which harness/compatibility_page.py makes the page.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from harness.driverctl import command, finish
from harness.limits import LONG_LIMIT

WORK = Path("build/compatibility")
FOLDERS = {"proprietary": "kernel", "open": "kernel-open"}  # of a driver's flavour
NOT_LOADABLE = 6  # driverctl's exit code
# What driverctl logs before it compiles, and what a failed compilation is not to blame for.
PATCHED = re.compile(r"patched for kernel .*, (\S+\.patch)$")
OF_THE_MACHINE = re.compile(r"the compiler was killed|no space was left")


@dataclass(frozen=True)
class Kernel:
    release: str  # as uname -r prints it
    package: str  # Debian's version of it
    suite: str
    compiler: str  # as the headers' package names it: gcc-12

    @property
    def series(self) -> str:
        return ".".join(re.findall(r"\d+", self.release)[:2])


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
    patch: str = ""  # of those that driverctl carries, the one that it took


class Supply(Protocol):
    """Where kernels and drivers come from."""

    def kernels(self) -> list[Kernel]:
        ...

    def drivers(self) -> list[Driver]:
        ...

    def inputs(self, kernel: Kernel, driver: Driver) -> list[str]:
        ...

    def build_root(self, kernel: Kernel) -> AbstractContextManager[Path]:
        ...

    def sources(self, driver: Driver) -> AbstractContextManager[Path]:
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
        said = update(**options)
        refused = ""
        if said[-1].get("exit_code") == NOT_LOADABLE and not any(work.rglob("*.log")):
            refused = sentence(said[-1])
            said = update("--force", **options)
        failure = sentence(said[-1])
        keep_logs(work, cell)
        if failure and (not any(work.rglob("*.log")) or OF_THE_MACHINE.match(failure)):
            raise RuntimeError(said[-1]["message"])  # which says nothing of the cell
    matches = [PATCHED.match(it["message"]) for it in said]
    return replace(
        cell,
        refused=refused,
        compiled="failed" if failure else "built",
        failure=failure,
        patch=", ".join(it[1] for it in matches if it),
    )


def keep_logs(work: Path, cell: Cell) -> None:
    """The compiler's, for whoever wants to know more than the first error."""
    folder = WORK / "logs"
    folder.mkdir(exist_ok=True)
    name = f"{cell.kernel} {cell.driver}.log".replace("/", "-").replace(" ", "_")
    for log in work.rglob("*.log"):
        shutil.copyfile(log, folder / name)


def update(*words: str, **options: object) -> list[dict[str, Any]]:
    """What `driverctl update` logged; the last line has a cause and an exit code if it failed."""
    done = finish(command("update", *words, **options), timeout=LONG_LIMIT)
    said = [json.loads(line) for line in done.err.splitlines()]
    if not said or done.rc != said[-1].get("exit_code", 0):
        raise RuntimeError(f"driverctl ended with {done.rc}: {done.err}")
    return said


def sentence(said: dict[str, Any]) -> str:
    """The first line of an error, without what it says of every cell; empty of another line."""
    first = str(said.get("cause", "")).partition("\n")[0]
    first = re.sub(r"^driver \S+ \(\w+\) does not compile for kernel \S+: ", "", first)
    return re.sub(r"^(/tmp/nvidia/)?(\S+?)(:\d+)+:", r"\2:", first)
