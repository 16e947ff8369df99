"""What became of the cells of ci/compatibility, as a file, docs/compatibility.json, and as the
tables of docs/compatibility.md. The file has one line for each kernel, driver and cell."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from harness.compatibility import Cell, Driver, Kernel

BEGIN = "<!-- What follows is made by ci/compatibility --table. -->\n"


@dataclass
class Results:
    """`kernels` and `drivers` are what there was last, in the page's order."""

    kernels: list[Kernel] = field(default_factory=list)
    drivers: list[Driver] = field(default_factory=list)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    def put(self, cell: Cell) -> None:
        self.cells[cell.kernel, cell.driver] = cell


def read(file: Path) -> Results:
    if not file.exists():
        return Results()
    value = json.loads(file.read_text())
    results = Results(
        [Kernel(**it) for it in value["kernels"]], [Driver(**it) for it in value["drivers"]]
    )
    for it in value["cells"]:
        results.put(Cell(**it))
    return results


def write(file: Path, results: Results) -> None:
    """Without the cells of what is there no longer. It appears by rename."""
    order = [(k.release, d.package) for k in results.kernels for d in results.drivers]
    cells = [asdict(results.cells[key]) for key in order if key in results.cells]
    parts = {
        "kernels": [asdict(it) for it in results.kernels],
        "drivers": [asdict(it) for it in results.drivers],
        "cells": [{name: value for name, value in it.items() if value} for it in cells],
    }
    lines = {name: ",\n".join(map(json.dumps, part)) for name, part in parts.items()}
    text = ",\n".join(f'"{name}": [\n{part}\n]' for name, part in lines.items())
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.write_text(f"{{\n{text}\n}}\n")
    new.rename(file)


def tables(results: Results) -> str:
    """A table for each series in a Debian, and the numbered sentences that they refer to."""
    sentences: dict[str, int] = {}
    groups: dict[str, list[Kernel]] = {}
    for kernel in results.kernels:
        groups.setdefault(title_of(kernel), []).append(kernel)
    text = ""
    for title, kernels in groups.items():
        rows = [["driver", "flavour", "package", *(head_of(it) for it in kernels)]]
        rows.append(["---"] * len(rows[0]))
        for driver in results.drivers:
            package = driver.package.replace("-kernel-source", "")
            cells = [results.cells.get((it.release, driver.package)) for it in kernels]
            words = [word_for(cell, sentences) for cell in cells]
            rows.append([driver.version, driver.flavour, package, *words])
        text += f"\n### {title}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    numbered = "".join(f"| {number} | `{it}` |\n" for it, number in sentences.items())
    return f"{text}\n### What was said\n\n| | |\n|---|---|\n{numbered}"


def title_of(kernel: Kernel) -> str:
    return f"Linux {kernel.series} of {kernel.suite.partition('-')[0]}, {kernel.compiler}"


def head_of(kernel: Kernel) -> str:
    return f"{kernel.release}, {kernel.package}"


def word_for(cell: Cell | None, sentences: dict[str, int]) -> str:
    if not cell:
        return "not run"
    said = cell.refused or cell.failure
    number = f" ({sentences.setdefault(said, len(sentences) + 1)})" if said else ""
    if not cell.refused:
        return cell.compiled + (", patched" if cell.patch else "") + number
    outcome = {"built": ", but builds", "failed": "", "": ", not run"}[cell.compiled]
    return f"refused{number}{outcome}"


def page_with(page: str, results: Results) -> str:
    """The page with its tables made anew."""
    before, marker, _ = page.partition(BEGIN)
    if not marker:
        raise RuntimeError(f"the page has no line {BEGIN!r}")
    return before + BEGIN + tables(results)
