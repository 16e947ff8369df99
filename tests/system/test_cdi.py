"""`driverctl cdi` on a made node: what is generated is valid by CDI's own schema and for those who
have to read it; what is wrong in CDI directories is said. Containers that use it are in
test_cdi_containers.py."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from harness.driverctl import Finished
from harness.drivers import DRIVER
from harness.made_node import DRIVER_ROOT, GPU_NODES, GPUS, MadeNode
from harness.paths import BINARY
from harness.shell import material, wait_until

PROGRAM = "/run/driverctl/driverctl"
SOURCES = "usr/share/gocode/src/github.com/container-orchestrated-devices"


@pytest.fixture(scope="module")
def node(made_driver):
    binds = {made_driver.tree: DRIVER_ROOT, BINARY.parent: "/run/driverctl"}
    with MadeNode(binds) as made:
        yield made


@pytest.fixture(autouse=True)
def empty_directories(node):
    node.check("rm", "-rf", "/etc/cdi", "/var/run/cdi")


@pytest.fixture(scope="module")
def validator():
    """CDI's own schema, out of Debian's package of its library."""
    folder = Path(material("fetch-debs", "cdi").strip()) / SOURCES
    schemas = folder / "container-device-interface/schema"
    schema = json.loads((schemas / "schema.json").read_text())
    store = {"defs.json": json.loads((schemas / "defs.json").read_text())}
    return jsonschema.Draft7Validator(
        schema, resolver=jsonschema.RefResolver("", schema, store=store)
    )


def run(node: MadeNode, *words: object) -> Finished:
    return node.run(PROGRAM, "cdi", *words)


def generated(node: MadeNode, *words: object) -> dict:
    done = run(node, "generate", "--format=json", *words)
    assert done.rc == 0, done.err
    return json.loads(done.out)


def names(specification: dict) -> list[str]:
    return [device["name"] for device in specification["devices"]]


@pytest.mark.parametrize("by", ["index", "uuid", "type-index", "index,uuid"])
def test_schema_accepts_what_is_generated(node, validator, by):
    specification = generated(node, "--name-by", by)
    validator.validate(specification)
    assert yaml.safe_load(run(node, "generate", "--name-by", by).out) == specification


def test_devices(node):
    specification = generated(node)
    first, second = GPUS
    assert names(specification) == ["0", first.uuid, "1", second.uuid, "all", "none"]
    assert specification["cdiVersion"] == "0.5.0"
    assert generated(node, "--name-by=type-index")["cdiVersion"] == "0.3.0"
    nodes = {
        device["name"]: {node["path"] for node in device["containerEdits"].get("deviceNodes", [])}
        & GPU_NODES.keys()
        for device in specification["devices"]
    }
    assert nodes["0"] == {f"/dev/nvidia{first.minor}"}
    assert nodes["all"] == GPU_NODES.keys()
    assert nodes["none"] == set()


def test_files_are_those_of_the_driver_root(node):
    edits = generated(node)["containerEdits"]
    mounts = {mount["containerPath"]: mount["hostPath"] for mount in edits["mounts"]}
    library = next(path for path in mounts if path.endswith(f"/libcuda.so.{DRIVER}"))
    assert mounts[library] == DRIVER_ROOT + library
    for source in mounts.values():
        assert source.startswith(DRIVER_ROOT) and node.run("test", "-e", source).rc == 0


def test_is_written_as_a_whole_and_only_when_it_is_new(node):
    file = "/var/run/cdi/nvidia.com-gpu.json"
    assert run(node, "generate", "--output", file).rc == 0
    assert node.check("stat", "-c", "%a", file) == "644\n"
    before = node.check("stat", "-c", "%i", file)
    again = run(node, "generate", "--output", file)
    assert "says so already" in again.err
    assert node.check("stat", "-c", "%i", file) == before
    assert node.check("ls", "-A", "/var/run/cdi").split() == ["nvidia.com-gpu.json"]


@pytest.mark.parametrize(
    "words",
    [
        ["--output", "/tmp/nvidia.yml"],
        ["--output", "/dev/null", "--format=json"],
        ["--watch"],
        ["--for=lxc-5.0"],
        ["--name-by=name"],
    ],
    ids=" ".join,
)
def test_wrong_words_are_refused(node, words):
    assert run(node, "generate", *words).rc == 2


def test_every_reader_reads_it(node):
    readers = "containerd-1.7,crio-1.26,docker-25.0,podman-4.3"
    for by in ("index,uuid", "type-index"):
        output = ["--output", "/var/run/cdi/nvidia.yaml"]
        assert run(node, "generate", *output, "--for", readers, "--name-by", by).rc == 0
        done = run(node, "validate", "--for", readers)
        assert done.rc == 0 and done.out.count("reads it") == 4, done.out


def test_generate_warns_of_a_second_file_that_readers_find(node):
    """As nvidia-ctk leaves one; where nobody reads there may be as many as somebody likes."""
    first, second = "/var/run/cdi/nvidia.yaml", "/var/run/cdi/nvidia.com-gpu.json"
    for file in (first, "/tmp/one.json", "/tmp/two.json"):
        done = run(node, "generate", "--output", file)
        assert done.rc == 0 and "no container can have it" not in done.err
    done = run(node, "generate", "--output", second)
    assert done.rc == 0
    warning = f"is in both {second} and {first}: no container can have it. Remove one of the files."
    assert warning in done.err


def test_validation_says_who_refuses_it(node):
    specification = generated(node) | {"cdiVersion": "0.6.0"}
    node.write("/tmp/newer.json", json.dumps(specification))
    done = run(node, "validate", "/tmp/newer.json", "--for=podman-4.3,podman-4.9")
    assert done.rc == 1
    assert "podman-4.3       refuses it" in done.out and "podman-4.9       reads it" in done.out
    node.write("/tmp/unknown.json", json.dumps(specification | {"extra": 1}))
    assert "extra: unknown field" in run(node, "validate", "/tmp/unknown.json").out
    assert run(node, "validate", "/tmp/nowhere.json").rc == 2


def test_list_says_what_is_hidden_and_what_is_stale(node):
    stale = generated(node)
    uvm = {"path": "/dev/nvidia-uvm", "type": "c", "major": 999, "minor": 0}
    stale["containerEdits"]["deviceNodes"] = [uvm, {"path": "/dev/nvidia9"}]
    node.write("/etc/cdi/nvidia.json", json.dumps(stale))
    assert run(node, "generate", "--output=/var/run/cdi/nvidia.com-gpu.json").rc == 0
    done = run(node, "list", "--json")
    assert done.rc == 0, done.err
    listed = json.loads(done.out)
    states = {(device["file"], device["state"]) for device in listed["devices"]}
    assert states == {
        ("/etc/cdi/nvidia.json", "hidden"),
        ("/var/run/cdi/nvidia.com-gpu.json", "usable"),
    }
    files = {file["file"]: file["stale"] for file in listed["files"]}
    assert files["/var/run/cdi/nvidia.com-gpu.json"] == []
    assert files["/etc/cdi/nvidia.json"] == [
        "/dev/nvidia-uvm is said to be 999:0, and is 507:0",
        "the node /dev/nvidia9 is not there",
    ]


def has_second(node: MadeNode) -> bool:
    return node.run("grep", "-q", GPUS[1].uuid, "/var/run/cdi/nvidia.com-gpu.json").rc == 0


def test_watch_follows_nodes(node):
    file = "/var/run/cdi/nvidia.com-gpu.json"
    lost = f"/dev/nvidia{GPUS[1].minor}"
    shell = f"{PROGRAM} cdi generate --watch --output={file} >/tmp/log 2>&1 & echo $!"
    pid = node.check("sh", "-c", shell).strip()
    try:
        wait_until(lambda: has_second(node))
        node.check("mv", lost, "/tmp/node")
        wait_until(lambda: not has_second(node))
        assert names(json.loads(node.check("cat", file))) == ["0", GPUS[0].uuid, "all", "none"]
        node.check("mv", "/tmp/node", lost)
        wait_until(lambda: has_second(node))
    finally:
        node.check("kill", pid)
