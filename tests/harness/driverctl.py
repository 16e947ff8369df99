"""driverctl's release build, run as a person would run it.

    done = run("package", "verify", "--json", file, source_dir=sources)
    assert done.rc == 0, done.err

A keyword is an option: `source_dir=…` is `--source-dir=…`. The settings of this machine's own
environment are taken away.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.drivers import DRIVER, package_name, store_folder
from harness.limits import LIMIT, LONG_LIMIT
from harness.paths import BINARY
from harness.releases import RELEASES, Mirror

EPOCH = "1700000000"  # SOURCE_DATE_EPOCH of each compiled package: equal inputs, equal bytes


@dataclass(frozen=True)
class Finished:
    rc: int
    out: str
    err: str


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Without driverctl's settings, but with `more`."""
    ours = ("DRIVERCTL_", "DRIVER_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | dict(more or {})


def command(*words: object, **options: object) -> list[str]:
    named = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return [str(BINARY), *map(str, words), *named]


def finish(
    argv: list[str],
    environment: Mapping[str, str] | None = None,
    timeout: float = LIMIT,
    **how: Any,
) -> Finished:
    """Runs the words of command(), which may have others before them. `how` is subprocess.run's."""
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=timeout,
        env=clean_environment(environment),
        **how,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def run(*words: object, **options: object) -> Finished:
    return finish(command(*words, **options))


def start(argv: list[str], **how: Any) -> subprocess.Popen[str]:
    """Without waiting for it; stdout and stderr are pipes unless told otherwise."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(argv, text=True, env=clean_environment(), **(pipes | how))


@dataclass
class Driverctl:
    """`update` and `matrix` on this machine, with a work directory and store of their own."""

    work: Path
    store: Path
    mirror: Mirror
    sources: Path
    url: str
    options: dict[str, str] = field(default_factory=dict)
    driver: str = DRIVER

    def update_command(self, *words: object, **changes: object) -> list[str]:
        defaults = {"release": RELEASES["6.1"], "driver": self.driver}
        return command("update", *words, **self._options(defaults, changes))

    def update(self, *words: object, **changes: object) -> Finished:
        return finish(self.update_command(*words, **changes), timeout=LONG_LIMIT)

    def matrix_command(self, *words: object, **changes: object) -> list[str]:
        defaults = {"releases": ",".join(RELEASES.values()), "drivers": self.driver}
        return command("matrix", *words, **self._options(defaults, changes))

    def matrix(self, *words: object, **changes: object) -> Finished:
        return finish(self.matrix_command(*words, **changes), timeout=LONG_LIMIT)

    def _options(self, defaults: dict[str, str], changes: dict[str, object]) -> dict[str, object]:
        common = {
            "mirror": self.url + "/{channel}",
            "keyring": self.mirror.keyring,
            "signing_key": self.mirror.fingerprint,
            "work_dir": self.work,
            "store": self.store,
            "source_dir": self.sources,
            "source_date_epoch": EPOCH,
        }
        merged: dict[str, object] = {**defaults, **common, **self.options, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    def packages(self) -> list[Path]:
        return packages_in(self.store)

    def package(self, series: str, flavour: str) -> Path:
        """Where the store has the package of a series' release."""
        name = package_name(self.driver, flavour, self.mirror.kernel(series))
        return self.store / store_folder(RELEASES[series]) / name


def packages_in(store: Path) -> list[Path]:
    """All files but locks: what is left over counts as well."""
    return sorted(path for path in store.rglob("*") if path.is_file() and path.name != ".lock")
