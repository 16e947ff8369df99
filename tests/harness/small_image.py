"""An image with driverctl, the small programs, the libraries that they need, and nothing else: for
container engines that run what images/Containerfile's image is to be run with.

    SmallImage(folder).make()
    docker.import_image(…)
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from harness.paths import BINARY
from harness.shell import sh

PROGRAMS = ("driverctl", "driverctl-hook", "driverctl-runtime")
ENTRYPOINT = 'ENTRYPOINT ["/usr/bin/driverctl"]'


def make_small_image(folder: Path) -> None:
    """The image's root file system."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("usr/bin", "usr/lib", "usr/lib64", "etc", "run", "tmp", "var"):
        (folder / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):
        (folder / name).symlink_to(f"usr/{name}")
    (folder / "var/run").symlink_to("/run")
    for name in PROGRAMS:
        shutil.copy(BINARY.with_name(name), folder / "usr/bin")
    for word in sh("ldd", BINARY).split():
        if word.startswith("/"):
            to = folder / os.path.relpath(os.path.realpath(os.path.dirname(word)), "/")
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy(word, to)
