"""`driverctl list`, and the lines of notes that call it by NVIDIA's name, on made nodes."""

import pytest

from harness.drivers import DRIVER
from harness.engines import PROGRAMS, debian_12, installed
from harness.made_node import CONTROL_NODES, DRIVER_ROOT, GPUS

DRIVERCTL = f"{PROGRAMS}/driverctl"
LIBRARIES = "/usr/lib/x86_64-linux-gnu"


@pytest.fixture(scope="module")
def node(made_driver):
    """Of a driver container."""
    with debian_12(made_driver) as made:
        yield made


@pytest.fixture(scope="module")
def host(made_driver):
    """With an installed driver, and driverctl under NVIDIA's name."""
    with installed(made_driver) as made:
        made.check("ln", "-s", DRIVERCTL, "/usr/bin/nvidia-container-cli")
        yield made


def test_order_and_existence(node):
    paths = node.check(DRIVERCTL, "list").splitlines()
    nodes = [*CONTROL_NODES, *(f"/dev/nvidia{gpu.minor}" for gpu in GPUS)]
    assert sorted(paths[: len(nodes)]) == sorted(nodes)
    assert paths[len(CONTROL_NODES) : len(nodes)] == nodes[len(CONTROL_NODES) :]
    parts = ["/usr/bin/nvidia-smi", f"{LIBRARIES}/libnvidia-ml.so.{DRIVER}"]
    parts += [f"/usr/lib/i386-linux-gnu/libcuda.so.{DRIVER}", "/run/nvidia-persistenced/socket"]
    parts += [f"/usr/lib/firmware/nvidia/{DRIVER}/gsp_ga10x.bin"]
    assert [path for path in paths if path in parts] == parts
    for path in paths[len(nodes) :]:
        node.check("test", "-e", f"{DRIVER_ROOT}{path}")


def test_host_paths_are_there(node):
    """What `restorecon -v -f -` is fed with."""
    for path in node.check(DRIVERCTL, "list", "--host-paths").splitlines():
        node.check("test", "-e", path)


@pytest.mark.parametrize("device", range(len(GPUS)))
def test_one_gpu(node, device):
    listed = node.check(DRIVERCTL, "list", f"--device={device}").splitlines()
    assert sorted(listed) == sorted([*CONTROL_NODES, f"/dev/nvidia{GPUS[device].minor}"])


@pytest.mark.parametrize("options", ["-k list", "-k -d /dev/tty list", "list --libraries"])
def test_lines_of_notes(host, options):
    listing = host.check("sh", "-c", f"nvidia-container-cli {options} | xargs ls -la")
    assert f"{LIBRARIES}/libcuda.so.{DRIVER}" in listing


def test_info_names_the_gpus(host):
    information = host.check("nvidia-container-cli", "info")
    assert DRIVER in information and all(gpu.uuid in information for gpu in GPUS)
