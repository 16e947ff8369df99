"""Tests of the made node itself, and of the container engines in it; what driverctl does there has
its tests elsewhere."""

from pathlib import Path

import pytest

from harness.drivers import DRIVER
from harness.engines import Docker, Podman, debian_12, debian_13, installed
from harness.made_node import CONTROL_NODES, DRIVER_ROOT, GPU_NODES, GPUS, USER, MadeNode

ALL_NODES = CONTROL_NODES | GPU_NODES


@pytest.fixture(scope="module", params=[debian_12, debian_13], ids=lambda make: make.__name__)
def node(request, made_driver):
    with request.param(made_driver) as made:
        yield made


def test_looks_as_if_the_modules_were_loaded(node):
    assert DRIVER in node.check("cat", "/proc/driver/nvidia/version")
    for gpu in GPUS:
        function = f"/sys/bus/pci/devices/{gpu.address}"
        assert node.check("cat", f"{function}/vendor") == "0x10de\n"
        information = node.check("cat", f"/proc/driver/nvidia/gpus/{gpu.address}/information")
        assert gpu.uuid in information and f"Device Minor: \t {gpu.minor}\n" in information
    for path, (major, minor) in ALL_NODES.items():
        assert node.check("stat", "-c", "%F %t %T", path) == (
            f"character special file {major:x} {minor:x}\n"
        )
    majors = node.check("cat", "/proc/devices").splitlines()
    assert majors.count("195 nvidia") == 1 and "Block devices:" in majors


def test_user_is_nobody_special(node):
    assert node.check("id", "-u", user=USER) == f"{USER}\n"
    assert node.run("touch", "/x", user=USER).rc != 0
    assert node.run("mount", "-t", "tmpfs", "x", "/tmp", user=USER).rc != 0
    assert node.check("ls", f"{DRIVER_ROOT}/usr/bin/nvidia-smi", user=USER)


def test_engines_are_those_that_are_named(made_driver):
    with debian_12(made_driver) as node:
        assert node.check("podman", "--version").startswith("podman version 4.3.")
    with debian_13(made_driver) as node:
        assert node.check("podman", "--version").startswith("podman version 5.4.")
        assert node.check("docker", "--version").startswith("Docker version 26.1.")


@pytest.mark.parametrize("user", [0, USER])
@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_podman_runs_containers(node, runtime, user):
    """Without the driver there is none of it in them."""
    seen = Podman(node, runtime, user).container("--env", "GREETING=hello")
    assert seen.env["GREETING"] == "hello"
    assert seen.nodes == {}
    assert "libc.so.6" in seen.libraries and "libcuda.so.1" not in seen.libraries


def test_docker_runs_containers(made_driver):
    with debian_13(made_driver) as node:
        seen = Docker(node).container("--env", "GREETING=hello")
    assert seen.env["GREETING"] == "hello" and seen.nodes == {}


def mounted(process: int | str) -> dict[str, str]:
    """File systems that it sees: their device numbers, with where one of them is mounted."""
    lines = Path(f"/proc/{process}/mountinfo").read_text().splitlines()
    return {line.split()[2]: line.split()[4] for line in lines}


def test_nothing_of_it_is_seen_outside_and_nothing_is_left(made_driver):
    """Only its own file systems count: other tests mount theirs meanwhile."""
    before = mounted("self")
    with MadeNode(made_driver.binds) as node:
        node.check("sh", "-c", "touch /made /etc/made /usr/made; sleep 1000 >/dev/null 2>&1 &")
        root = Path(f"/proc/{node.pid}/root")
        assert (root / "usr/made").exists() and (root / "proc/driver/nvidia").exists()
        its_own = mounted(node.pid).keys() - before.keys()
        assert len(its_own) > 5 and not its_own & mounted("self").keys()
    assert not root.exists()
    for path in ("/made", "/etc/made", "/usr/made"):
        assert not Path(path).exists()


def test_driver_may_be_installed_in_the_root(made_driver):
    with installed(made_driver) as node:
        node.check("ldconfig")
        assert "libcuda.so.1: /usr/lib/x86_64-linux-gnu/libcuda.so.1" in node.check("nvidia-smi")
        assert node.run("ls", DRIVER_ROOT).rc != 0
    assert not Path("/usr/bin/nvidia-debugdump").exists()


def test_libraries_of_the_tree_are_loaded(made_driver):
    """By the loader of this machine, in the driver root."""
    libraries = f"{DRIVER_ROOT}/usr/lib/x86_64-linux-gnu"
    smi = ["env", f"LD_LIBRARY_PATH={libraries}", f"{DRIVER_ROOT}/usr/bin/nvidia-smi"]
    with MadeNode(made_driver.binds) as node:
        said = node.check(*smi)
    for name in ("libcuda.so.1", "libnvidia-ml.so.1"):
        assert f"{name}: {libraries}/{name}\n" in said
    assert said.count("ENXIO") == len(ALL_NODES), said
