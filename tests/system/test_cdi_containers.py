"""Containers of real engines with the specification that `cdi generate` makes of a made driver:
podman of Debian 12 and 13, with crun and runc, of root and of an ordinary user; docker of Debian
13. All of them read the same file."""

import re
from collections.abc import Callable
from itertools import product

import pytest

from harness.documents import block_with
from harness.drivers import DRIVER
from harness.engines import PROGRAMS, Docker, Podman, debian_12, debian_13, installed
from harness.made_node import GPUS, USER
from harness.seen import DEVICES, LIBRARIES, Seen, check_driver, check_opened, nodes_with

DRIVERCTL = f"{PROGRAMS}/driverctl"
SPECIFICATION = "/run/cdi/nvidia.yaml"
READERS = ["--for=podman-4.3", "--for=podman-5.4", "--for=docker-26.1"]


@pytest.fixture(scope="module")
def debian_12_node(made_driver):
    with debian_12(made_driver) as node:
        yield node


@pytest.fixture(scope="module")
def debian_13_node(made_driver):
    with debian_13(made_driver) as node:
        yield node


@pytest.fixture(scope="module")
def specification(debian_12_node) -> str:
    return debian_12_node.check(DRIVERCTL, "cdi", "generate", *READERS)


@pytest.fixture(scope="module")
def docker(debian_13_node) -> Docker:
    return Docker(debian_13_node)


PODMANS = {"4.3": "debian_12_node", "5.4": "debian_13_node"}
ENGINES = {
    f"podman {series} {runtime} {user}": (PODMANS[series], runtime, user)
    for series, runtime, user in product(PODMANS, ("crun", "runc"), (0, USER))
}


@pytest.fixture(scope="module", params=[*ENGINES, "docker"])
def run(request, specification) -> Callable[..., Seen]:
    """run(OPTION, …): a container of that engine."""
    if request.param == "docker":
        node = request.getfixturevalue("debian_13_node")
        run = request.getfixturevalue("docker").container
    else:
        fixture, runtime, user = ENGINES[request.param]
        node = request.getfixturevalue(fixture)
        run = Podman(node, runtime, user).container
    node.write(SPECIFICATION, specification)
    return run


@pytest.mark.parametrize("device", DEVICES)
def test_container_sees_what_it_asks_for(run, device):
    seen = run("--device", f"nvidia.com/gpu={device}")
    assert seen.nodes == nodes_with(DEVICES[device])
    check_driver(seen)
    check_opened(seen)


def test_user_without_any_privilege_may_use_it(run):
    options = ["--user=1000:1000", "--security-opt=no-new-privileges", "--cap-drop=ALL"]
    seen = run("--device", "nvidia.com/gpu=all", *options)
    assert seen.status["NoNewPrivs"] == "1" and int(seen.status["CapEff"], 16) == 0
    assert seen.status["Uid"].split()[0] == "1000"
    check_driver(seen)
    check_opened(seen)


def test_root_that_cannot_be_written_is_no_obstacle(run):
    """Links and the loader's cache are niceties: what is mounted is there."""
    seen = run("--device", "nvidia.com/gpu=0", "--read-only")
    assert seen.nodes == nodes_with([GPUS[0]])
    assert f"{LIBRARIES}/libcuda.so.{DRIVER}" in seen.files
    check_opened(seen)


def test_commands_of_the_quick_start(debian_12_node, debian_13_node, docker, specification):
    """As printed, but for the image."""
    for node in (debian_12_node, debian_13_node):
        node.write(SPECIFICATION, specification)
    runs = {"podman": Podman(debian_12_node, "crun", USER).container, "docker": docker.container}
    lines = block_with("podman run --rm --device", "docs/quick-start.md")
    assert [line.split()[0] for line in lines] == ["docker", "docker", "podman"]
    for line in lines:
        engine, options = re.split(r" \S*debian nvidia-smi", line)[0].split(" run --rm ")
        seen = runs[engine](*options.split())
        check_driver(seen)
        check_opened(seen)


def test_driver_that_is_installed_on_the_host(made_driver):
    with installed(made_driver) as node:
        node.write(SPECIFICATION, node.check(DRIVERCTL, "cdi", "generate"))
        seen = Podman(node, "crun", USER).container("--device", "nvidia.com/gpu=all")
    assert seen.nodes == nodes_with(list(GPUS))
    check_opened(seen)
    assert seen.libraries["libcuda.so.1"] == f"{LIBRARIES}/libcuda.so.1"


def test_device_that_is_not_there_is_unresolvable(debian_12_node, specification):
    debian_12_node.write(SPECIFICATION, specification)
    with pytest.raises(AssertionError, match="unresolvable CDI devices nvidia.com/gpu=2"):
        Podman(debian_12_node, "crun").container("--device", "nvidia.com/gpu=2")


def test_the_readers_are_said_to_read_it(debian_12_node, specification):
    debian_12_node.write(SPECIFICATION, specification)
    debian_12_node.check(DRIVERCTL, "cdi", "validate", *READERS, SPECIFICATION)
