"""What the workers of pytest-xdist share: what one makes, the others wait for and find."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from harness.paths import FIXTURES
from harness.timings import timed


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One worker at a time."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    with open(FIXTURES / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def shared(name: str, make: Callable[[], object]) -> Any:
    """The value (of JSON) that `make` returns, called once in a run of the tests, however many
    workers ask."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"process-{os.getpid()}")
    with locked(name):
        record = FIXTURES / f"{name}.run"
        known = json.loads(record.read_text()) if record.exists() else {}
        if known.get("run") != run:
            with timed("material", name):
                known = {"run": run, "value": make()}
            record.write_text(json.dumps(known))
        return known["value"]
