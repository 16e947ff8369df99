"""Programs, and waiting for what they do."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.limits import LIMIT
from harness.paths import MATERIAL, ROOT


def sh(*argv: object, **options: Any) -> str:
    """What a program that has to succeed printed, without the newline at its end."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, cwd=ROOT, text=True, stdout=subprocess.PIPE, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{words} ended with {done.returncode}")
    return done.stdout.strip()


def material(script: str, *argv: object, **options: Any) -> str:
    """The same of a script of tests/material."""
    return sh(MATERIAL / script, *argv, **options)


def podman(*argv: object) -> str:
    """podman on the storage of the driver image."""
    return material("podman", *argv)


def program(name: str) -> Path:
    """Where a program of this machine lies."""
    found = shutil.which(name)
    assert found, name
    return Path(found)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "time is up"
        time.sleep(0.05)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What the process has written to stderr up to and with the line that holds the text."""
    assert process.stderr
    said = ""
    for line in process.stderr:
        said += line
        if text in line:
            return said
    raise AssertionError(f"ended without {text!r}:\n{said}")
