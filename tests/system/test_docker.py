"""docker of Debian 13 and of sid, configured by the program, on made nodes: what docs/docker.md
prints, as printed, and what containers of the runtime `nvidia` see."""

import json

import pytest

from harness.documents import blocks
from harness.engines import CONFIGURATION, Docker, daemons, install_programs, until_it_says
from harness.paths import ROOT
from harness.seen import DEVICES, check_driver, check_opened, nodes_with

FILE = "/etc/docker/daemon.json"
PAGE = blocks(ROOT / "docs/docker.md")
# What the page says to systemd, which is not there; then dockerd has read its file.
SYSTEMCTL = """\
#!/bin/sh
[ "$*" = "reload docker" ] && kill -HUP "$(cat /var/run/docker.pid)" && sleep 1
"""


@pytest.fixture(scope="module", params=["docker-trixie", "docker-sid"])
def node(request, made_driver):
    with daemons(request.param, made_driver) as node:
        install_programs(node)
        node.write("/usr/local/bin/systemctl", SYSTEMCTL)
        node.check("chmod", "755", "/usr/local/bin/systemctl")
        yield node


@pytest.fixture(scope="module")
def docker(node):
    docker = Docker(node)
    node.check("docker", "tag", "container", "debian")
    as_printed(node, PAGE[0])
    return docker


def as_printed(node, block: list[str]) -> list[str]:
    return [said_as_printed(node, line) for line in block]


def said_as_printed(node, line: str) -> str:
    def run():
        return node.run("sh", "-c", f"PATH=/usr/local/bin:$PATH; {line}")

    done = until_it_says(run) if line.startswith("docker run") else run()
    assert done.rc == 0, f"{line}: {done.rc}\n{done.out}{done.err}"
    return done.out


def test_runtime_is_listed(docker, node):
    runtimes = json.loads(node.check("docker", "info", "--format", "{{json .Runtimes}}"))
    assert runtimes["nvidia"]["path"] == "/usr/bin/driverctl-runtime"
    node.check("dockerd", "--validate", "--config-file", FILE)


@pytest.mark.parametrize("device", DEVICES)
def test_container_sees_what_it_asks_for(docker, device):
    variables = ("-e", f"NVIDIA_VISIBLE_DEVICES={device}", "-e", "NVIDIA_DRIVER_CAPABILITIES=all")
    seen = docker.container("--runtime=nvidia", *variables)
    assert seen.nodes == nodes_with(DEVICES[device])
    check_driver(seen)
    check_opened(seen)


NO_DRIVER = "no NVIDIA driver is loaded here"
ERRORS = {
    "a GPU that is not there": ("NVIDIA_VISIBLE_DEVICES=7", "there is no GPU or MIG device '7'"),
    "a newer driver": ("NVIDIA_REQUIRE_CUDA=cuda>=99.0", "which does not hold"),
    "a word that is none": ("NVIDIA_DRIVER_CAPABILITIES=fly", "fly"),
}


@pytest.mark.parametrize("what", ERRORS)
def test_docker_prints_what_our_runtime_says(docker, what):
    variable, sentence = ERRORS[what]
    options = ["--runtime=nvidia", "-e", "NVIDIA_VISIBLE_DEVICES=all", "-e", variable]
    done = docker.run(*options, "container", "true")
    assert done.rc != 0 and sentence in done.err, done.err


def test_the_page_has_what_docker_printed():
    """The sentences above, and of the program's own."""
    page = (ROOT / "docs/docker.md").read_text()
    for sentence in ("there is no GPU or MIG device '7'", "which does not hold", NO_DRIVER):
        assert f"| `{sentence}" in page


def test_the_page_as_printed(docker, node):
    """From a container that asks to the default runtime, and back."""
    commands = {block[0]: block for block in PAGE[1:] if not block[0].startswith("|")}
    for block in commands.values():
        for line, said in zip(block, as_printed(node, block)):
            if "nvidia-smi" in line:
                assert "libcuda.so.1: " in said, line
            if "--set-as-default" in line:
                assert json.loads(node.check("cat", FILE))["default-runtime"] == "nvidia"
            if "--remove" in line:
                assert node.check("cat", FILE) == CONFIGURATION[FILE[1:]]


def test_the_shims_page(docker, node):
    page = blocks(ROOT / "docs/runtime-shim.md")
    (line,) = [line for block in page for line in block if line.startswith("docker run ")]
    as_printed(node, PAGE[0])
    line = f"{line.replace('IMAGE', '--network none debian')} nvidia-smi"
    assert "libcuda.so.1: " in said_as_printed(node, line)


def test_node_without_a_driver(docker, node):
    """The last one: it takes the driver away."""
    hide = "mount -t tmpfs none /run/nvidia/driver && umount /proc/driver"
    node.check("sh", "-c", hide)
    done = docker.run("--runtime=nvidia", "-e", "NVIDIA_VISIBLE_DEVICES=all", "container", "true")
    assert done.rc != 0 and NO_DRIVER in done.err, done.err
