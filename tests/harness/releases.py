"""Releases in the shape of Flatcar's, on a mirror that is a folder, and a server for it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.limits import LIMIT
from harness.paths import MATERIAL
from harness.shell import material, sh

RELEASES = {"6.1": "3815.2.5", "6.12": "4593.2.5"}  # by the series of their kernel
SKELETONS = {"1.2.0": "other-kernel", "1.2.1": "no-partition-9"}
IMAGE = "flatcar_developer_container.bin.bz2"
BOARD = "amd64-usr"


@dataclass(frozen=True)
class Mirror:
    """What tests/material/make-release has made."""

    root: Path

    def folder(self, release: str, channel: str = "stable") -> Path:
        return self.root / channel / BOARD / release

    def image(self, release: str) -> Path:
        return self.folder(release) / IMAGE

    def kernel(self, series: str) -> str:
        """uname -r of the series' release."""
        return (self.folder(RELEASES[series]) / "kernel-release").read_text().strip()

    @property
    def keyring(self) -> Path:
        return self.root / "image-signing-key.asc"

    @property
    def fingerprint(self) -> str:
        return (self.root / "image-signing-key.fingerprint").read_text().strip()

    def sign(self, *files: Path) -> None:
        """With the mirror's key: FILE.sig beside each."""
        material("sign-release", self.root, *files)

    def publish(self, image: Path) -> None:
        """Signs an image that was changed, and writes its digests anew."""
        self.sign(image)
        text = ""
        for name in ("MD5", "SHA1", "SHA512"):
            digest = sh(f"{name.lower()}sum", image).split()[0]
            text += f"# {name} HASH\n{digest}  {image.name}\n"
        image.with_name(image.name + ".DIGESTS").write_text(text)


@contextmanager
def serve(root: Path, *options: object) -> Iterator[str]:
    """A real nginx on a loopback port; yields its URL. It ends with the block."""
    argv = [str(MATERIAL / "serve-release"), "--root", str(root), *map(str, options)]
    server = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(LIMIT)


def make_release(series: str, version: str, *more: str) -> None:
    material("make-release", "--kernel", series, "--version", version, *more)


def make_skeletons() -> None:
    for version, kind in SKELETONS.items():
        make_release("6.1", version, "--skeleton", kind)


def make_mirror() -> None:
    make_skeletons()
    for series, version in RELEASES.items():
        make_release(series, version)
