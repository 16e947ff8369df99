"""docs/errors.md and docs/troubleshooting.md against the sources and against what the program
says."""

import re
from collections.abc import Iterable

import pytest

from harness import error_page
from harness.cpp_text import source_of, texts_of, tokens_of
from harness.documents import blocks
from harness.driverctl import run
from harness.error_sentences import DEFINITION, project_sentences, sites_in, words_in
from harness.paths import ROOT

TROUBLESHOOTING = ROOT / "docs/troubleshooting.md"
PROJECT = project_sentences()
SENTENCES = PROJECT.all()


def test_the_page_is_what_the_sources_say():
    assert error_page.PAGE.read_text() == error_page.page_of(SENTENCES), "run ci/error-page"


def test_no_error_is_overlooked():
    """As many as a plain search finds, at least."""
    found = dict.fromkeys(PROJECT.sources, 0)
    for site in PROJECT.sites:
        found[site.file] += 1
    for name in PROJECT.sources:
        text = re.sub(r"//.*", "", (ROOT / name).read_text())
        errors = r"\bthrow (?:host::)?(?:System|Transient)?Error\("
        thrown = re.findall(rf"{errors}|(?<!void )\bthrowErrno\(", text)
        assert found[name] >= len(thrown) or name in DEFINITION, name


def test_no_words_are_lost():
    """Whatever an error's own text says in the source is on the page."""
    said = {words_in(sentence.text) for sentence in SENTENCES}
    for site in PROJECT.sites:
        for token in site.text:
            is_text = token.is_string and " " in token.text
            parts = re.split(r"\{[^}]*\}", token.text) if is_text else []
            for words in map(words_in, parts):
                assert any(words in one for one in said), f"{site.file}: {token.text}"


NAMES = {"known": ["text"], "either": ["one", "two"]}


@pytest.mark.parametrize(
    ("expression", "texts"),
    [
        ('"a" "b"', ["ab"]),
        ('"say \\"no\\"\\n"', ['say "no"\n']),
        ('R"(raw "text")"', ['raw "text"']),
        ('name + ": " + error.what()', ["<name>: <cause>"]),
        ('fmt::format("{} of {}", file.string(), kMost)', ["<file> of <most>"]),
        (
            'fmt::format("{0} {{x}} {0:04x}", runDirectory_)',
            ["<run directory> {x} <run directory>"],
        ),
        ('busy ? "used" : "free"', ["used", "free"]),
        ('"it is " + std::string(a ? "b" : c)', ["it is b", "it is <c>"]),
        ('fmt::format("{}, {}", known, either)', ["text, one", "text, two"]),
        ('f(g("x"), "y")', ["<g>"]),
        ("", [""]),
    ],
)
def test_what_an_expression_says(expression, texts):
    assert texts_of(tokens_of(expression), NAMES) == texts


SOURCE = """
constexpr const char* kRemedy = "Mend it.";
[[noreturn]] void fail(const std::string& cause) { throw host::Error(cause, kRemedy); }
void read(const Path& file) {
    const std::string noun = "the " "file";
    // throw host::Error("in a comment");
    if (empty(file)) { fail(fmt::format("{} {} is empty", noun, file.string())); }
    if (late) { throw host::Error(host::Fault::Usage, SystemError("stat", file, 1).what()); }
    throw SystemError("open", file.string(), errno);
}
Finding look(bool good) {
    return {good ? Severity::Good : Severity::Warning, "disk", "it is small", good ? "" : "Grow."};
}
constexpr Row kRows[] = {{1, host::Fault::InUse, "it is held", "Let go."}};
"""


def test_what_a_source_says():
    source = source_of(SOURCE)
    assert len(sites_in("x.cpp", source)) == 5
    found = type(PROJECT)({"x.cpp": source}).all()
    assert [(one.text, one.remedy, one.kind) for one in found] == [
        ("cannot open <file>: <what the system says>", "", "1"),
        ("cannot stat <file>: <what the system says>", "", "2"),
        ("it is held", "Let go.", "4"),
        ("it is small", "Grow.", "warning"),
        ("the file <file> is empty", "Mend it.", "1"),
    ]


def pattern_of(text: str) -> str:
    """A regular expression for what the program prints of a sentence."""
    return ".*".join(map(re.escape, re.split(r"<[^<>]*>", " ".join(text.split()))))


def full_stop(text: str) -> str:
    return text if not text or text.endswith(".") else text + "."


def patterns(*kinds: str) -> list[tuple[re.Pattern[str], str]]:
    """Of the sentences of a kind, with their remedies; of all errors: "" ."""
    found = []
    for one in SENTENCES:
        if one.kind in kinds or (not kinds and one.kind not in ("problem", "warning")):
            text, remedy = map(error_page.in_the_programs_words, (one.text, one.remedy))
            behind = r"\. " + pattern_of(full_stop(remedy)) if remedy else r"\."
            found.append((re.compile(r"(?:.*: )?" + pattern_of(text) + behind), one.kind))
    return found


ERRORS, PROBLEMS, WARNINGS = patterns(), patterns("problem"), patterns("warning")


def kinds_that_fit(line: str, known: Iterable[tuple[re.Pattern[str], str]]) -> set[str]:
    return {kind for pattern, kind in known if pattern.fullmatch(line)}


PRINTED = [
    line
    for block in blocks(TROUBLESHOOTING)
    for line in block
    if line.startswith(("error: ", "problem ", "warning "))
]
# Made of parts, each of which is in a source: what stands for the whole.
IN_PARTS = {
    "no package in … fits …": "precompile/package/store.cpp",
}


def test_there_are_messages_to_compare():
    assert len(PRINTED) > 30


@pytest.mark.parametrize("line", PRINTED)
def test_messages_of_troubleshooting_are_the_programs(line):
    if line.startswith("error: "):
        said = line.removeprefix("error: ")
        part = next((one for one in IN_PARTS if said.startswith(one)), None)
        if part:
            source = (ROOT / IN_PARTS[part]).read_text().replace("{}", "…")
            assert part in " ".join(re.sub(r'"\s*"', "", source).split())
        else:
            assert kinds_that_fit(said, ERRORS), line
    else:
        kind, _, said = line.split(maxsplit=2)
        assert kinds_that_fit(said, PROBLEMS if kind == "problem" else WARNINGS), line


# Command lines that fail without touching anything, and their exit codes.
FAILING: dict[tuple[str, ...], int] = {
    ("package", "inspect", "/does/not/exist"): 2,
    ("package", "inspect", "/etc/hostname"): 8,
    ("package", "list", "--store=/does/not/exist"): 2,
    ("package", "list", "--log-format=xml"): 2,
    ("push", "oci://127.0.0.1:9/x/y:tag@sha256:" + 64 * "0", "--store=/tmp"): 2,
    ("pull", "--release=1.2.0"): 2,
    ("update", "--release=1.2.0", "--channel=nothing", "--driver=1.2"): 2,
    ("device", "create", "--minor=x"): 2,
    ("driver", "unpack", "/etc/hostname", "--sha256=12", "--root=/does/not/exist"): 2,
    ("cdi", "generate", "--output=/tmp/cdi.txt"): 2,
    ("cdi", "validate", "--for=nothing-1.0"): 2,
    ("image", "add-packages", "/etc/hostname", "/etc/hostname"): 8,
    ("runtime", "configure", "--runtime=none"): 2,
    ("init",): 2,
}


@pytest.mark.parametrize("words", FAILING, ids=" ".join)
def test_what_the_program_says_is_on_the_page(words):
    done = run(*words)
    assert done.rc == FAILING[words], done.err
    said = done.err.splitlines()[-1].removeprefix("error: ")
    assert {"", str(done.rc)} & kinds_that_fit(said, ERRORS), said
