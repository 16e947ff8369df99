"""`driverctl toolkit install` in a container of a real docker, as docs/toolkit.md prints it: the
programs, docker's configuration, what docker makes of it, and how all of that goes again."""

from __future__ import annotations

import json
import re
import shlex
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.documents import blocks
from harness.driverctl import Finished
from harness.engines import CONFIGURATION, Docker, MadeDriver, debian_13, until_it_says
from harness.made_node import GPUS, MadeNode
from harness.paths import FIXTURES, ROOT
from harness.shell import wait_until
from harness.small_image import ENTRYPOINT, make_small_image
from harness.workers import shared

PAGE = ROOT / "docs/toolkit.md"
DIRECTORY = "/opt/nvidia-runtime"
DAEMON_JSON = "/etc/docker/daemon.json"
ORIGINAL = CONFIGURATION["etc/docker/daemon.json"]
MOUNTS = ["/etc/docker", "/run/nvidia", "/run/docker.sock", DIRECTORY]
NAMES = [
    ".config",
    ".driverctl-installation.json",
    "driverctl-hook",
    "driverctl-runtime",
    "nvidia-cdi-hook",
    "nvidia-container-runtime",
    "nvidia-container-runtime-hook",
    "nvidia-container-toolkit",
    "nvidia-ctk",
]
IMAGE = "driverctl:535"


def make_image() -> str:
    folder = FIXTURES / "small-image"
    make_small_image(folder)
    return str(folder)


@pytest.fixture(scope="module")
def node(made_driver: MadeDriver) -> Iterator[MadeNode]:
    image = Path(shared("small-image", make_image))
    with debian_13(made_driver, {image: "/run/small-image"}) as node:
        yield node


@pytest.fixture(scope="module")
def docker(node: MadeNode) -> Docker:
    docker = Docker(node)
    save = f"tar -C /run/small-image -c . | docker import -c '{ENTRYPOINT}' - {IMAGE}"
    node.check("sh", "-c", save)
    return docker


@dataclass(frozen=True)
class Toolkit:
    node: MadeNode

    def words(self, *options: str, mounts: list[str] = MOUNTS) -> list[str]:
        """Of a container; what it is to do follows."""
        named = [f"--volume={path.removesuffix(':ro')}:{path}" for path in mounts]
        return ["docker", "run", "--rm", "--privileged", *named, *options, IMAGE]

    def install(self, *options: str, to: str = DIRECTORY, **how: list[str]) -> Finished:
        """Without waiting for a signal."""
        words = self.words(*options, **how)
        command = [*words, "toolkit", "install", "--no-daemon", to]
        return until_it_says(lambda: self.node.run(*command))

    @contextmanager
    def waiting(self, *options: str) -> Iterator[Callable[[str], str]]:
        """In a container that waits for its signal. Given that signal, what is yielded returns all
        that it has said."""
        words = self.words("--pid=host", "--name=toolkit", *options)
        command = shlex.join([*words, "toolkit", "install", DIRECTORY])
        self.node.check("sh", "-c", f"({command}; echo ends with $?) >/run/toolkit.log 2>&1 &")
        wait_until(lambda: re.search("now waiting|ends with", self.said()))
        assert "now waiting" in self.said(), self.said()

        def end(signal: str) -> str:
            self.node.check("docker", "kill", f"--signal={signal}", "toolkit")
            wait_until(lambda: "ends with" in self.said())
            return self.said()

        yield end

    def said(self) -> str:
        return self.node.check("cat", "/run/toolkit.log")

    def files(self, directory: str = DIRECTORY) -> list[str]:
        return sorted(self.node.check("ls", "-A", directory).split())

    def configuration(self) -> str:
        return self.node.check("cat", DAEMON_JSON)

    def runtimes(self) -> set[str]:
        """Those that docker knows."""
        return set(json.loads(self.node.check("docker", "info", "-f", "{{json .Runtimes}}")))


def forget(node: MadeNode) -> None:
    """docker forgets a runtime when it is told of others, and not when it is told of none."""
    told = json.loads(ORIGINAL) | {"runtimes": {"other": {"path": "runc"}}}
    node.check("sh", "-c", f"cat >{DAEMON_JSON}", input=json.dumps(told))
    node.check("sh", "-c", "kill -HUP $(cat /run/docker.pid)")
    wait_until(lambda: "nvidia" not in Toolkit(node).runtimes())
    node.check("sh", "-c", f"cat >{DAEMON_JSON}", input=ORIGINAL)


@pytest.fixture
def toolkit(node: MadeNode, docker: Docker) -> Iterator[Toolkit]:
    """On a node where nothing is installed."""
    toolkit = Toolkit(node)
    assert toolkit.configuration() == ORIGINAL
    node.check("mkdir", "-p", DIRECTORY)
    assert toolkit.files() == []
    yield toolkit
    node.run("docker", "kill", "toolkit")
    node.check("rm", "-rf", DIRECTORY)
    node.check("sh", "-c", "rm -rf /etc/docker/*")
    forget(node)


def is_installed(toolkit: Toolkit) -> bool:
    runtimes = json.loads(toolkit.configuration()).get("runtimes", {})
    path = runtimes.get("nvidia", {}).get("path")
    assert path in (None, f"{DIRECTORY}/driverctl-runtime")
    assert (path is not None) == (toolkit.files() == NAMES)
    return path is not None


def test_the_page_as_printed(toolkit: Toolkit) -> None:
    (block,) = [block for block in blocks(PAGE) if "toolkit install" in block[0]]
    install, look, end = block
    assert install.startswith("docker run -d ")
    toolkit.node.check("sh", "-c", install)
    wait_until(lambda: "nvidia" in toolkit.runtimes())
    assert is_installed(toolkit)
    assert toolkit.node.check("sh", "-c", look)
    toolkit.node.check("sh", "-c", end)
    assert toolkit.configuration() == ORIGINAL
    assert toolkit.files() == []


def test_stays_when_it_is_told_not_to_wait(toolkit: Toolkit) -> None:
    for _ in range(2):
        done = toolkit.install("--pid=host")
        assert (done.rc, done.err) == (0, f"Programs for container runtimes are in {DIRECTORY}\n")
        assert is_installed(toolkit)
        assert "nvidia" in toolkit.runtimes()


def test_a_container_gets_its_gpus(toolkit: Toolkit, docker: Docker) -> None:
    toolkit.install("--pid=host")
    seen = docker.container("--runtime=nvidia", "--env=NVIDIA_VISIBLE_DEVICES=0")
    assert f"/dev/nvidia{GPUS[0].minor}" in seen.nodes
    assert f"/dev/nvidia{GPUS[1].minor}" not in seen.nodes
    assert "libcuda.so.1" in seen.libraries


@pytest.mark.parametrize("signal", ["TERM", "INT", "HUP", "QUIT"])
def test_is_taken_back_on_a_signal(toolkit: Toolkit, signal: str) -> None:
    with toolkit.waiting() as end:
        assert is_installed(toolkit)
        assert "ends with 0" in end(signal)
    assert toolkit.configuration() == ORIGINAL
    assert toolkit.files() == []


def test_goes_on_after_a_kill(toolkit: Toolkit) -> None:
    with toolkit.waiting() as end:
        end("KILL")
    assert is_installed(toolkit), "nobody has taken it back"
    with toolkit.waiting() as end:
        assert is_installed(toolkit)
        assert "warning" not in end("TERM")
    assert toolkit.configuration() == ORIGINAL
    assert toolkit.files() == []


def test_only_one_at_a_time(toolkit: Toolkit) -> None:
    with toolkit.waiting() as end:
        second = toolkit.install()
        assert second.rc == 5
        assert "another instance installs the container toolkit on this node (pid " in second.err
        end("TERM")
    assert toolkit.files() == []


def test_an_own_pid_namespace(toolkit: Toolkit) -> None:
    """The line that users know has no --pid=host: docker cannot be told."""
    done = toolkit.install("--env=RUNTIME=docker", "--env=RUNTIME_ARGS=--socket /run/docker.sock")
    assert done.rc == 0
    assert (
        "warning: docker cannot be told: its process is in a PID namespace that is not seen from "
        "here. Run 'systemctl reload docker' on the host, or give the container --pid=host.\n"
    ) in done.err
    assert is_installed(toolkit)
    assert "nvidia" not in toolkit.runtimes()
    asked = toolkit.install("--env=RUNTIME_ARGS=--restart-mode signal")
    assert asked.rc == 1, "what was asked for is no warning"
    assert "error: docker cannot be told" in asked.err


@pytest.mark.parametrize("somebody", [False, True], ids=["no socket", "nobody behind it"])
def test_a_daemon_that_does_not_run(toolkit: Toolkit, somebody: bool) -> None:
    path = f"/proc/{toolkit.node.pid}/root/run/nvidia/other.sock"
    if somebody:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
    done = toolkit.install("--pid=host", "--env=DOCKER_SOCKET=/run/nvidia/other.sock")
    assert done.rc == 0
    cause = "Connection refused" if somebody else "No such file or directory"
    assert (
        "warning: docker cannot be told: cannot connect to /run/nvidia/other.sock: "
        f"{cause}. Run 'systemctl reload docker' on the host, or mount its socket into the "
        "container.\n"
    ) in done.err
    assert is_installed(toolkit)
    toolkit.node.check("rm", "-f", "/run/nvidia/other.sock")


@dataclass(frozen=True)
class Refusal:
    rc: int
    says: str
    options: tuple[str, ...] = ()
    mounts: tuple[str, ...] = tuple(MOUNTS)
    before: str = "true"  # what is done to the node


REFUSALS = {
    "a read-only directory": Refusal(
        1, "Read-only file system", mounts=(*MOUNTS[:-1], f"{DIRECTORY}:ro")
    ),
    "a full disk": Refusal(
        1, "No space left on device", before=f"mount -t tmpfs -o size=1m none {DIRECTORY}"
    ),
    "a directory without programs": Refusal(
        1, "it is mounted noexec", before=f"mount -t tmpfs -o noexec none {DIRECTORY}"
    ),
    "a program of somebody else's": Refusal(
        1,
        f"{DIRECTORY}/nvidia-container-runtime is there, and was not installed by driverctl",
        before=f"touch {DIRECTORY}/nvidia-container-runtime",
    ),
    "an unknown runtime": Refusal(2, "'rkt'", options=("--env=RUNTIME=rkt",)),
    "an unknown argument": Refusal(
        2, "RUNTIME_ARGS: '--soket' is not known here", options=("--env=RUNTIME_ARGS=--soket /a",)
    ),
    "a configuration that is none": Refusal(2, "daemon.json", before=f"echo '{{' >{DAEMON_JSON}"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_changes_nothing_when_it_fails(toolkit: Toolkit, name: str) -> None:
    refusal = REFUSALS[name]
    toolkit.node.check("sh", "-c", refusal.before)
    before = toolkit.files(), toolkit.configuration()
    done = toolkit.install("--pid=host", *refusal.options, mounts=list(refusal.mounts))
    assert (done.rc, refusal.says in done.err) == (refusal.rc, True), done
    assert (toolkit.files(), toolkit.configuration()) == before
    toolkit.node.run("umount", DIRECTORY)


@pytest.mark.parametrize("runtime", ["containerd", "crio"])
def test_a_daemon_that_has_to_be_restarted(toolkit: Toolkit, runtime: str) -> None:
    mounts = [*MOUNTS, f"/etc/{runtime}"]
    done = toolkit.install(f"--env=RUNTIME={runtime}", mounts=mounts)
    assert done.rc == 0, done.err
    assert (
        f"{runtime} learns of it when it reads its configuration again: run "
        f"'systemctl restart {runtime}' on the host\n"
    ) in done.err
    again = toolkit.install(f"--env=RUNTIME={runtime}", mounts=mounts)
    assert "systemctl" not in again.err, "nothing has changed"
    assert toolkit.files() == NAMES


def test_podman_needs_no_restart(toolkit: Toolkit) -> None:
    done = toolkit.install("--env=RUNTIME=podman", mounts=[*MOUNTS, "/etc/containers"])
    assert done.rc == 0, done.err
    assert "systemctl" not in done.err
    written = toolkit.node.check("sh", "-c", "cat /etc/containers/containers.conf.d/*.conf")
    assert f"{DIRECTORY}/driverctl-runtime" in written


def test_another_runtime_takes_the_place_of_the_first(toolkit: Toolkit) -> None:
    toolkit.install("--pid=host")
    done = toolkit.install("--pid=host", "--env=RUNTIME=none")
    assert done.rc == 0, done.err
    assert toolkit.configuration() == ORIGINAL
    assert toolkit.files() == NAMES
