"""What README and the documents print, for tests that run it as printed."""

import json
from pathlib import Path
from typing import Any

from harness.paths import ROOT


def blocks(document: Path) -> list[list[str]]:
    """The code blocks, fenced or indented, as lines; what goes on behind a backslash is one
    line."""
    found: list[list[str]] = [[]]
    fenced = False
    for line in document.read_text().replace("\\\n", " ").splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            found[-1].append(line.strip())
            continue
        found.append([])
    return [block for block in found if block]


def block_with(text: str) -> list[str]:
    """README's only one that has it."""
    found = [block for block in blocks(ROOT / "README.md") if text in "\n".join(block)]
    (block,) = found
    return block


def printed_hook(page: str) -> dict[str, Any]:
    """The hook of the only hooks file that the page prints."""
    texts = ["\n".join(block) for block in blocks(ROOT / page) if block[0] == "{"]
    (text,) = texts
    hook: dict[str, Any] = json.loads(text)["hook"]
    return hook
