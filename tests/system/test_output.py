"""What full disks, closed descriptors and terminals do to what the program prints."""

import json
import os
import pty
import subprocess

import pytest

from harness.driverctl import Finished, clean_environment, command, finish
from harness.limits import LIMIT
from harness.paths import BINARY


def shell(script: str, *argv: object) -> Finished:
    """With redirections; "$0" is driverctl."""
    return finish(["sh", "-c", script, str(BINARY), *map(str, argv)])


@pytest.fixture
def store(tmp_path):
    directory = tmp_path / "store"
    directory.mkdir()
    return directory


PRINTING = [
    "--help",
    "update --help",
    "--version",
    "--print-config",
    "package list --store=$1",
    "package list --json --store=$1",
    "package verify --json --store=$1",
]


@pytest.mark.parametrize("command", PRINTING)
def test_output_that_does_not_arrive_is_a_failure(command, store):
    assert shell(f'"$0" {command}', store).rc == 0
    for where in (">/dev/full", ">&-"):
        done = shell(f'"$0" {command} {where}', store)
        assert done.rc == 1 and "cannot write standard output" in done.err, (where, done)


def test_closed_descriptors_are_no_files_of_ours(store):
    """What is opened first must not become stderr: nothing is written into it."""
    index = shell('"$0" package index "$1" <&- 2>&-', store)
    assert index.rc == 0 and json.loads((store / "index.json").read_text())
    assert shell('"$0" nonsense >&- 2>&-').rc == 2


TERMINALS = {  # environment, and whether colours are shown
    "xterm": ({"TERM": "xterm"}, True),
    "no colour wanted": ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    "dumb": ({"TERM": "dumb"}, False),
}


@pytest.mark.parametrize(("environment", "coloured"), TERMINALS.values(), ids=TERMINALS.keys())
def test_terminals_get_what_they_can_show(environment, coloured):
    master, slave = pty.openpty()
    environment = clean_environment(environment)
    done = subprocess.run(command("nonsense"), stderr=slave, timeout=LIMIT, env=environment)
    os.close(slave)
    text = os.read(master, 10000).decode()
    os.close(master)
    assert done.returncode == 2 and "unknown command" in text, text
    assert ("\x1b[" in text) == coloured, text
