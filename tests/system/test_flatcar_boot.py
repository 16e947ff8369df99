"""deploy/flatcar on a node whose PID 1 is systemd: the page's commands start the service, which is
active when NVIDIA's real modules are loaded; killed, it adopts them; stopped, it leaves nothing.
Docker, podman and systemd are Debian 13's; the image is the container disk."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.documents import block_with
from harness.driverctl import command, finish
from harness.keys import key_pair, public
from harness.node import CLEAN, MODULES, in_order, loaded, system
from harness.paths import ROOT
from harness.shell import wait_until
from harness.systemd_node import SystemdNode, systemd_node

PAGE = "docs/flatcar-node.md"
UP = (
    "Starting installation of NVIDIA driver",
    "Loading NVIDIA driver kernel modules...",
    "Done, now waiting for signal",
    "Started driverctl.service",
)
ADOPTED = ("Scheduled restart job", "Done, now waiting for signal", "Started driverctl.service")
DOWN = (
    "Stopping driverctl.service",
    "Unmounting NVIDIA driver rootfs...",
    "Unloading NVIDIA driver kernel modules...",
    "Stopped driverctl.service",
)


@pytest.fixture(scope="module")
def packages(small, sources, tmp_path_factory) -> tuple[Path, Path]:
    """A store with the package, signed, and the public key."""
    folder = tmp_path_factory.mktemp("packages")
    key, store = key_pair(folder / "release.key"), folder / "store"
    package = shutil.copy(small, folder)
    for words in (
        command("package", "sign", package, package_key=key),
        command("package", "import", package, store=store, source_dir=sources),
    ):
        done = finish(words)
        assert done.rc == 0, done.err
    return store, public(key)


@pytest.fixture
def node(container_disk, packages, tmp_path) -> Iterator[SystemdNode]:
    with systemd_node(container_disk, tmp_path / "console.log") as made:
        store, key = packages
        made.put_tree(ROOT / "deploy/flatcar", "/root/flatcar")
        made.put_tree(store, "/var/cache/driverctl/packages")
        made.vm.put(key, "/root/flatcar/node/etc/driverctl/release.pub")
        settings = (ROOT / "deploy/flatcar/node/etc/driverctl/driverctl.toml").read_text()
        # The emulated function has no persistence daemon; the open modules are smaller.
        settings = settings.replace("# persistence = ", "persistence = ") + 'flavour = "open"\n'
        made.vm.put(settings.encode(), "/root/flatcar/node/etc/driverctl/driverctl.toml")
        yield made


def installed(node: SystemdNode, engine: str) -> str:
    """By the commands of the page; what systemctl said."""
    lines = block_with("cp -r node/etc", PAGE)
    if engine == "podman":
        lines = [line.replace("docker/etc", "podman/etc") for line in lines[:-1]]
        lines.append("systemctl start driverctl.service")
    script = "; ".join(["cd /root/flatcar", "set -e", *lines, "systemctl is-active driverctl"])
    return node.vm.check(script)


def test_docker(node):
    node.docker_image()
    assert installed(node, "docker").endswith("active\n")
    assert sorted(loaded(node.vm)) == sorted(MODULES)
    in_order(node.journal(), *UP)
    assert node.vm.check("systemctl is-enabled driverctl nvidia || :") == "enabled\nmasked\n"
    node.vm.check("systemctl stop driverctl")
    in_order(node.journal(), *UP, *DOWN)
    assert "cannot undo" not in node.journal()
    assert system(node.vm) == CLEAN


def test_podman(node):
    node.podman_image()
    assert installed(node, "podman").endswith("active\n")
    assert sorted(loaded(node.vm)) == sorted(MODULES)
    in_order(node.journal(), *UP)
    node.vm.check("podman kill driverctl")
    wait_until(lambda: node.journal().count(UP[-1]) == 2)
    in_order(node.journal(), *UP, *ADOPTED)
    assert len(re.findall("Loading NVIDIA driver kernel", node.journal())) == 1
    node.vm.check("systemctl stop driverctl")
    in_order(node.journal(), *UP, *ADOPTED, *DOWN)
    assert "cannot undo" not in node.journal()
    assert system(node.vm) == CLEAN
