"""docs/compatibility.md, its results, and `ci/compatibility` with a driver that is cheap."""

import shutil
from pathlib import Path

from harness import compatibility_page
from harness.build_roots import with_plain_root
from harness.drivers import TINY_DRIVER
from harness.driverctl import finish
from harness.paths import ROOT
from harness.releases import RELEASES

PAGE = ROOT / "docs/compatibility.md"
RESULTS = ROOT / "docs/compatibility.json"


def test_the_tables_are_what_the_results_say():
    page = PAGE.read_text()
    assert compatibility_page.page_with(page, compatibility_page.read(RESULTS)) == page


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
    error = "nvidia/nv.c: error: 'undeclared' undeclared here (not in a function)"
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
