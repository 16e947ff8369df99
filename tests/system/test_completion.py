"""Completion of the command line in the real shells."""

import os
from pathlib import Path

import pytest

from harness import shells
from harness.driverctl import run
from harness.paths import BINARY, ROOT
from harness.shell import sh

LINES = {  # what is typed, and what can stand for its last word
    "driverctl up": {"update"},
    "driverctl package ex": {"export"},
    "driverctl pro": {"probe", "probe_nvidia_peermem"},
    "driverctl init --persistence ": {"required", "optional", "off"},
    "driverctl init --persistence=o": {"optional", "off"},
    "driverctl list --dev": {"--device", "--dev-root"},
    "driverctl list --libraries --firmw": {"--firmware"},
    "driverctl --log-format=": {"text", "json"},
    "driverctl cdi generate --cdi-names uuid,i": {"uuid,index"},
    "driverctl package inspect pa": {"package one.tar", "packages"},
    "driverctl init --store=pa": {"packages"},
    "driverctl init --store pa": {"packages"},
    "driverctl init --config=pa": {"package one.tar", "packages"},
    "driverctl package diff 'package one.tar' pa": {"package one.tar", "packages"},
    "nvidia-driver pro": {"probe", "probe_nvidia_peermem"},
    "nvidia-driver init --persistence=o": {"optional", "off"},
}
NOTHING = ("driverctl nonsense pa", "driverctl probe liveness pa", "driverctl init pa")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """With a file and a directory that begin alike."""
    monkeypatch.setenv("PATH", f"{BINARY.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "package one.tar").touch()
    (tmp_path / "packages").mkdir()
    return tmp_path


def without_flag(words: list[str]) -> set[str]:
    """What stands before "=" is on the first of several words only, or on all, as the shell does
    it; readline's and fish's directories end with "/"."""
    return {word.split("=")[-1].rstrip("/") for word in words}


def same(line: str, words: list[str], expected: set[str]) -> None:
    assert without_flag(words) == expected, line
    assert "=" not in line or words[0].startswith(line.split()[-1].split("=")[0] + "="), line


BASH = shells.BASH_KEYS + 'eval "$(driverctl completion bash)"\n'
WITH_BASH_COMPLETION = ". /usr/share/bash-completion/bash_completion\n" + BASH
ZSH = shells.ZSH_KEYS + 'eval "$(driverctl completion zsh)"\n'
SHELLS = {
    "bash": (shells.BASH, BASH),
    "bash with bash-completion": (shells.BASH, WITH_BASH_COMPLETION),
    "zsh": (shells.ZSH, ZSH),
}


@pytest.mark.parametrize("name", SHELLS)
def test_shell_puts_on_the_line_what_can_stand_there(name, folder):
    argv, start = SHELLS[name]
    found = shells.completed(list(LINES), argv, start, folder)
    for line, words in zip(LINES, found, strict=True):
        same(line, words, LINES[line])


@pytest.mark.parametrize("name", SHELLS)
def test_shell_leaves_alone_what_nothing_can_stand_for(name, folder):
    argv, start = SHELLS[name]
    found = shells.completed(list(NOTHING), argv, start, folder)
    assert found == [[line.split()[-1]] for line in NOTHING]


def fish(line: str, folder: Path) -> list[str]:
    """One offer a line, with its help behind a tab."""
    script = 'driverctl completion fish | source; complete -C "$LINE"'
    said = sh(
        "fish",
        "--no-config",
        "--command",
        f"cd {folder}; {script}",
        env=os.environ | {"LINE": line},
    )
    return said.splitlines()


def test_fish_offers_what_can_stand_there(folder):
    for line, expected in LINES.items():
        same(line, [offer.split("\t")[0] for offer in fish(line, folder)], expected)
    for line in NOTHING:
        assert fish(line, folder) == []


def test_fish_and_zsh_show_what_a_word_means(folder):
    assert fish("driverctl un", folder) == [
        "unload\tUnload the driver that an ended init left, unless somebody uses it"
    ]
    answer = run("completion", "zsh", "--", "un").out.splitlines()
    assert answer == [
        "unload:Unload the driver that an ended init left, unless somebody uses it",
        ":none",
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_quiet_and_offers_nothing_without_the_program(shell, folder, monkeypatch):
    script = ROOT / f"driverctl/reference/completion.{shell}"
    assert run("completion", shell).out == script.read_text()
    (folder / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{folder}/bin:/usr/bin:/bin")
    if shell == "fish":
        done = sh(
            "fish", "--no-config", "--command", f"source {script}; complete -C 'driverctl up'"
        )
        assert done == ""
        return
    argv, start = SHELLS[shell]
    start = start.replace(f"$(driverctl completion {shell})", f"$(cat {script})")
    assert shells.completed(["driverctl up"], argv, start, folder) == [["up"]]


def test_script_for_bash_passes_shellcheck():
    sh("shellcheck", "--shell=bash", ROOT / "driverctl/reference/completion.bash")
