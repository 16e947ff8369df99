"""ci/check-structure and ci/check-commits find what they are for: what is wrong is planted,
alone."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest

from harness.paths import ROOT


def script(name: str):
    """A script of ci/ as a module."""
    loader = SourceFileLoader(name.replace("-", "_"), str(ROOT / "ci" / name))
    spec = spec_from_loader(loader.name, loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


structure, commits, width = map(script, ("check-structure", "check-commits", "check-width"))

GOOD = {
    "host/base/file.h": "/// A file.\n#pragma once\n",
    "host/base/file.cpp": '#include "host/base/file.h"\n',
    "host/net/http.h": "/// A client.\n#pragma once\n",
    "host/net/http.cpp": '#include "host/base/file.h"\n#include "host/net/retry.h"\n',
    "host/net/retry.h": "/// Trying again: private to\n/// http.cpp and tests.\n#pragma once\n",
    "tests/unit/host/base/file_test.cpp": '#include "host/net/retry.h"\n',
    "tests/unit/host/base/file_hostile_test.cpp": "",
    "tests/system/test_file.py": "def test_file():\n    pass\n",
}
UNTESTED = "# Why not\nhost/net/*.cpp # needs a server\n"


def function(lines: int) -> str:
    return "def f():\n" + "    pass\n" * (lines - 1)


PLANTED = {  # what is planted, and what is said
    "include of a room that is not allowed": (
        {"host/base/file.cpp": '#include "host/net/http.h"\n'},
        "host/base/file.cpp: host/base/ must not include host/net/",
    ),
    "include of a higher folder": (
        {"host/base/file.h": '#include "loader/state.h"\n'},
        "host/base/file.h: host/base/ must not include loader/",
    ),
    "file in no room": (
        {"cellar/wine.h": ""},
        "cellar/wine.h: lies in no room that docs/architecture.md knows",
    ),
    "include of a private header": (
        {"host/net/mirror.cpp": '#include "host/net/retry.h"\n'},
        "host/net/mirror.cpp: host/net/retry.h is private to "
        "host/net/http.cpp, host/net/retry.cpp, tests/",
    ),
    "private to nobody": (
        {"host/net/url.h": "/// Private to link.cpp.\n"},
        "host/net/url.h: is private to host/net/link.cpp, which is not there",
    ),
    "long file": (
        {"host/base/file.h": "\n" * 401},
        "host/base/file.h: 401 lines, at most 400 are allowed",
    ),
    "long script": (
        {"ci/build": "#!/bin/sh\n" + "\n" * 400},
        "ci/build: 401 lines, at most 400 are allowed",
    ),
    "long unit test": (
        {"tests/unit/host/base/file_test.cpp": "\n" * 801},
        "tests/unit/host/base/file_test.cpp: 801 lines, at most 800 are allowed",
    ),
    "long function": (
        {"ci/check": "#!/usr/bin/env python3\n" + function(51)},
        "ci/check:2: f() has 51 lines, at most 50 are allowed",
    ),
    "many headers": (
        {f"gpu/a{number}.h": "" for number in range(21)},
        "gpu/: 21 headers, at most 20 are allowed",
    ),
    "library that logs": (
        {"host/base/file.cpp": 'void f() { logInfo("x"); }\n'},
        "host/base/file.cpp: 'logInfo(': a library throws, or tells an observer; it does not log",
    ),
    "command that is given everything": (
        {"host/base/file.cpp": "void f(const Options& options);\n"},
        "host/base/file.cpp: 'const Options&': "
        "a function takes the group of settings that it needs",
    ),
    "source without a test": (
        {"host/base/fd.cpp": ""},
        "host/base/fd.cpp: has no unit test, and ci/untested says no reason",
    ),
    "test without a source": (
        {"tests/unit/host/base/pipe_test.cpp": ""},
        "tests/unit/host/base/pipe_test.cpp: there is no host/base/pipe.cpp",
    ),
    "test of what needs none": (
        {"tests/unit/host/net/http_test.cpp": ""},
        "ci/untested: host/net/*.cpp names no source without a unit test",
    ),
}


def test_nothing_is_wrong():
    assert structure.problems(GOOD, UNTESTED) == []


@pytest.mark.parametrize(("planted", "said"), PLANTED.values(), ids=PLANTED.keys())
def test_what_is_planted_is_found(planted, said):
    assert structure.problems(GOOD | planted, UNTESTED) == [said]


def test_what_is_untested_needs_a_reason():
    found = structure.problems(GOOD, "host/net/*.cpp\n")
    assert found == ["ci/untested: 'host/net/*.cpp' gives no reason"]


SUBJECTS = {
    "host/net: retry what a server refuses for a while": None,
    "ci, tests: comments within 100 columns": None,
    "Merge branch 'main'": None,
    "Retry": "names no area: `area: imperative summary`",
    "host: retry.": "ends with a full stop",
    "host: also retry": "'also' tells of two commits",
    "host: " + "x" * 67: "73 characters, at most 72 are allowed",
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_of_commits(subject):
    assert commits.problem(subject) == SUBJECTS[subject]


LONG = "word " * 20 + "word"
WIDE = {  # file and text, and whether it is too wide
    "prose": ("a.md", LONG, True),
    "address": ("a.md", "https://" + "x" * 120, False),
    "row of a table": ("a.md", f"| {LONG} |", False),
    "what is printed": ("a.md", f"```text\n{LONG}\n```\n", False),
    "what is typed": ("a.md", f"```\n{LONG}\n```\n", True),
    "after what is printed": ("a.md", f"```text\n```\n{LONG}\n", True),
    "tabs": ("a.c", "\t" * 12 + "word word", True),
    "characters of several bytes": ("a.cpp", "// " + "→ " * 48, False),
}


@pytest.mark.parametrize(("name", "text", "wide"), WIDE.values(), ids=WIDE.keys())
def test_width(name, text, wide):
    assert bool(width.problems(name, text)) == wide
