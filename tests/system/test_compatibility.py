"""docs/compatibility.md, its results, and `ci/compatibility` with a driver that is cheap."""

import re
import shutil
from pathlib import Path

import pytest

from harness import compatibility, compatibility_page
from harness.build_roots import with_plain_root
from harness.compatibility import Cell, Driver, Kernel
from harness.drivers import TINY_DRIVER
from harness.driverctl import finish
from harness.paths import ROOT
from harness.releases import RELEASES

PAGE = ROOT / "docs/compatibility.md"
RESULTS = ROOT / "docs/compatibility.json"


def test_the_tables_are_what_the_results_say():
    page = PAGE.read_text()
    assert compatibility_page.page_with(page, compatibility_page.read(RESULTS)) == page


KNOWN = "it is known"
ERROR = "no such function"


@pytest.mark.parametrize(
    ("refused", "compiled", "failure", "patch", "word"),
    [
        ("", "built", "", "", "built"),
        ("", "built", "", "a.patch", "built, patched"),
        ("", "failed", ERROR, "", "failed (1)"),
        (KNOWN, "failed", ERROR, "", "refused (1)"),
        (KNOWN, "built", "", "", "refused (1), but builds"),
        (KNOWN, "", "", "", "refused (1), not run"),
    ],
)
def test_word_of_a_cell(refused, compiled, failure, patch, word):
    sentences: dict[str, int] = {}
    cell = Cell("6.1", "driver", "", refused, compiled, failure, patch)
    assert compatibility_page.word_for(cell, sentences) == word
    assert list(sentences) == [it for it in [refused or failure] if it]


def test_cells_of_a_cheap_driver(mirror, tmp_path, kernels, tiny_sources):
    """One flavour compiles, the sources of the other have an error; a second run has nothing to
    do."""
    sources, results = tmp_path / "src", tmp_path / "results.json"
    shutil.copytree(tiny_sources, sources)
    broken = sources / f"nvidia-{TINY_DRIVER}/kernel/nvidia/nv.c"
    broken.write_text("int broken = undeclared;\n")
    run = [ROOT / "ci/compatibility", "--build-root", tmp_path / "tree"]
    run += ["--source-dir", sources, "--results", results]
    twice = ["sh", "-c", '"$@" && echo again && "$@"', "sh", *run]
    done = finish(with_plain_root(tmp_path, mirror.image(RELEASES["6.1"]), *twice))
    assert done.rc == 0, done.err
    place = "/var/build/nvidia"  # behind the root's link /tmp
    error = f"{place}/nvidia/nv.c: error: 'undeclared' undeclared here (not in a function)"
    assert outcomes(results) == [
        (kernels["6.1"], f"nvidia-{TINY_DRIVER}/kernel", "failed", error),
        (kernels["6.1"], f"nvidia-{TINY_DRIVER}/kernel-open", "built", ""),
    ]
    first, second = done.out.split("again\n")
    assert [line.split()[-1] for line in first.splitlines()] == ["function))", "built"]
    assert second == ""


def outcomes(results: Path) -> list[tuple[str, str, str, str]]:
    cells = compatibility_page.read(results).cells.values()
    return [(it.kernel, it.driver, it.compiled, it.failure) for it in cells]


def test_refused_cells_are_refused_today(tmp_path, tiny_sources):
    """Before anything is compiled: there is nothing in the build root to compile with."""
    results = compatibility_page.read(RESULTS)
    kernels = {it.release: it for it in results.kernels}
    drivers = {it.package: it for it in results.drivers}
    refused = [it for it in results.cells.values() if it.refused]
    assert refused
    for cell in refused:
        kernel, driver = kernels[cell.kernel], drivers[cell.driver]
        root = tmp_path / "roots" / kernel.release
        sources = tmp_path / "sources" / driver.package
        if not root.exists():
            make_empty_root(root, kernel)
        if not sources.exists():
            make_sources(sources, driver, tiny_sources)
        said = compatibility.update(
            kernel=kernel.release,
            driver=driver.version,
            flavour=driver.flavour,
            build_root=root,
            source_dir=sources,
            log_format="json",
            work_dir=tmp_path / "work",
            store=tmp_path / "store",
        )
        assert said[-1].get("exit_code") == compatibility.NOT_LOADABLE, said
        assert compatibility.sentence(said[-1]) == cell.refused


def make_empty_root(root: Path, kernel: Kernel) -> None:
    """What the headers' package says of the kernel; no compiler, no headers."""
    tree = root / "usr/lib/modules" / kernel.release / "build"
    version = tree / "include/generated/uapi/linux/version.h"
    version.parent.mkdir(parents=True)
    names = ("MAJOR", "PATCHLEVEL", "SUBLEVEL")
    numbers = re.findall(r"\d+", kernel.package)
    lines = (f"#define LINUX_VERSION_{it[0]} {it[1]}\n" for it in zip(names, numbers))
    version.write_text("".join(lines))
    for name in ("Makefile", "Module.symvers"):
        (tree / name).touch()
    config = "CONFIG_PREEMPT_RT=y\n" if "-rt-" in kernel.release else ""
    (tree / ".config").write_text(f"CONFIG_MODULES=y\n{config}")
    (root / "lib").symlink_to("usr/lib")
    for folder in ("etc", "dev", "proc", "tmp", "usr/bin"):
        (root / folder).mkdir()
    (root / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    (root / "usr/bin/make").touch(0o755)


def make_sources(sources: Path, driver: Driver, tiny_sources: Path) -> None:
    """Of the small driver, under the name of another and with Debian's changelog."""
    target = sources / f"nvidia-{driver.version}" / driver.folder
    shutil.copytree(tiny_sources / f"nvidia-{TINY_DRIVER}" / driver.folder, target)
    (target / "debian").mkdir()
    revision = driver.package.split()[1]
    (target / "debian/changelog").write_text(f"nvidia ({revision}) sid; urgency=medium\n")
