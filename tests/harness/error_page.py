"""docs/errors.md, out of the sources: every sentence, with its exit code and remedy."""

import re
from collections.abc import Iterable

from harness.error_sentences import Sentence
from harness.paths import ROOT
from harness.usage import NESTED

PAGE = ROOT / "docs/errors.md"
FINDINGS = {
    "What doctor and plan say of a node": ("loader/", "driverctl/"),
    "What doctor --rootless says of a user": ("toolkit/",),
}
AREAS = {  # heading -> the sources that it is about; the first that fits counts
    "Loading the driver": ["loader/"],
    "GPUs and device nodes": ["gpu/", "host/kernel/device_node", "host/kernel/pci"],
    "Commands, options and configuration": ["driverctl/", "host/base/documents/"],
    "Packages and the store": ["precompile/package/", "precompile/matrix/", "host/archive/"],
    "Registries and package sources": ["precompile/share/"],
    "Container images": ["precompile/oci/"],
    "Building a package": ["precompile/", "distribution/"],
    ".run files": ["precompile/installer/"],
    "Releases and mirrors": ["flatcar/", "host/net/"],
    "Keys and signatures": ["host/crypto/"],
    "Containers and their runtimes": ["toolkit/"],
    "Files, processes and the kernel": ["host/"],
}
TOP = """\
# Errors

Every sentence with which the programs fail, and what `doctor` and `plan` find, with the exit code
and the remedy that is printed behind it. `<…>` stands for what differs. Look for a few words of a
message; what stands before it, with a colon, says what it happened to. The most usual ones are
explained in [troubleshooting.md](troubleshooting.md); a cause that ends in `<what the system says>`
is the system's own, and [this table](troubleshooting.md#what-the-system-says) has what to do about
each. Without a remedy the cause says it all, or another message does. "its cause's" is the exit
code of the error that is quoted. What is an error in one command may be a warning in another, which
goes on without.

This page is made of the sources by `ci/error-page`, and a test compares it.
"""


def area_of(file: str) -> str:
    fitting = [
        (len(start), area)
        for area, starts in AREAS.items()
        for start in starts
        if file.startswith(start)
    ]
    return max(fitting)[1]


def in_the_programs_words(text: str) -> str:
    """{work-dir} -> --work-dir, {command:update sign} -> driverctl update --sign."""

    def command(found: re.Match[str]) -> str:
        words = found[1].split()
        size = 2 if words[0] in NESTED else 1
        return " ".join(["driverctl", *words[:size], *(f"--{word}" for word in words[size:])])

    text = re.sub(r"\{command:([^}]*)\}", command, text)
    return re.sub(r"\{([a-z<][^}]*)\}", r"--\1", text)


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("`", "'")


def row(sentence: Sentence) -> str:
    text, remedy = (cell(in_the_programs_words(it)) for it in (sentence.text, sentence.remedy))
    remedy = re.sub(r"<[^<>]*>", r"`\g<0>`", remedy) if remedy != "<remedy>" else ""
    kind = sentence.kind or "its cause's"
    return f"| `{text}` | {kind} | {remedy} |".replace("|  |", "| |")


def table(sentences: Iterable[Sentence], column: str) -> str:
    rows = sorted({row(sentence) for sentence in sentences}, key=str.lower)
    return "\n".join([f"| it says | {column} | what to do |", "|---|---|---|", *rows])


def page_of(sentences: list[Sentence]) -> str:
    findings = [it for it in sentences if it.kind in ("problem", "warning")]
    errors = [it for it in sentences if it not in findings]
    parts = [TOP]
    for heading, places in FINDINGS.items():
        own = [it for it in findings if it.file.startswith(places)]
        parts += [f"## {heading}\n", table(own, "it is a") + "\n"]
    for area in AREAS:
        own = [it for it in errors if area_of(it.file) == area]
        parts += [f"## {area}\n", table(own, "exit code") + "\n"]
    return "\n".join(parts)
