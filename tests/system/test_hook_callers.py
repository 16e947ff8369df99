"""Bundles as Sarus and CRI-O write them, through runc: neither of the two can be had here. Each
calls the hook as the file says that its page prints, at the stage prestart."""

import json
from typing import Any

import pytest

from harness.documents import printed_hook
from harness.engines import CONTAINER_ROOT, DRIVER_ROOT, debian_12
from harness.made_node import CONTROL_NODES, GPU_NODES, GPUS, MadeNode
from harness.seen import LOOK, Seen, seen_in

HOOK = f"{DRIVER_ROOT}/usr/bin/driverctl-hook"
SARUS = "/opt/sarus/bin/nvidia-container-toolkit-3.1.4"
SARUS_CONFIG = "/opt/sarus/etc/nvidia-hook-config.toml"
BIND = ["nosuid", "noexec", "nodev", "rbind", "slave", "rw"]
LOG = "/tmp/hook.log"


@pytest.fixture(scope="module")
def node(made_driver):
    with debian_12(made_driver) as node:
        node.check("mkdir", "-p", "/opt/sarus/bin", "/opt/sarus/etc")
        node.check("ln", "-s", HOOK, SARUS)
        node.write(SARUS_CONFIG, f'[nvidia-container-cli]\ndebug = "{LOG}"\n')
        yield node


def sarus(environment: list[str]) -> dict[str, Any]:
    """Its ConfigsMerger has mapped the variables; its root is relative, and /dev lies in it."""
    return {
        "ociVersion": "1.0.0",
        "process": {
            "terminal": False,
            "user": {"uid": 1000, "gid": 1000, "additionalGids": []},
            "args": ["sh", "-c", LOOK],
            "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", *environment],
            "cwd": "/",
            "capabilities": {},
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": False},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev/shm", "type": "bind", "source": "/dev/shm", "options": BIND},
        ],
        "linux": {
            "namespaces": [{"type": "pid"}, {"type": "mount"}],
            "rootfsPropagation": "slave",
            "maskedPaths": ["/proc/kcore"],
            "readonlyPaths": ["/proc/sys"],
        },
        "hooks": {"prestart": [printed_hook("docs/sarus.md")]},
    }


def crio(environment: list[str]) -> dict[str, Any]:
    """What of it a hook can tell from another engine's bundle."""
    capabilities = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_SETUID", "CAP_SETGID"]
    return {
        "ociVersion": "1.0.2-dev",
        "process": {
            "user": {"uid": 0, "gid": 0, "umask": 18},
            "args": ["sh", "-c", LOOK],
            "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", *environment],
            "cwd": "/",
            "capabilities": {kind: capabilities for kind in ("bounding", "effective", "permitted")},
            "oomScoreAdj": 1000,
        },
        "root": {"path": "rootfs"},
        "hostname": "pod",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]},
            {"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]},
        ],
        "annotations": {
            "io.container.manager": "cri-o",
            "io.kubernetes.cri-o.ContainerType": "container",
            "io.kubernetes.cri-o.Name": "k8s_cuda_pod_default",
            "io.kubernetes.cri-o.SandboxID": "f3b1",
            "io.kubernetes.cri-o.Annotations": '{"io.kubernetes.container.restartCount":"0"}',
        },
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
        },
        "hooks": {"prestart": [printed_hook("docs/cri-o.md")]},
    }


def bundled(node: MadeNode, configuration: dict[str, Any]) -> str:
    copy = 'b=$(mktemp -d) && cp -R "$0" $b/rootfs && mkdir -p $b/rootfs/dev/shm && echo $b'
    bundle = node.check("sh", "-c", copy, CONTAINER_ROOT).strip()
    node.write(f"{bundle}/config.json", json.dumps(configuration))
    node.check("chmod", "755", bundle, f"{bundle}/rootfs")
    return bundle


def run(node: MadeNode, configuration: dict[str, Any]) -> Seen:
    bundle = bundled(node, configuration)
    return seen_in(node.check("runc", "run", "--bundle", bundle, bundle.rpartition(".")[2]))


def gpus(*indices: int) -> set[str]:
    return {f"/dev/nvidia{GPUS[index].minor}" for index in indices}


CALLERS = {"Sarus": sarus, "CRI-O": crio}


@pytest.mark.parametrize("caller", CALLERS)
def test_a_container_with_one_gpu(caller, node):
    environment = ["NVIDIA_VISIBLE_DEVICES=1", "NVIDIA_DRIVER_CAPABILITIES=all"]
    seen = run(node, CALLERS[caller](environment))
    assert seen.nodes.keys() & GPU_NODES.keys() == gpus(1)
    assert CONTROL_NODES.items() <= seen.nodes.items()
    assert {"libcuda.so.1", "libnvidia-ml.so.1"} <= seen.libraries.keys()
    opened = [line for line in seen.smi if line.startswith("/dev/nvidia")]
    assert opened and all(line.endswith(": ENXIO") for line in opened)


@pytest.mark.parametrize("caller", CALLERS)
def test_a_container_without_gpus(caller, node):
    seen = run(node, CALLERS[caller]([]))
    assert seen.nodes == {} and "libcuda.so.1" not in seen.libraries


def test_the_order_of_sarus_is_told_where_it_is_that_of_texts(node):
    """Of GPUs 10 and 9 Sarus says that 10 is the first; with UUIDs two are enough."""
    node.run("rm", "-f", LOG)
    one, other = GPUS[0].uuid, GPUS[1].uuid
    visible = f"NVIDIA_VISIBLE_DEVICES={one},{other}"
    seen = run(node, sarus([visible, "CUDA_VISIBLE_DEVICES=1,0"]))
    assert seen.nodes.keys() & GPU_NODES.keys() == gpus(0, 1)
    said = node.check("cat", LOG)
    assert "level=warning" in said and f"it should be {one},{other}" in said


@pytest.mark.parametrize("word", ["poststart", "poststop", "createRuntime"])
def test_other_words_of_nvidias_hook_do_nothing(word, node):
    for words in ([SARUS, word], [SARUS, "-config=/nowhere", word]):
        done = node.run(*words, input="")
        assert (done.rc, done.out, done.err) == (0, "", "")


def test_no_word_is_wrong_usage(node):
    done = node.run(SARUS)
    assert done.rc == 2 and done.err == "driverctl-hook: error: no stage is named. See --help.\n"


@pytest.mark.parametrize("runtime", [["runc"], ["crun", "--cgroup-manager=disabled"]])
@pytest.mark.parametrize("propagation", [None, "shared", "rshared"])
def test_mounts_propagate_as_the_runtimes_own(propagation, runtime, node):
    """To nobody outside; crun makes all mounts in a container shared when rshared is asked for."""
    configuration = crio(["NVIDIA_VISIBLE_DEVICES=1"])
    configuration["process"]["args"] = ["sh", "-c", "cat /proc/self/mountinfo; sleep 0.2"]
    if propagation:
        configuration["linux"]["rootfsPropagation"] = propagation
    look = {"path": "/bin/sh", "args": ["sh", "-c", "cat /proc/self/mountinfo >/tmp/outside"]}
    configuration["hooks"]["poststart"] = [look]
    bundle = bundled(node, configuration)
    root = f"{bundle}/rootfs"
    node.check("mount", "--make-rshared", "/")
    node.check("mount", "--bind", root, root)
    inside = node.check(*runtime, "run", "--bundle", bundle, bundle.rpartition(".")[2])
    node.check("umount", root)
    shared = {at: "shared:" in rest for at, rest in map(placed, inside.splitlines())}
    libraries = [at for at in shared if at.rpartition("/")[2].startswith("libcuda.so.")]
    is_shared = runtime[0] == "crun" and propagation == "rshared"
    assert [shared["/proc"], *(shared[at] for at in libraries)] == [is_shared] * 2
    outside = [at for at, _ in map(placed, node.check("cat", "/tmp/outside").splitlines())]
    assert [at for at in outside if at.startswith(bundle)] == [root]


def placed(mount: str) -> tuple[str, str]:
    """Where a line of mountinfo says that a mount is, and what follows."""
    at, _, rest = mount.split(" ", 4)[4].partition(" ")
    return at, rest
