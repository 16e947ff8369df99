"""docs/README.md as the contents of a book: every page is in it once, and every link leads
somewhere."""

import re
from pathlib import Path

import pytest

from harness.documents import anchors, links
from harness.paths import ROOT
from harness.shell import sh
from harness.usage import commands, help_of

PAGES = sorted((ROOT / "docs").glob("**/*.md"))
CONTENTS = ROOT / "docs/README.md"
DOCUMENTS = [ROOT / name for name in sh("git", "-C", ROOT, "ls-files", "*.md").split()]


def test_every_page_is_in_the_contents_once():
    listed = sorted(
        CONTENTS.parent / link for link in links(CONTENTS) if not link.startswith("../")
    )
    assert listed == [page for page in PAGES if page != CONTENTS]


def problem_of(document: Path, link: str) -> str:
    if re.match(r"https?:", link):
        return ""
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    if not target.exists():
        return f"{link}: there is no such file"
    if ROOT not in target.resolve().parents:
        return f"{link}: leads out of the repository"
    if anchor and anchor not in anchors(target):
        return f"{link}: has no such heading, but {', '.join(sorted(anchors(target)))}"
    return ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda it: str(it.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    assert [said for link in links(document) if (said := problem_of(document, link))] == []


def test_what_is_wrong_with_a_link(tmp_path):
    """So that the test above can fail."""
    page = ROOT / "docs/settings.md"
    assert "no such file" in problem_of(page, "nothing.md")
    assert "no such heading" in problem_of(page, "#nothing")
    assert "out of the repository" in problem_of(page, "../../..")
    assert problem_of(page, "cdi.md") == problem_of(page, "#log") == ""


def test_headings_that_come_twice_are_numbered(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One: `two`\n## [Three](x.md) four\n## One two\n```\n# none\n```\n")
    assert anchors(page) == {"one-two", "three-four", "one-two-1"}


def test_page_of_schemas_has_every_schema_and_every_command():
    page = ROOT / "docs/schemas/README.md"
    files = sorted(page.parent.glob("*.schema.json"))
    assert sorted(page.parent / link for link in links(page) if link.endswith("json")) == files
    rows = re.findall(r"^\| \[\S+\]\(\S+\) \| (.*?) \|", page.read_text(), re.M)
    named = {name for row in rows for name in re.findall(r"`([a-z ]+)`", row)}
    assert named == {name for name in commands() if "--json " in help_of(name)}
