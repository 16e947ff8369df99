"""containerd 1.6, 1.7 and sid's, configured by the program: what the daemon itself makes of it, and
real containers with our runtime, of `ctr` and of Kubernetes' pods, on made nodes."""

import json
import tomllib
from functools import reduce
from typing import Any

import pytest

from harness.containerd import CONFIGURATION, IMAGE, Containerd
from harness.cri import CriError
from harness.documents import blocks
from harness.engines import CONTAINER_ROOT, DAEMONS, daemons, install_programs
from harness.made_node import MadeNode
from harness.paths import ROOT
from harness.seen import DEVICES, check_driver, check_opened, nodes_with

RUNTIME = "/usr/bin/driverctl-runtime"
VECTORS = json.loads((ROOT / "tests/vectors/runtime-config.json").read_text())["cases"]
CASES = [case for case in VECTORS if case["runtime"] == "containerd"]
ACCEPTED = ("as-volume-mounts = true", "envvar-when-unprivileged = false")
ALL = {"NVIDIA_DRIVER_CAPABILITIES": "all"}
# No control group may be given a share of the processors here, and no process another OOM score.
SETTINGS = "  disable_cgroup = true\n  restrict_oom_score_adj = true\n"
CRI = {  # by the daemon's major version: version of the format, the plugin's name
    1: (2, "io.containerd.grpc.v1.cri"),
    2: (3, "io.containerd.cri.v1.runtime"),
}
BEFORE = {
    1: f"""\
version = 2
[plugins."io.containerd.grpc.v1.cri"] # of the site
  sandbox_image = "{IMAGE}"
{SETTINGS}\
  [plugins."io.containerd.grpc.v1.cri".containerd.default_runtime]
    runtime_type = "io.containerd.runc.v2"
""",
    2: f"""\
version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images] # of the site
  sandbox = '{IMAGE}'
[plugins.'io.containerd.cri.v1.runtime']
{SETTINGS}""",
}


def release(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")[:2]))


def version_of(node: MadeNode) -> tuple[int, ...]:
    words = node.check("containerd", "--version").split()
    return release(next(word for word in words if word[0].isdigit()))


def dump(node: MadeNode) -> dict[str, Any]:
    return tomllib.loads(node.check("containerd", "config", "dump"))


def is_of(case: dict[str, Any], version: tuple[int, ...]) -> bool:
    """Newer ones are as the newest that is known."""
    tried = [
        release(word) for word in [case["version"], *case.get("tried", "").split(", ")] if word
    ]
    return version in tried or (version > (2, 1) and (2, 1) in tried)


@pytest.fixture(scope="module", params=DAEMONS)
def node(request, made_driver):
    with daemons(request.param, made_driver) as node:
        install_programs(node)
        yield node


def configure(node: MadeNode, *words: str, rc: int = 0) -> str:
    done = node.run("driverctl", "runtime", "configure", "--runtime", "containerd", *words)
    assert done.rc == rc, done.err
    return done.err


@pytest.fixture
def clean(node):
    """As a host that has no configuration; and so it is left."""
    node.check("rm", "-rf", "/etc/containerd")
    yield
    node.check("rm", "-rf", "/etc/containerd")


def test_daemon_reports_what_is_meant(node, clean):
    """The data's cases of this version, and their bytes after --remove."""
    cases = [case for case in CASES if is_of(case, version_of(node))]
    assert len(cases) >= 3
    for case in cases:
        node.check("rm", "-rf", "/etc/containerd")
        for path, text in case["files"].items():
            node.write(path, text)
        configure(node, *case["args"], rc=case["expect"]["exit"])
        for pointer, value in case["expect"].get("effective", {}).items():
            found = reduce(lambda table, key: table[key], pointer.split("/")[1:], dump(node))
            assert found == value, f"{case['id']}: {pointer}"
        if case["expect"]["exit"] == 0:
            configure(node, *case["args"], "--remove")
        for path, text in case["files"].items():
            assert node.check("cat", path) == text, case["id"]


def test_the_pages_configuration(node, clean):
    page = blocks(ROOT / "docs/containerd.md")
    line, restart = next(block for block in page if "runtime configure" in block[0])
    assert restart in node.check("sh", "-c", f"{line} 2>&1")
    assert "/usr/bin/driverctl-runtime" in node.check("containerd", "config", "dump")


def test_what_the_daemon_refuses_already_is_said_in_its_words(node, clean):
    refused = "version = 2\n[plugins.'io.containerd.grpc.v1.cri'.containerd.runtimes.kata]\n"
    refused += "runtime_type = 7\n"
    node.write(CONFIGURATION, refused)
    said = configure(node, rc=2)
    assert CONFIGURATION in said and "refuses the file as it is" in said and "string" in said
    assert node.check("cat", CONFIGURATION) == refused


def test_imports_of_imported_files(node, clean):
    """They lie beside the file that imports them, and are read after all that the main file
    names. (Before 1.7 a relative pattern is one of the daemon's working directory.)"""
    version = version_of(node)
    plugin = CRI[min(version[0], 2)]
    imports = f"version = {plugin[0]}\nimports = ['%s']\n"
    runtime = f"[plugins.'{plugin[1]}'.containerd.runtimes.%s]\n"
    runtime += "runtime_type = 'io.containerd.runc.v2'\noptions = { BinaryName = '/%s' }\n"
    texts = {
        CONFIGURATION: imports % "site/a.toml",
        "/etc/containerd/site/a.toml": imports % "/etc/containerd/site/b*.toml",
        "/etc/containerd/site/b.toml": imports % "a.toml" + runtime % ("runc", "its-own"),
    }
    for path, text in texts.items():
        node.write(path, text)
    configure(node)
    runtimes = dump(node)["plugins"][plugin[1]]["containerd"]["runtimes"]
    programs = {name: table["options"]["BinaryName"] for name, table in runtimes.items()}
    assert programs == {"runc": "/its-own", "nvidia": RUNTIME}
    configure(node, "--remove")
    assert {path: node.check("cat", path) for path in texts} == texts

    node.write("/etc/containerd/site/b.toml", imports % "a.toml" + runtime % ("nvidia", "old"))
    warned = "site/b.toml:3:1 is read later and decides" in configure(node)
    runtimes = dump(node)["plugins"][plugin[1]]["containerd"]["runtimes"]
    decides = runtimes["nvidia"]["options"]["BinaryName"] != RUNTIME
    assert (warned, decides) == (version >= (2, 1), version >= (2, 1))


@pytest.fixture(scope="module")
def containerd(node):
    """Configured, and started."""
    node.write(CONFIGURATION, BEFORE[min(version_of(node)[0], 2)])
    cdi = ["--enable-cdi"] if version_of(node) >= (1, 7) else []
    configure(node, "--set-as-default", *cdi)
    node.check("mkdir", "-p", "/var/run/cdi")
    node.check("driverctl", "cdi", "generate", "--output", "/var/run/cdi/nvidia.yaml")
    return Containerd(node)


@pytest.mark.parametrize("device", DEVICES)
def test_container_of_ctr(containerd, device):
    variables = ALL | {"NVIDIA_VISIBLE_DEVICES": device}
    options = [f"--env={name}={value}" for name, value in variables.items()]
    seen = containerd.container(*options, runtime=RUNTIME)
    assert seen.nodes == nodes_with(DEVICES[device])
    check_driver(seen)
    check_opened(seen)


@pytest.mark.parametrize("handler", ["nvidia", ""])
def test_pod_of_the_handler_or_of_none(containerd, handler):
    seen = containerd.pod(handler, env=ALL | {"NVIDIA_VISIBLE_DEVICES": "0"})
    assert seen.nodes == nodes_with(DEVICES["0"])
    check_driver(seen)
    check_opened(seen)


def test_pod_with_volume_mounts_of_the_device_plugin(containerd, node):
    """And no image takes GPUs by itself."""
    file = "/etc/nvidia-container-runtime/config.toml"
    node.write(file, "".join(f"accept-nvidia-visible-devices-{word}\n" for word in ACCEPTED))
    try:
        mounts = {"/dev/null": "/var/run/nvidia-container-devices/0"}
        seen = containerd.pod("nvidia", env=ALL, mounts=mounts)
        assert seen.nodes == nodes_with(DEVICES["0"])
        assert containerd.pod("nvidia", env={"NVIDIA_VISIBLE_DEVICES": "all"}).nodes == {}
    finally:
        node.check("rm", file)


def test_pod_of_another_handler_is_left_alone(containerd):
    seen = containerd.pod("runc", env={"NVIDIA_VISIBLE_DEVICES": "all"})
    assert seen.nodes == {} and "libcuda.so.1" not in seen.libraries


def test_pod_with_a_cdi_device_does_not_need_the_handler(containerd, node):
    if version_of(node) < (1, 7):
        return  # has no CDI, and does not know the field
    seen = containerd.pod("runc", cdi_devices=["nvidia.com/gpu=0"])
    assert seen.nodes == nodes_with(DEVICES["0"])
    check_driver(seen)


def test_gpu_that_is_not_there(containerd):
    sentence = "there is no GPU or MIG device '7'"
    done = containerd.run("--env=NVIDIA_VISIBLE_DEVICES=7", runtime=RUNTIME)
    assert done.rc != 0 and sentence in done.err
    with pytest.raises(CriError, match=sentence):
        containerd.pod("nvidia", env={"NVIDIA_VISIBLE_DEVICES": "7"})


def test_the_pages_ctr(containerd, node):
    (line,) = [
        block[0] for block in blocks(ROOT / "docs/containerd.md") if block[0].startswith("ctr ")
    ]
    node.check("cp", "-R", CONTAINER_ROOT, "/run/rootfs")
    said = node.check("sh", "-c", line)
    assert "libcuda.so.1: " in said and "/dev/nvidia0: ENXIO" in said
