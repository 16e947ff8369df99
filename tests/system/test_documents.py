"""README and docs against the program: every command line parses as it is printed, the README's are
run, its tables are what the program has."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from conftest import BINARY, FIXTURES, RELEASES, ROOT, TINY_DRIVER, clean_environment, sh, shared
from harness.registry import registry

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LTS = "4081.3.1"
IMAGE = re.compile(r"registry\.example/driver\S*:")


def blocks(document: Path) -> list[list[str]]:
    """The code blocks, fenced or indented, as lines; what goes on behind a backslash is one
    line."""
    found: list[list[str]] = [[]]
    fenced = False
    for line in document.read_text().replace("\\\n", " ").splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            found[-1].append(line.strip())
            continue
        found.append([])
    return [block for block in found if block]


def words_for_driverctl(line: str) -> list[str] | None:
    """What the program gets, whether it is called by name or by way of an image; None for other
    lines."""
    if not line.startswith(("driverctl ", "docker run ", "podman run ")):
        return None
    words = [word for word in shlex.split(line, comments=True) if word != "…"]
    if words[:1] == ["driverctl"]:
        return words[1:]
    at = next(number for number, word in enumerate(words) if IMAGE.match(word))
    return words[at + 1 :] or ["init"]  # the entry point that was committed


LINES = [
    pytest.param(words, id=f"{document.name}: {' '.join(words)}"[:80])
    for document in DOCUMENTS
    for block in blocks(document)
    for line in block
    if (words := words_for_driverctl(line)) is not None
]


def test_there_are_lines_to_try():
    assert len(LINES) > 10


@pytest.mark.parametrize("words", LINES)
def test_line_parses_as_it_is_printed(words, tmp_path):
    """With --print-config the program reads its arguments and does nothing."""
    argv = [BINARY, *words, "--print-config"]
    done = subprocess.run(
        argv, text=True, capture_output=True, cwd=tmp_path, env=clean_environment()
    )
    assert done.returncode == 0, done.stderr


def test_readmes_table_has_every_command():
    def listed(*command: str) -> set[str]:
        text = sh(BINARY, *command, "--help").partition("Subcommands:\n")[2]
        return {line.split()[0] for line in text.splitlines() if re.match(r"  [a-z]", line)}

    program = {
        name if name not in ("package", "image") else f"{name} {inner}"
        for name in listed()
        for inner in (listed(name) or {""})
    }
    printed = set()
    for row in re.findall(r"^\| (`.*?) \| .* \|$", (ROOT / "README.md").read_text(), re.MULTILINE):
        for words in re.findall(r"`([a-z_]+(?: [a-z, -]+)?)`", row):
            name, _, rest = words.partition(" ")
            printed |= (
                {f"{name} {inner}" for inner in rest.split(", ")}
                if name in ("package", "image")
                else {name}
            )
    assert printed == program


def block_with(text: str) -> list[str]:
    (block,) = [
        block for block in blocks(ROOT / "README.md") if any(text in line for line in block)
    ]
    return block


@pytest.fixture
def channels(mirror) -> Path:
    """The mirror with a release in lts as well as in stable."""
    shared(
        "lts",
        lambda: sh(
            "tests/material/make-release", "--kernel", "6.1", "--version", LTS, "--channel", "lts"
        ),
    )
    return mirror


def test_readmes_fleet_commands(channels, url, tiny_sources, tmp_path):
    """As printed, but for the addresses; the driver is the small one. Both channels' packages are
    compiled, signed and shared."""
    sh("openssl", "genpkey", "-algorithm", "ED25519", "-out", tmp_path / "release.key")
    with registry(tmp_path / "registry") as running:
        environment = clean_environment() | {
            "PATH": f"{BINARY.parent}:{os.environ['PATH']}",
            "DRIVERCTL_MIRROR": f"{url}/{{channel}}",
            "DRIVERCTL_SIGNING_KEY_URL": f"{url}/image-signing-key.asc",
            "DRIVERCTL_SIGNING_KEY": (channels / "image-signing-key.fingerprint")
            .read_text()
            .strip(),
            "DRIVERCTL_SOURCE_DIR": str(tiny_sources),
            "DRIVERCTL_STORE": str(tmp_path / "store"),
            "DRIVERCTL_WORK_DIR": str(tmp_path / "work"),
            "DRIVERCTL_PLAIN_HTTP": "true",
        }
        said = []
        for line in block_with("driverctl matrix")[:2]:
            command = line.replace("registry.example", running.host)
            done = subprocess.run(
                ["sh", "-c", command],
                text=True,
                capture_output=True,
                cwd=tmp_path,
                env=environment,
                timeout=600,
            )
            assert done.returncode == 0, done.stderr
            said.append(done.stdout)
    stable = (channels / "stable/amd64-usr/current").readlink().name
    for release in (stable, LTS):
        assert re.search(rf"{release} .* {TINY_DRIVER} +open +built", said[0]), said[0]
    assert said[1].count(f"oci://{running.host}/gpu/modules@sha256:") == 2


NODE = r"""
set -e
mount --bind "$1" /usr/lib/os-release
mount -t tmpfs tmpfs /run/nvidia
mount --make-shared /run/nvidia
eval "$2"
"""

DOCKER = r"""#!/bin/bash
# The engine of the tests under docker's name. What is not here is put in: the mirror, its key, the
# node's kernel; and the package, for the time.
set -e
options=()
if [[ $1 == run ]]; then
  shift
  options=(run --env DRIVERCTL_MIRROR --env DRIVERCTL_SIGNING_KEY --env DRIVERCTL_SIGNING_KEY_URL --env DRIVERCTL_KERNEL --volume "$STORE:/var/lib/driverctl/packages")
  [[ " $* " == *" --net=host "* ]] || options+=(--network host)
fi
cd "$REPOSITORY"
exec tests/material/podman "${options[@]}" "$@"
"""


def test_readmes_node_commands(built, image, url, mirror, kernels, tmp_path):
    """On a node with the release's os-release; without a GPU, so that init ends with 7."""
    engine = tmp_path / "bin/docker"
    engine.parent.mkdir()
    engine.write_text(DOCKER)
    engine.chmod(0o755)
    identity = tmp_path / "os-release"
    identity.write_text(
        f"ID=flatcar\nVERSION={RELEASES['6.12']}\nVERSION_ID={RELEASES['6.12']}\nFLATCAR_BOARD=amd64-usr\n"
    )
    environment = clean_environment() | {
        "PATH": f"{engine.parent}:{os.environ['PATH']}",
        "REPOSITORY": str(ROOT),
        "STORE": str(built.store),
        "DRIVERCTL_KERNEL": kernels["6.12"],
        "DRIVERCTL_MIRROR": f"{url}/{{channel}}",
        "DRIVERCTL_SIGNING_KEY_URL": f"{url}/image-signing-key.asc",
        "DRIVERCTL_SIGNING_KEY": (mirror / "image-signing-key.fingerprint").read_text().strip(),
    }
    podman = [ROOT / "tests/material/podman"]
    sh(*podman, "tag", image, "registry.example/driverctl:535")
    made = [path for path in (Path("/run/nvidia"), Path("/usr/lib/modules")) if not path.exists()]
    for path in made:
        path.mkdir()

    def node(script: str) -> subprocess.CompletedProcess:
        argv = [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "bash",
            "-c",
            NODE,
            "node",
            identity,
            script,
        ]
        return subprocess.run(argv, text=True, capture_output=True, env=environment, timeout=300)

    try:
        done = node("\n".join(block_with("docker commit")))
        assert done.returncode == 0, done.stderr
        assert "already has the package" in done.stderr and RELEASES["6.12"] in done.stderr
        (line,) = block_with("--name driver --privileged")
        done = node(line + " && docker wait driver && docker logs driver")
        assert done.returncode == 0, done.stderr
        assert "\n7\n" in done.stdout and "no NVIDIA" in done.stdout + done.stderr
    finally:
        subprocess.run(
            [*podman, "rm", "--force", "--ignore", "driver", "driver-update"],
            cwd=FIXTURES,
            check=False,
        )
        for path in made:
            path.rmdir()
