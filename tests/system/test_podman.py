"""podman's containers that ask for GPUs by NVIDIA_VISIBLE_DEVICES, by each of three ways: the
runtime shim, a precreate hook and a prestart hook. podman of Debian 12 and 13, with crun and runc,
of root and of an ordinary user. CDI specifications have test_cdi_containers.py."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from harness.documents import sessions
from harness.drivers import DRIVER
from harness.engines import HOOKS, SHIM, MadeDriver, Podman, configure_shim
from harness.engines import debian_12, debian_13, import_image, install_hooks, toolkit_config
from harness.made_node import DRIVER_ROOT, GPUS, HOME, USER, VIDEO, MadeNode
from harness.paths import ROOT
from harness.seen import DEVICES, LIBRARIES, Seen, check_driver, check_opened, nodes_with

MAKERS: dict[str, Callable[[MadeDriver], MadeNode]] = {"4.3": debian_12, "5.4": debian_13}
WAYS = ("shim", "precreate", "prestart")


@pytest.fixture(scope="module")
def nodes(made_driver) -> Iterator[Callable[[str], MadeNode]]:
    """nodes("4.3"): one with podman of that series, made once."""
    made: dict[str, MadeNode] = {}

    def node(series: str) -> MadeNode:
        if series not in made:
            made[series] = MAKERS[series](made_driver).__enter__()
            install_hooks(made[series])
        return made[series]

    yield node
    for one in made.values():
        one.close()


def asked_for(device: str) -> list[str]:
    """Everything that a CDI specification gives as well."""
    wanted = {"NVIDIA_VISIBLE_DEVICES": device, "NVIDIA_DRIVER_CAPABILITIES": "all"}
    return [f"--env={name}={value}" for name, value in wanted.items()]


def way_of(
    node: MadeNode, way: str, runtime: str, user: int, groups: tuple[int, ...] = ()
) -> Callable[..., Seen]:
    """run(DEVICE, OPTION, …): a container that asks for the device."""
    shim = SHIM if way == "shim" else ""
    podman = Podman(node, runtime, user, groups, shim)
    hooks = [] if shim else [f"--hooks-dir={HOOKS}/{way}"]
    configure_shim(node, runtime)
    return lambda device, *more: podman.container(*hooks, *asked_for(device), *more)


@pytest.fixture(
    scope="module",
    params=product(MAKERS, WAYS, ("crun", "runc"), (0, USER)),
    ids=lambda row: " ".join(map(str, row)),
)
def run(request, nodes):
    series, way, runtime, user = request.param
    return way_of(nodes(series), way, runtime, user)


@pytest.fixture
def void(run, request) -> bool:
    """Whether a second way would see that the container has its GPUs: a hook that comes when its
    process is there cannot say so in the environment."""
    return request.node.callspec.params["run"][1] != "prestart"


@pytest.mark.parametrize("device", DEVICES)
def test_container_sees_what_it_asks_for(run, void, device):
    seen = run(device)
    assert seen.nodes == nodes_with(DEVICES[device])
    check_driver(seen, void)
    check_opened(seen)


def test_user_without_any_privilege_may_use_it(run, void):
    """On a root that nobody may write."""
    options = ["--user=1000:1000", "--security-opt=no-new-privileges", "--cap-drop=ALL"]
    seen = run("all", *options)
    assert seen.status["NoNewPrivs"] == "1" and int(seen.status["CapEff"], 16) == 0
    assert seen.status["Uid"].split()[0] == "1000"
    check_driver(seen, void)
    check_opened(seen)


def test_root_that_cannot_be_written_is_no_obstacle(run):
    seen = run("0", "--read-only")
    assert seen.nodes == nodes_with([GPUS[0]])
    assert f"{LIBRARIES}/libcuda.so.{DRIVER}" in seen.files
    check_opened(seen)


@pytest.fixture
def of_video(nodes) -> Iterator[MadeNode]:
    """A node whose GPUs are for the group video."""
    node = nodes("4.3")
    node.check("sh", "-c", f"chmod 660 /dev/nvidia*; chgrp {VIDEO} /dev/nvidia*")
    yield node
    node.check("sh", "-c", "chmod 666 /dev/nvidia*; chgrp root /dev/nvidia*")


OPENS, REFUSED = "ENXIO", "EACCES"


@pytest.mark.parametrize(
    ("way", "runtime", "user", "options", "answer"),
    [
        ("shim", "crun", USER, [], OPENS),
        ("precreate", "crun", USER, [], OPENS),
        ("prestart", "crun", USER, ["--group-add=keep-groups"], OPENS),
        ("prestart", "crun", USER, [], REFUSED),
        ("shim", "runc", USER, [], REFUSED),
        ("precreate", "runc", USER, [], REFUSED),
        ("shim", "crun", 0, ["--user=1000:1000"], OPENS),
        ("shim", "runc", 0, ["--user=1000:1000"], OPENS),
        ("precreate", "crun", 0, ["--user=1000:1000"], OPENS),
        ("prestart", "crun", 0, ["--user=1000:1000", f"--group-add={VIDEO}"], OPENS),
    ],
)
def test_gpus_of_a_group(of_video, way, runtime, user, options, answer):
    """As a user who is in it, and as one of root's containers whose user is not."""
    run = way_of(of_video, way, runtime, user, groups=(VIDEO,) if user else ())
    smi = run("all", *options).smi
    opened = [line for line in smi if line.startswith("/dev/nvidia")]
    assert {line.split(": ")[1] for line in opened} == {answer} and len(opened) == 6


def test_log_says_why_a_group_does_not_help(of_video):
    """doctor --rootless says so before it happens, and the shim's log when it does."""
    configuration = toolkit_config("runc") + 'debug = "~/shim.log"\n'
    of_video.write("/etc/nvidia-container-runtime/config.toml", configuration)
    podman = Podman(of_video, "runc", USER, (VIDEO,), SHIM)
    podman.container(*asked_for("all"))
    assert "crun" in of_video.check("cat", f"{HOME}/shim.log")


def test_container_that_asks_for_none_is_left_alone(nodes):
    for way in WAYS:
        podman = Podman(nodes("4.3"), "runc", shim=SHIM if way == "shim" else "")
        configure_shim(podman.node, podman.runtime)
        seen = podman.container(*([] if podman.shim else [f"--hooks-dir={HOOKS}/{way}"]))
        assert seen.nodes == {} and "libcuda.so.1" not in seen.libraries


REQUIRES = ["--env=NVIDIA_VISIBLE_DEVICES=0", "--env=NVIDIA_REQUIRE_CUDA=cuda>=99.0"]
MISSPELT = ["--env=NVIDIA_VISIBLE_DEVICES=0", "--env=NVIDIA_DRIVER_CAPABILITIES=compte"]
MISSING = "--env=NVIDIA_VISIBLE_DEVICES=7"


@pytest.mark.parametrize(
    ("shim", "options", "said"),
    [
        ("", ["--device=nvidia.com/gpu=2"], "unresolvable CDI devices nvidia.com/gpu=2"),
        ("", ["--device=nvidia.com/gpu=0,1"], "stat 1: no such file or directory"),
        (SHIM, [MISSING], "there is no GPU or MIG device '7': there are 0 (GPU-"),
        (SHIM, REQUIRES, "the image requires 'cuda>=99.0', which does not hold"),
        (SHIM, MISSPELT, "asks for the driver capability 'compte', which does not exist"),
        (
            "",
            [f"--hooks-dir={HOOKS}/precreate", MISSING],
            "[driverctl-hook precreate]: exit status",
        ),
        ("", [f"--hooks-dir={HOOKS}/prestart", MISSING], "error executing hook"),
        ("/run/runtime", [], "is not compatible with NoCgroups"),
    ],
)
def test_failures_are_those_of_the_document(nodes, shim, options, said):
    node = nodes("4.3")
    configure_shim(node, "crun")
    node.check("ln", "-sf", SHIM, "/run/runtime")
    words = ["podman", "--runtime", shim or "crun", "run", "--rm", *options, "IMAGE", "true"]
    done = Podman(node, "crun", USER).run(words)
    assert done.rc != 0 and said in done.err
    assert said in (ROOT / "docs/podman.md").read_text()


@pytest.fixture(params=[0, USER], ids=["root", "user"])
def fresh(request, made_driver):
    """A node with nothing but the image, and who types "$ ". Its only runtime is crun: runc cannot
    do without cgroups, which the made node has no use for."""
    with debian_12(made_driver) as node:
        node.check("rm", "/usr/sbin/runc")
        import_image(node, request.param)
        node.check("cp", f"{DRIVER_ROOT}/usr/bin/driverctl", "/usr/bin")
        yield node, request.param


def test_document(fresh):
    """As printed."""
    node, user = fresh
    for session in sessions(ROOT / "docs/podman.md"):
        for command in session:
            who = 0 if command.is_roots else user
            command.check(node.check("sh", "-c", command.line, user=who))
    assert node.check("find", "/", "-xdev", "-name", "~") == ""
