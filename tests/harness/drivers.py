"""The drivers that the tests pack and load, their .run files, and what a package of one is
called."""

from pathlib import Path

from harness.shell import material
from harness.workers import shared

DRIVER = "535.261.03"  # the driver image's
SECOND_DRIVER = "550.163.01"
TINY_DRIVER = "1.2.3"  # tests/fixtures/tinydriver
FLAVOURS = ("proprietary", "open")
COMPRESSIONS = {DRIVER: "zstd", SECOND_DRIVER: "gzip"}  # of .run files that are made anyhow
# What makes a program in the container disk use the second driver; the disk has its package for
# kernel 6.1 only.
SECOND_OPTIONS = [
    *("--source-dir", "/opt/second/src"),
    *("--store", "/opt/second/store"),
    *("--driver", SECOND_DRIVER),
]


def run_file(driver: str) -> Path:
    """The file that NVIDIA's would be, made of Debian's packages."""
    options = ["--driver", driver, "--compression", COMPRESSIONS[driver]]
    return Path(shared(f"run-file-{driver}", lambda: material("make-run-file", *options)))


def package_name(driver: str, flavour: str, kernel: str) -> str:
    return f"nvidia-modules-{driver}-{flavour}-{kernel}.tar"


def store_folder(release: str) -> str:
    """Where a store keeps what is for a Flatcar release."""
    return f"flatcar-{release}-x86_64"
