"""What README and the documents print, for tests that run it as printed."""

import json
import re
from dataclasses import dataclass
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


def block_with(text: str, document: str = "README.md") -> list[str]:
    """The document's only one that has it."""
    found = [block for block in blocks(ROOT / document) if text in "\n".join(block)]
    (block,) = found
    return block


def prose(document: Path) -> str:
    """Without its code blocks."""
    return re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S)


def links(document: Path) -> list[str]:
    """Where the document's links lead, as written."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(document))


def anchors(document: Path) -> set[str]:
    """The fragments by which GitHub and mdBook know its headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", prose(document), re.M):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link's text
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        number = sum(re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", one) is not None for one in found)
        found.add(f"{anchor}-{number}" if number else anchor)
    return found


@dataclass(frozen=True)
class Command:
    """A line of a session behind "# ", which is root's, or "$ ", which is the user's, with what the
    page says that it prints: "…" stands for anything, and nothing for whatever comes."""

    line: str
    is_roots: bool
    printed: str

    def check(self, said: str) -> None:
        pattern = ".*".join(map(re.escape, self.printed.split("…")))
        if self.printed:
            assert re.fullmatch(pattern, said.strip(), re.DOTALL), f"{self.line}\n{said}"


def sessions(document: Path) -> list[list[Command]]:
    """The blocks that begin with a prompt. A here-document belongs to its command."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", document.read_text(), re.M | re.S):
        commands = []
        for part in re.split(r"^(?=[#$] )", block, flags=re.M)[1:]:
            line, _, printed = part[2:].replace("\\\n", " ").partition("\n")
            if marker := re.search(r"<<'?(\w+)'?$", line):
                text, _, printed = printed.partition(f"\n{marker[1]}\n")
                line = f"{line}\n{text}\n{marker[1]}\n"
            commands.append(Command(line, part.startswith("#"), printed.strip()))
        found.append(commands)
    return found


def printed_hook(page: str) -> dict[str, Any]:
    """The hook of the only hooks file that the page prints."""
    texts = ["\n".join(block) for block in blocks(ROOT / page) if block[0] == "{"]
    (text,) = texts
    hook: dict[str, Any] = json.loads(text)["hook"]
    return hook
