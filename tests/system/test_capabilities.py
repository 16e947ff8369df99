"""What init needs where a container is not privileged: with the command of docs/lifecycle.md it
loads NVIDIA's real modules, and takes them back; with each capability taken away it ends as the
page's table says. On a node with Debian 13's systemd, podman and docker."""

import re
import shlex
from collections.abc import Iterator

import pytest

from harness.documents import block_with
from harness.node import CLEAN, MODULES, loaded, system
from harness.paths import ROOT
from harness.shell import wait_until
from harness.systemd_node import IMAGE, SystemdNode, systemd_node

PAGE = "docs/lifecycle.md"
INIT = "init --no-build --persistence off --flavour open"
# Of init without the capability; None: it goes on.
WITHOUT = {
    "SYS_MODULE": (6, "it lacks CAP_SYS_MODULE"),
    "SYS_ADMIN": (1, "cannot copy the mounts at /"),
    "MKNOD": (1, "cannot create device node"),
    "SYS_PTRACE": (None, "of somebody who is not visible here"),
}
HOLD = "(exec 7<>/dev/nvidiactl; exec sleep 1000) >/dev/null 2>&1 & echo $! >/run/holder"


def options() -> list[str]:
    """Those of the page, without -d and the image."""
    (line,) = block_with("--cap-add", PAGE)
    words = shlex.split(line)
    assert words[:3] == ["docker", "run", "-d"] and words[-1].startswith("registry.example/driver")
    return words[3:-1]


@pytest.fixture(params=["podman", "docker"])
def engine(request) -> str:
    return request.param


@pytest.fixture
def node(engine, container_disk, tmp_path) -> Iterator[SystemdNode]:
    with systemd_node(container_disk, tmp_path / "console.log") as made:
        made.vm.check("mkdir -p /run/nvidia /run/cdi")
        if engine == "podman":
            made.vm.put(
                b'[engine]\ncgroup_manager = "cgroupfs"\n', "/etc/containers/containers.conf"
            )
            made.podman_image()
        else:
            made.docker_image()
        yield made


def start(node: SystemdNode, engine: str, words: list[str]) -> str:
    """Starts init, and returns what it has said when it is ready or has ended."""
    node.vm.check(f"{engine} run -d {shlex.join(words)} {IMAGE} {INIT}")

    def settled() -> bool:
        state = node.vm.check(f"{engine} inspect --format '{{{{.State.Running}}}}' driver")
        return state == "false\n" or "waiting for signal" in logs(node, engine)

    wait_until(settled)
    return logs(node, engine)


def logs(node: SystemdNode, engine: str) -> str:
    return node.vm.check(f"{engine} logs driver 2>&1")


def ended(node: SystemdNode, engine: str) -> int:
    """The exit status; nothing is left."""
    node.vm.check(f"{engine} stop driver")
    code = node.vm.check(f"{engine} inspect --format '{{{{.State.ExitCode}}}}' driver")
    node.vm.check(f"{engine} rm driver")
    assert system(node.vm) == CLEAN
    return int(code)


def users(node: SystemdNode, engine: str) -> str:
    """What status says while somebody has a node open."""
    node.vm.check(HOLD)
    said = node.vm.check(f"{engine} exec driver driverctl status")
    node.vm.check("kill $(cat /run/holder)")
    return said


def test_the_pages_container_suffices(node, engine):
    said = start(node, engine, options())
    assert sorted(loaded(node.vm)) == sorted(MODULES), said
    assert node.vm.check(f"{engine} exec driver driverctl probe readiness") == "ready\n"
    assert "(sleep) has /dev/nvidiactl open" in users(node, engine)
    assert ended(node, engine) == 0
    if engine == "docker":
        return
    for capability, (code, words) in WITHOUT.items():
        left = [word for word in options() if word != f"--cap-add={capability}"]
        said = start(node, engine, left)
        if code is None:
            assert words in users(node, engine), said
            assert ended(node, engine) == 0
        else:
            assert words in said
            assert ended(node, engine) == code


def test_the_page_has_a_row_for_each_capability():
    added = [word.partition("=")[2] for word in options() if word.startswith("--cap-add")]
    text = (ROOT / PAGE).read_text()
    assert re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE) == added
    assert sorted(added) == sorted(WITHOUT)
