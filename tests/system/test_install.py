"""`cmake --install`, and Debian's package, as lintian and dpkg take it."""

import gzip
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import shells
from harness.documents import block_with
from harness.driverctl import finish
from harness.paths import BINARY, ROOT
from harness.shell import sh
from harness.workers import shared

BUILD = BINARY.parents[1]
PACKAGES = ROOT / "build/fixtures/debian"

PAGE = "docs/install.md"

INSTALLED = """\
bin/driverctl
bin/driverctl-hook
bin/driverctl-runtime
share/bash-completion/completions/driverctl
share/doc/driverctl/LICENSE
share/doc/driverctl/README.md
share/doc/driverctl/docs/*
share/doc/driverctl/examples/driverctl.toml
share/fish/vendor_completions.d/driverctl.fish
share/man/man5/driverctl.toml.5
share/man/man8/*
share/zsh/site-functions/_driverctl
"""
PACKAGED = """\
bin/driverctl
bin/driverctl-hook
bin/driverctl-runtime
share/bash-completion/completions/driverctl
share/doc/driverctl-nvidia/README.md
share/doc/driverctl-nvidia/changelog.Debian.gz
share/doc/driverctl-nvidia/copyright
share/doc/driverctl-nvidia/docs/*
share/doc/driverctl-nvidia/examples/driverctl.toml
share/fish/vendor_completions.d/driverctl.fish
share/lintian/overrides/driverctl-nvidia
share/man/man5/driverctl.toml.5.gz
share/man/man8/*
share/zsh/vendor-completions/_driverctl
"""


BASH_COMPLETION = ". /usr/share/bash-completion/bash_completion\n" + shells.BASH_KEYS


def files_below(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())


def summary(root: Path) -> str:
    """One line a file; pages of commands and the documents are one line each."""
    lines = [re.sub("(/docs|/man8)/.*", r"\1/*", str(path)) for path in files_below(root)]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def modes(root: Path) -> set[str]:
    return {oct(path.stat().st_mode) for path in root.rglob("*")}


@pytest.fixture(scope="module")
def version() -> str:
    return sh(BINARY, "--version").split()[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """What is below the prefix, in a DESTDIR; the command is the page's."""
    root = tmp_path_factory.mktemp("install")
    command = block_with("cmake --install", PAGE)[-1]
    sh("sh", "-c", command, env=os.environ | {"DESTDIR": str(root)})
    assert {path.name for path in root.iterdir()} == {"usr"}
    return root / "usr/local"


def test_install_puts_there_what_belongs_there_and_nothing_else(installed):
    assert summary(installed) == INSTALLED
    pages = {path.name for path in (BUILD / "manual").glob("*.8")}
    assert {path.name for path in (installed / "share/man/man8").iterdir()} == pages
    documents = sh("git", "ls-files", "docs").splitlines()
    assert [
        f"docs/{path}" for path in files_below(installed / "share/doc/driverctl/docs")
    ] == sorted(documents, key=Path)


def test_what_was_installed_runs(installed, version):
    for name in ("driverctl", "driverctl-hook"):
        assert sh(installed / "bin" / name, "--version") == f"{name} {version}"
    example = installed / "share/doc/driverctl/examples/driverctl.toml"
    done = finish([str(installed / "bin/driverctl"), "--print-config", "--config", str(example)])
    assert done.rc == 0 and "# file" not in done.out, done


FOUND = {  # shell -> what it is told before, so that it looks below the prefix
    "bash": (shells.BASH, "BASH_COMPLETION_USER_DIR={share}/bash-completion\n" + BASH_COMPLETION),
    "zsh": (shells.ZSH, "fpath=({share}/zsh/site-functions $fpath)\n" + shells.ZSH_KEYS),
}


@pytest.mark.parametrize("shell", FOUND)
def test_shell_finds_its_completion_when_it_needs_it(shell, installed, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{installed}/bin:{os.environ['PATH']}")
    argv, start = FOUND[shell]
    start = start.replace("{share}", str(installed / "share"))
    assert shells.completed(["driverctl upd"], argv, start, tmp_path) == [["update"]]


def test_fish_finds_its_completion_when_it_needs_it(installed, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{installed}/bin:{os.environ['PATH']}")
    environment = os.environ | {"XDG_DATA_DIRS": f"{installed}/share", "HOME": str(tmp_path)}
    said = sh("fish", "--command", "complete -C 'driverctl upd'", env=environment)
    assert said.startswith("update\t")


def test_install_goes_where_cmake_is_told(tmp_path):
    where = {"BINDIR": "sbin", "MANDIR": "other/man", "DOCDIR": "other/doc", "DATADIR": "data"}
    definitions = [f"-DCMAKE_INSTALL_{name}={folder}" for name, folder in where.items()]
    sh(
        "cmake",
        "-S",
        ROOT,
        "-B",
        tmp_path,
        "-DDRIVERCTL_TESTS=OFF",
        *definitions,
        stderr=subprocess.DEVNULL,
    )
    script = (tmp_path / "packaging/cmake_install.cmake").read_text()
    folders = {folder for folder in re.findall(r"\{CMAKE_INSTALL_PREFIX\}/([^/\"]+)", script)}
    assert folders == {"sbin", "other", "data"}


def make_package() -> None:
    shutil.rmtree(PACKAGES, ignore_errors=True)
    PACKAGES.mkdir(parents=True)
    command = block_with("cpack", PAGE)[0].replace("build/debian", shlex.quote(str(PACKAGES)))
    sh("sh", "-c", command)


@pytest.fixture(scope="module")
def package() -> Path:
    shared("debian-package", make_package)
    (file,) = PACKAGES.glob("*.deb")
    return file


def field(package: Path, name: str) -> str:
    return sh("dpkg-deb", "--field", package, name)


def test_lintian_accepts_the_package(package):
    done = finish(["lintian", "--allow-root", "--fail-on", "error,warning", str(package)])
    assert done.rc == 0 and "E:" not in done.out and "W:" not in done.out, done


def test_package_says_what_it_needs_and_what_it_cannot_be_beside(package, version):
    assert package.name == f"driverctl-nvidia_{version}-1_amd64.deb"
    assert block_with("cpack", PAGE)[1].endswith(f"/{package.name}")
    needed = field(package, "Depends")
    for library in ("libarchive13", "libc6 (>= 2.", "libcurl4", "libkmod2", "libssl3"):
        assert library in needed
    assert field(package, "Conflicts") == "driverctl"
    assert field(package, "Maintainer") and field(package, "Description").count("\n") > 1


def test_package_holds_what_belongs_there(package, tmp_path):
    sh("dpkg-deb", "--extract", package, tmp_path)
    assert summary(tmp_path / "usr") == PACKAGED
    assert modes(tmp_path) == {"0o40755", "0o100755", "0o100644"}
    page = gzip.decompress((tmp_path / "usr/share/man/man8/driverctl.8.gz").read_bytes())
    assert page == (BUILD / "manual/driverctl.8").read_bytes()


DPKG = ["dpkg", "--force-not-root", "--force-depends", "--force-script-chrootless", "--no-triggers"]


@pytest.fixture
def root(tmp_path) -> Iterator[Path]:
    """A root of dpkg in which nothing is installed."""
    database = tmp_path / "root/var/lib/dpkg"
    for folder in ("info", "updates"):
        (database / folder).mkdir(parents=True)
    (database / "status").touch()
    yield tmp_path / "root"


def dpkg(root: Path, *words: object) -> subprocess.CompletedProcess[str]:
    argv = [*DPKG, f"--root={root}", f"--log={root}/dpkg.log", *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True)


def test_dpkg_installs_and_purges_it(package, root, version):
    done = dpkg(root, "--install", package)
    assert done.returncode == 0, done
    assert sh(root / "usr/bin/driverctl", "--version") == f"driverctl {version}"
    assert dpkg(root, "--verify").stdout == ""
    done = dpkg(root, "--purge", "driverctl-nvidia")
    assert done.returncode == 0, done
    left = [
        path for path in files_below(root) if not str(path).startswith(("var/lib/dpkg", "dpkg.log"))
    ]
    assert left == [] and not (root / "usr").exists()


OTHER = """\
Package: driverctl
Status: install ok installed
Architecture: all
Version: 0.111-1
Maintainer: Debian
Description: Device driver control utility for Linux

"""


def test_dpkg_refuses_it_beside_debians_driverctl(package, root):
    (root / "var/lib/dpkg/status").write_text(OTHER)
    (root / "var/lib/dpkg/info/driverctl.list").write_text("/.\n")
    done = dpkg(root, "--install", package)
    assert done.returncode != 0 and "driverctl-nvidia conflicts with driverctl" in done.stderr, done
    assert not (root / "usr").exists()
