"""driverctl-hook as a whole: podman with crun and runc, of root and of an ordinary user, calls it
at each stage that gives a container the driver. Attacks: test_hostile_roots.py."""

import json
from itertools import product

import pytest

from harness.documents import printed_hook
from harness.driverctl import Finished
from harness.engines import (
    CONFIGURATION,
    CONTAINER_ROOT,
    DRIVER_ROOT,
    PROGRAMS,
    MadeNode,
    Podman,
    debian_12,
)
from harness.made_node import CONTROL_NODES, GPU_NODES, GPUS, USER
from harness.seen import LOOK, Seen, seen_in

HOOK = f"{DRIVER_ROOT}/usr/bin/driverctl-hook"
FOLDER = "/etc/stage-hooks"
CONFIG = "/etc/nvidia-container-runtime/config.toml"
LOG = "/tmp/hook.log"
LIBRARIES = "/usr/lib/x86_64-linux-gnu"
STAGES = {  # as hooks.d files have them; the stage is the last word
    "precreate": ["driverctl-hook", "precreate"],
    "prestart": ["nvidia-container-toolkit", "prestart"],
    "createRuntime": ["driverctl-hook", "createRuntime"],
    "createContainer": ["driverctl-hook", "createContainer"],
}
ENGINES = {
    f"{runtime} {user}": (runtime, user) for runtime, user in product(("crun", "runc"), (0, USER))
}
each_stage = pytest.mark.parametrize("stage", STAGES)
each_engine = pytest.mark.parametrize("engine", ENGINES)
ASKED = ("--env", "NVIDIA_VISIBLE_DEVICES=0", "--env", "NVIDIA_DRIVER_CAPABILITIES=all")
NODES = CONTROL_NODES | {f"/dev/nvidia{GPUS[0].minor}": GPU_NODES[f"/dev/nvidia{GPUS[0].minor}"]}


@pytest.fixture(scope="module")
def node(made_driver):
    with debian_12(made_driver) as node:
        yield node


def hook_file(stage: str, args: list[str], path: str = HOOK) -> str:
    hook = {"path": path, "args": args, "env": ["PATH=/usr/sbin:/usr/bin"]}
    when = {"always": True, "commands": [".*"]}
    return json.dumps({"version": "1.0.0", "hook": hook, "when": when, "stages": [stage]})


def started(node: MadeNode, engine: str, stage: str, *options: str) -> Finished:
    """`podman run` with the hook of the stage alone."""
    runtime, user = ENGINES[engine]
    node.check("rm", "-rf", FOLDER)
    node.write(f"{FOLDER}/nvidia.json", hook_file(stage, STAGES[stage]))
    words = ["podman", "--runtime", runtime, "run", "--rm", "--hooks-dir", FOLDER, *options]
    return Podman(node, runtime, user).run([*words, "IMAGE", "sh", "-c", LOOK])


def looked(done: Finished) -> Seen:
    assert done.rc == 0, done.err
    return seen_in(done.out)


def nvidias_nodes(seen: Seen) -> dict[str, tuple[int, int]]:
    return {path: number for path, number in seen.nodes.items() if path.startswith("/dev/nvidia")}


def opened(seen: Seen) -> set[str]:
    """What opening each node has come to: ENXIO says that it may be opened."""
    return {line.split(": ")[1] for line in seen.smi if line.startswith("/dev/")}


@each_engine
@each_stage
def test_a_container_gets_what_it_asks_for(stage, engine, node):
    seen = looked(started(node, engine, stage, *ASKED))
    assert nvidias_nodes(seen) == NODES
    assert seen.libraries["libcuda.so.1"] == f"{LIBRARIES}/libcuda.so.1"
    assert seen.links[f"{LIBRARIES}/libcuda.so"] == "libcuda.so.1"
    assert {"/usr/bin/nvidia-smi", "/run/nvidia-persistenced/socket"} <= seen.files
    assert opened(seen) == {"ENXIO"}
    has_variables = stage == "precreate"
    assert seen.env["NVIDIA_VISIBLE_DEVICES"] == ("void" if has_variables else "0")


@each_engine
@each_stage
def test_a_container_that_asks_for_no_gpu_is_left_alone(stage, engine, node):
    for variable in ("OTHER=0", "NVIDIA_VISIBLE_DEVICES=void"):
        seen = looked(started(node, engine, stage, "--env", variable))
        assert nvidias_nodes(seen) == {} and not {"libcuda.so.1"} & seen.libraries.keys()


@each_engine
@each_stage
def test_a_request_that_cannot_be_granted_stops_the_container(stage, engine, node):
    node.write(CONFIG, f'[nvidia-container-cli]\ndebug = "{LOG}"\n')
    node.run("rm", "-f", LOG)
    done = started(node, engine, stage, "--env", "NVIDIA_VISIBLE_DEVICES=17")
    said = node.check("cat", LOG)
    node.check("rm", CONFIG)
    assert done.rc != 0
    sentence = "there is no GPU or MIG device '17'"
    assert "level=error" in said and sentence in said
    # The others do not show what a hook writes.
    assert sentence in done.err or engine.startswith("crun") or stage == "precreate"


@each_engine
@each_stage
def test_an_ordinary_user_without_privileges(stage, engine, node):
    least = ("--user=1000:1000", "--security-opt=no-new-privileges", "--cap-drop=ALL")
    seen = looked(started(node, engine, stage, *ASKED, *least))
    assert nvidias_nodes(seen) == NODES and "libcuda.so.1" in seen.libraries


@each_engine
@each_stage
def test_a_read_only_root(stage, engine, node):
    done = started(node, engine, stage, *ASKED, "--read-only")
    assert done.rc == 0, done.err
    assert nvidias_nodes(seen_in(done.out)) == NODES


OWN_NAMESPACE = {
    0: ("--uidmap=0:100000:65536", "--gidmap=0:100000:65536"),
    USER: ("--userns=nomap",),
}
WRITABLE_ROOT = 'root=$(mktemp -d) && cp -R "$0/." $root && chmod -R a+rwX $root && echo $root'


def started_in_own_namespace(node: MadeNode, engine: str) -> Finished:
    """With what the folder has."""
    runtime, user = ENGINES[engine]
    root = node.check("sh", "-c", WRITABLE_ROOT, CONTAINER_ROOT, user=user).strip()
    words = ["podman", "--runtime", runtime, "run", "--rm", "--hooks-dir", FOLDER, *ASKED]
    words += [*OWN_NAMESPACE[user], *([] if runtime == "crun" else ["--cgroups=enabled"])]
    return node.run(*words, "--rootfs", root, "sh", "-c", LOOK, user=user)


@each_engine
@each_stage
def test_a_user_namespace_of_the_containers_own(stage, engine, node):
    """In which neither the user nor the host's root is anybody. Of the hooks that crun calls in it
    none works, be it /bin/true: they shall start in the bundle's folder, which is not theirs."""
    node.check("rm", "-rf", FOLDER)
    if engine.startswith("crun") and stage in ("precreate", "createContainer"):
        node.write(f"{FOLDER}/true.json", hook_file("createContainer", ["true"], "/bin/true"))
        assert started_in_own_namespace(node, engine).rc != 0
        return
    node.write(f"{FOLDER}/nvidia.json", hook_file(stage, STAGES[stage]))
    seen = looked(started_in_own_namespace(node, engine))
    # There config.json cannot be read, so that nobody knows what the container asks for.
    assert nvidias_nodes(seen) == ({} if stage == "createContainer" else NODES)


@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_the_stages_together_do_it_once(runtime, node):
    node.check("rm", "-rf", FOLDER)
    for stage, args in STAGES.items():
        node.write(f"{FOLDER}/{stage}.json", hook_file(stage, args))
    words = ["podman", "--runtime", runtime, "run", "--rm", "--hooks-dir", FOLDER, *ASKED]
    mounts = "grep -c libcuda.so /proc/self/mounts"
    once = Podman(node, runtime).run([*words, "IMAGE", "sh", "-c", mounts])
    assert once.rc == 0, once.err
    (node_hooks,) = [node.check("sh", "-c", f"rm {FOLDER}/precreate.json; ls {FOLDER}")]
    assert "prestart.json" in node_hooks
    again = Podman(node, runtime).run([*words, "IMAGE", "sh", "-c", mounts])
    assert again.out == once.out, again.err


@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_the_files_that_users_have(runtime, node):
    """NVIDIA's names and folders, and nothing else."""
    program = "/usr/bin/nvidia-container-toolkit"
    folder = "/usr/share/containers/oci/hooks.d"
    node.check("ln", "-sf", HOOK, program)
    text = {
        "version": "1.0.0",
        "hook": {"path": program, "args": ["nvidia-container-toolkit", "prestart"]},
        "when": {"always": True, "commands": [".*"]},
        "stages": ["prestart"],
    }
    node.write(f"{folder}/oci-nvidia-hook.json", json.dumps(text))
    configuration = 'no-cgroups = true\n[nvidia-container-runtime]\ndebug = "~/.local/hook.log"\n'
    node.write(
        "/etc/nvidia-container-runtime/config.toml", f"[nvidia-container-cli]\n{configuration}"
    )
    words = ["podman", "--runtime", runtime, "run", "--rm", "--security-opt=label=disable"]
    words += [f"--hooks-dir={folder}", *ASKED]
    done = Podman(node, runtime, USER).run([*words, "IMAGE", "sh", "-c", LOOK])
    node.check("rm", "-r", folder, "/etc/nvidia-container-runtime")
    assert nvidias_nodes(looked(done)) == NODES


def test_the_file_that_the_page_prints(node):
    """The same hooks in the big binary."""
    hook = printed_hook("docs/hooks.md")
    node.check("ln", "-sf", f"{PROGRAMS}/driverctl", hook["path"])
    node.check("rm", "-rf", FOLDER)
    node.write(f"{FOLDER}/nvidia.json", hook_file("precreate", hook["args"], hook["path"]))
    words = ["podman", "run", "--rm", "--hooks-dir", FOLDER, *ASKED, "IMAGE", "sh", "-c", LOOK]
    seen = looked(Podman(node, "crun").run(words))
    assert nvidias_nodes(seen) == NODES and seen.env["NVIDIA_VISIBLE_DEVICES"] == "void"


@each_stage
@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_where_pivot_root_is_impossible(runtime, stage, made_driver):
    """As in an initramfs: the runtime moves the root and changes to it."""
    place = "etc/containers/containers.conf"
    configuration = CONFIGURATION[place].replace("[engine]", "[engine]\nno_pivot_root = true")
    with MadeNode(made_driver.binds, files=CONFIGURATION | {place: configuration}) as node:
        seen = looked(started(node, f"{runtime} 0", stage, *ASKED))
    assert nvidias_nodes(seen) == NODES and "libcuda.so.1" in seen.libraries
