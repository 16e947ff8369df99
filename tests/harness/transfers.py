"""How `push` and `pull` ended."""

from pathlib import Path

from harness.driverctl import Finished


def pushed_digest(done: Finished) -> str:
    assert done.rc == 0, done.err
    return done.out.strip().partition("@")[2]


def fetched(done: Finished, original: Path) -> None:
    assert done.rc == 0, done.err
    file = Path(done.out.strip())
    assert file.name == original.name
    assert file.read_bytes() == original.read_bytes()
