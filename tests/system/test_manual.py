"""The manual's pages, as the build has made them: what mandoc says of them, and what is read."""

import re
from pathlib import Path

import pytest

from harness.driverctl import finish
from harness.paths import BINARY
from harness.shell import sh

PAGES = sorted((BINARY.parents[1] / "manual").glob("*.[58]"))


def read(page: Path) -> str:
    """As on a terminal that has no bold and no underlined letters."""
    return re.sub(".\b", "", sh("mandoc", "-T", "utf8", "-O", "width=400", page))


def test_mandoc_finds_nothing_wrong():
    """No error, no warning, and nothing of style. Pages that are referred to lie beside each
    other."""
    assert len(PAGES) > 30
    names = [page.name for page in PAGES]
    done = finish(["mandoc", "-T", "lint", "-W", "all", *names], cwd=PAGES[0].parent)
    assert (done.rc, done.out, done.err) == (0, "", "")


def test_mandoc_finds_what_is_wrong(tmp_path):
    bad = tmp_path / "bad.8"
    bad.write_text(PAGES[0].read_text().replace(".Sh SYNOPSIS", ".Sh SYNOPSIS\n.Nonsense"))
    with pytest.raises(RuntimeError):
        sh("mandoc", "-T", "lint", bad)


def test_pages_name_no_page_that_is_not_there():
    named = {
        f"{name}.{section}"
        for page in PAGES
        for name, section in re.findall(r"^\.Xr (\S+) (\d)", page.read_text(), re.MULTILINE)
    }
    assert {page.name for page in PAGES} >= named > {"driverctl.8", "driverctl.toml.5"}


COMMANDS: dict[str, list[str]] = {  # page -> the words of the command
    "driverctl": [],
    "driverctl-init": ["init"],
    "driverctl-package-list": ["package", "list"],
    "driverctl-runtime-configure": ["runtime", "configure"],
    "driverctl-reload_nvidia_peermem": ["reload_nvidia_peermem"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_page_has_every_flag_of_the_commands_help(name):
    page = read(BINARY.parents[1] / f"manual/{name}.8")
    flags = set(
        re.findall(r"^  (?:-\w,)?(--[a-z][\w.-]+)", sh(BINARY, *COMMANDS[name], "--help"), re.M)
    )
    assert flags and flags <= set(re.findall(r"--[a-z][\w.-]*\w", page))


def test_page_reads_like_this():
    page = read(BINARY.parents[1] / "manual/driverctl-init.8")
    paragraph = re.search(r"^ +--persistence WORD\n((?: .*\n)+)", page, re.MULTILINE)
    assert paragraph and " ".join(paragraph[1].split()) == (
        "The persistence daemon: required (init fails without it), optional, off. One of required, "
        'optional, off. Default: "required". Environment: DRIVERCTL_PERSISTENCE.'
    )
