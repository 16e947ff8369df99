"""What a container sees of the driver: a script that looks around in it, what that has said, and
what it has to say in a container with the driver of a made node."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.drivers import DRIVER
from harness.made_node import CONTROL_NODES, DRM_NODES, GPU_NODES, GPUS, Gpu

LIBRARIES = "/usr/lib/x86_64-linux-gnu"

# Each line of what it prints begins with a word that says what it is about.
LOOK = r"""
find /dev -type c \( -name 'nvidia*' -o -path '/dev/dri/*' \) -exec stat -c 'node %n %t %T' {} +
find -L /usr /etc /run /lib/firmware -path '*nvidia*' -o -name '*cuda*' 2>/dev/null |
  sed 's/^/file /'
find /usr/lib /dev -type l -exec stat -c 'link %N' {} + | sed "s/ -> / /; s/'//g"
env | sed 's/^/env /'
ldconfig -p | sed -n 's/^\t\([^ ]*\) (.*x86-64.*) => /library \1 /p'
ldconfig -p | sed -n 's/^\t\([^ ]*\) (libc6) => /library-32 \1 /p'
nvidia-smi | sed 's/^/smi /'
grep -E '^(NoNewPrivs|CapEff|Uid):' /proc/self/status | sed 's/^/status /; s/:\t/ /'
grep ModifyDeviceFiles /proc/driver/nvidia/params 2>/dev/null | sed 's/^/status /; s/: / /'
"""


@dataclass
class Seen:
    nodes: dict[str, tuple[int, int]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)  # 64-bit ones of `ldconfig -p`
    libraries_32: dict[str, str] = field(default_factory=dict)
    smi: list[str] = field(default_factory=list)  # what nvidia-smi says
    status: dict[str, str] = field(default_factory=dict)  # of the process and of the driver


def seen_in(output: str) -> Seen:
    seen = Seen()
    for line in output.splitlines():
        kind, _, rest = line.partition(" ")
        name, _, value = rest.partition(" ")
        if kind == "node":
            major, minor = value.split()
            seen.nodes[name] = (int(major, 16), int(minor, 16))
        elif kind == "file":
            seen.files.add(rest)
        elif kind == "smi":
            seen.smi.append(rest)
        elif kind == "env":
            name, _, value = rest.partition("=")
            seen.env[name] = value
        else:
            tables = {"link": seen.links, "status": seen.status}
            tables |= {"library": seen.libraries, "library-32": seen.libraries_32}
            tables[kind][name] = value
    return seen


DEVICES: dict[str, list[Gpu]] = {
    "all": list(GPUS),
    "0": [GPUS[0]],
    GPUS[1].uuid: [GPUS[1]],
    "none": [],
}


def nodes_with(gpus: list[Gpu]) -> dict[str, tuple[int, int]]:
    named = [path for gpu in gpus for path in (f"/dev/nvidia{gpu.minor}", *gpu.drm_nodes)]
    both = GPU_NODES | DRM_NODES
    return CONTROL_NODES | {path: both[path] for path in named}


def check_driver(seen: Seen, void: bool = True) -> None:
    """What every container gets, whatever GPUs it has. `void`: nobody gives it them twice."""
    for name in ("libcuda.so.1", "libnvidia-ml.so.1", "libnvidia-ptxjitcompiler.so.1"):
        assert seen.libraries[name] == f"{LIBRARIES}/{name}"
        assert f"{name}: {LIBRARIES}/{name}" in seen.smi
    assert seen.libraries_32["libcuda.so.1"] == "/usr/lib/i386-linux-gnu/libcuda.so.1"
    assert seen.links[f"{LIBRARIES}/libcuda.so"] == "libcuda.so.1"
    assert seen.links[f"{LIBRARIES}/libGLX_indirect.so.0"] == f"libGLX_nvidia.so.{DRIVER}"
    assert (seen.env["NVIDIA_VISIBLE_DEVICES"] == "void") == void
    assert {"/usr/bin/nvidia-smi", "/run/nvidia-persistenced/socket"} <= seen.files
    assert f"/lib/firmware/nvidia/{DRIVER}/gsp_ga10x.bin" in seen.files


def check_opened(seen: Seen) -> None:
    """The process may open each node: there is only no driver behind it."""
    nodes = [path for path in seen.nodes if path.startswith("/dev/nvidia")]
    assert [line for line in seen.smi if line.startswith("/dev/")] == [
        f"{path}: ENXIO" for path in sorted(nodes)
    ]
