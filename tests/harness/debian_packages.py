"""Debian's packages of all suites, by an apt configuration of their own; apt verifies every file.

    archive = Archive(folder, SUITES)
    archive.update()
    for package in archive.packages("linux-headers-.*"):
        archive.unpack(package, root)

The machine's own configuration is asked for its mirrors only. What was fetched is kept in the cache
of test material, and taken from there when it has the SHA-256 that apt's signed lists name.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cmp_to_key
from pathlib import Path

from harness.shell import material, sh

KEPT = 150  # fetched packages; what was not used for longest goes


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    suite: str
    depends: tuple[str, ...]  # names only; of alternatives the first
    sha256: str

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"


class Archive:
    def __init__(self, folder: Path, suites: Iterable[str], components: str):
        self._folder = folder
        self._suites = tuple(suites)
        self._components = components
        self.mirror = ""  # the machine's own, once the lists are read

    def update(self) -> None:
        """Reads the lists anew. A mirror may lag behind: their signatures are checked, their age is
        not."""
        lines = [f"{it} {self._components} check-valid-until=no\n" for it in self._suites]
        self.mirror = material("make-private-apt", self._folder.absolute(), input="".join(lines))

    def state_of(self, suite: str) -> Path:
        """The file that changes with a suite, and with nothing else."""
        (found,) = (self._folder / "lists").glob(f"*_dists_{suite}_InRelease")
        return found

    def packages(self, pattern: str) -> list[Package]:
        """All versions of the packages of such names, oldest first. A version that several suites
        have is of the first one of them."""
        every = self._apt("apt-cache", "pkgnames").split()
        names = [name for name in every if re.fullmatch(pattern, name)]
        suites: dict[tuple[str, str], str] = {}
        for line in self._apt("apt-cache", "madison", *names).splitlines():
            name, version, source = (part.strip() for part in line.split("|"))
            if source.endswith("Packages"):
                suites.setdefault((name, version), source.split()[1].partition("/")[0])
        found = []
        for stanza in self._apt("apt-cache", "show", *names).split("\n\n"):
            fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line)
            suite = suites.pop((fields.get("Package", ""), fields.get("Version", "")), "")
            if suite:
                depends = tuple(it.split()[0] for it in fields.get("Depends", "").split(", ") if it)
                name, version = fields["Package"], fields["Version"]
                found.append(Package(name, version, suite, depends, fields["SHA256"]))
        return by_version(sorted(found, key=lambda it: it.name))

    def fetch(self, package: Package) -> Path:
        cache = Path(sh("ci/cached", "--directory", "debian"))
        cached = cache / f"{package.sha256}.deb"
        if not cached.exists() or _sha256(cached) != package.sha256:
            with tempfile.TemporaryDirectory(dir=cache) as work:
                wanted = f"{package.name}={package.version}"
                self._apt("apt-get", "download", "-qq", wanted, folder=Path(work))
                (file,) = Path(work).iterdir()
                if _sha256(file) != package.sha256:
                    raise RuntimeError(f"{file.name} is not what Debian's lists name")
                file.rename(cached)
        os.utime(cached)
        kept = sorted(cache.glob("*.deb"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in kept[KEPT:]:
            old.unlink()
        return cached

    def unpack(self, package: Package, root: Path, *members: str) -> None:
        """Into a root whose /lib may be a link; all members by default."""
        file = self.fetch(package)
        argv = ["tar", "-x", "--keep-directory-symlink", "-C", str(root), *members]
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", file], stdout=subprocess.PIPE) as tar:
            subprocess.run(argv, stdin=tar.stdout, check=True)
        if tar.returncode != 0:
            raise RuntimeError(f"{package.label} cannot be unpacked")

    def _apt(self, *argv: str, folder: Path | None = None) -> str:
        environment = os.environ | {"APT_CONFIG": str(self._folder.absolute() / "apt.conf")}
        done = subprocess.run(
            argv, env=environment, cwd=folder, check=True, text=True, stdout=subprocess.PIPE
        )
        return done.stdout


def by_version(packages: Iterable[Package]) -> list[Package]:
    """Oldest first, as dpkg compares versions."""

    def compare(left: Package, right: Package) -> int:
        words = ["dpkg", "--compare-versions", left.version]
        if subprocess.run([*words, "lt", right.version]).returncode == 0:
            return -1
        return int(left.version != right.version)

    return sorted(packages, key=cmp_to_key(compare))


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
