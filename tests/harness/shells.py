"""What interactive shells put on their command line when completion is asked for."""

import os
import pty
import shlex
from collections.abc import Mapping
from pathlib import Path

ALL = "\x18*"  # Control-X and "*", bound to: put all that fits on the line
BEGIN, END = "\x01", "\x05"  # Control-A, Control-E: move there

BASH = ["bash", "--norc", "--noprofile", "-i"]
BASH_KEYS = f"""\
bind '"{ALL}": insert-completions'
bind 'set completion-query-items 0'
"""

ZSH = ["zsh", "-f", "-i"]
ZSH_KEYS = f"""\
autoload -U compinit && compinit -u -d ./zcompdump
zle -C all-matches complete-word _generic
bindkey -e
bindkey '{ALL}' all-matches
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
"""


def converse(argv: list[str], typed: str, environment: Mapping[str, str], cwd: Path) -> str:
    """Types into a terminal that the program is on, and waits for its end; what it has shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execvpe(argv[0], argv, dict(environment))
    shown = b""
    try:
        os.write(terminal, typed.encode())
        while block := os.read(terminal, 4096):
            shown += block
    except OSError:  # the other end is closed
        pass
    os.close(terminal)
    os.waitpid(child, 0)
    return shown.decode(errors="replace")


def typed_for(lines: list[str]) -> str:
    """Each line is completed, and its words are written to a file of its number."""
    return "".join(
        f"{line}{ALL}{BEGIN}printf '%s\\n' {END} >out{number}\r"
        for number, line in enumerate(lines)
    )


def completed(lines: list[str], argv: list[str], start: str, folder: Path) -> list[list[str]]:
    """The words of each line after completion, without those that stood there before."""
    (folder / "start").write_text(start)
    environment = {**os.environ, "TERM": "dumb", "PS1": "", "HISTFILE": "", "INPUTRC": "/dev/null"}
    shown = converse(argv, ". ./start\r" + typed_for(lines) + "exit\r", environment, folder)
    found = []
    for number, line in enumerate(lines):
        file = folder / f"out{number}"
        assert file.exists(), shown
        before = len(shlex.split(line)) - (0 if line.endswith(" ") else 1)
        found.append(file.read_text().splitlines()[before:])
    return found
