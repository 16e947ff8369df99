"""`docker run --gpus`, for which dockerd calls NVIDIA's hook by its name at the stage prestart:
ours gives the nodes and opens the container's device controller for them, and for no other."""

import pytest

from harness.engines import DRIVER_ROOT, Docker, debian_13
from harness.made_node import CONTROL_NODES, GPU_NODES, GPUS

# Of nodes of its own, by their minors, what opening them comes to: ENXIO where it is allowed.
OPEN = """
for minor in 0 1 255; do
  mknod /tmp/$minor c 195 $minor
  (: </tmp/$minor) 2>&1 | sed "s/^.*\\(No such device\\|Operation not\\).*/$minor \\1/"
done
"""


@pytest.fixture(scope="module")
def docker(made_driver):
    with debian_13(made_driver) as node:
        hook = f"{DRIVER_ROOT}/usr/bin/driverctl-hook"
        node.check("ln", "-s", hook, "/usr/bin/nvidia-container-runtime-hook")
        yield Docker(node)


def test_all_gpus(docker):
    seen = docker.container("--gpus", "all")
    assert CONTROL_NODES.items() >= seen.nodes.items() - GPU_NODES.items()
    assert GPU_NODES.items() <= seen.nodes.items()
    assert {"libcuda.so.1", "libnvidia-ml.so.1"} <= seen.libraries.keys()
    opened = [line for line in seen.smi if line.startswith("/dev/nvidia")]
    assert opened and all(line.endswith(": ENXIO") for line in opened)


def test_one_gpu_and_no_other(docker):
    seen = docker.container("--gpus", "device=0")
    own = f"/dev/nvidia{GPUS[0].minor}"
    assert seen.nodes.keys() & GPU_NODES.keys() == {own}
    said = docker.run("--gpus", "device=0", "container", "sh", "-c", OPEN).out
    other = GPUS[1].minor
    assert sorted(said.splitlines()) == [
        f"{other} Operation not",
        f"{GPUS[0].minor} No such device",
        "255 No such device",
    ]


def test_a_container_without_gpus(docker):
    assert docker.container().nodes == {}
    said = docker.run("container", "sh", "-c", OPEN).out
    assert {line.partition(" ")[2] for line in said.splitlines()} == {"Operation not"}


def test_a_gpu_that_is_not_there(docker):
    done = docker.run("--gpus", "device=17", "container", "true")
    assert done.rc != 0 and "there is no GPU or MIG device '17'" in done.err
