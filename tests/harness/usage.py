"""What the program's help says of its commands."""

import re

from harness.paths import BINARY
from harness.shell import sh

# Those that have commands.
NESTED = ("cdi", "device", "driver", "image", "package", "runtime", "selinux", "toolkit")


def help_of(command: str) -> str:
    """Of one with its words, "package list", or of the program: ""."""
    return sh(BINARY, *command.split(), "--help")


def commands() -> set[str]:
    def listed(command: str) -> set[str]:
        text = help_of(command).partition("Subcommands:\n")[2]
        return {line.split()[0] for line in text.splitlines() if re.match(r"  [a-z]", line)}

    nested = {f"{name} {inner}" for name in NESTED for inner in listed(name)}
    return listed("") - set(NESTED) | nested
