"""deploy/flatcar: what a new node is told is what Ignition, systemd and quadlet take, and what the
program knows. test_flatcar_boot.py boots such a node."""

import copy
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.documents import block_with
from harness.driverctl import Finished, command, finish
from harness.ignition import translated, written
from harness.keys import key_pair, public
from harness.made_node import MadeNode
from harness.paths import ROOT
from harness.shell import material
from harness.workers import shared

FLATCAR = ROOT / "deploy/flatcar"
ENGINES = ("docker", "podman")
DOCKER_UNIT = "docker/etc/systemd/system/driverctl.service"
QUADLET = "podman/etc/containers/systemd/driverctl.container"
GENERATED = "/run/systemd/generator/driverctl.service"


@pytest.fixture(scope="module")
def deploy(tmp_path_factory) -> Path:
    """The folder with a public key at its place, as the page says."""
    folder = tmp_path_factory.mktemp("deploy") / "flatcar"
    shutil.copytree(FLATCAR, folder)
    public(key_pair(folder / "release.key")).rename(folder / "node/etc/driverctl/release.pub")
    return folder


@pytest.fixture(params=ENGINES)
def engine(request) -> str:
    return request.param


@pytest.fixture
def node(engine, deploy, tmp_path) -> Iterator[MadeNode]:
    """Debian 13's systemd, docker and podman, with what Ignition would have written."""
    root = Path(shared("engines-root", lambda: material("make-engines-root")))
    written(translated(deploy / f"{engine}.bu"), tmp_path)
    with MadeNode({}, root, layer=tmp_path) as made:
        yield made


def validated(configuration: dict, folder: Path) -> Finished:
    packages = Path(shared("ignition", lambda: material("fetch-debs", "ignition")))
    file = folder / "node.ign"
    file.write_text(json.dumps(configuration))
    return finish([str(packages / "usr/bin/ignition-validate"), str(file)])


def test_ignition_takes_what_butane_makes(engine, deploy, tmp_path):
    configuration = translated(deploy / f"{engine}.bu")
    assert validated(configuration, tmp_path) == Finished(0, "", "")
    # An unknown key is only a warning.
    wrong = copy.deepcopy(configuration)
    wrong["systemd"]["units"][0]["masked"] = True
    assert "Unused key masked" in validated(wrong, tmp_path).out


def test_a_node_keeps_the_other_driver_away_and_starts_ours(engine, deploy, tmp_path):
    written(translated(deploy / f"{engine}.bu"), tmp_path)
    units = tmp_path / "etc/systemd/system"
    assert (units / "nvidia.service").readlink() == Path("/dev/null")
    preset = (tmp_path / "etc/systemd/system-preset/20-ignition.preset").read_text()
    assert preset == ("enable driverctl.service\n" if engine == "docker" else "")


def test_systemd_takes_the_unit(engine, node):
    """docker.service and the programs are Debian's own."""
    if engine == "podman":
        quadlet = ["/usr/libexec/podman/quadlet", "-dryrun"]
        done = node.run(*quadlet)
        assert done.rc == 0 and "---driverctl.service---" in done.out, done.err
        assert not re.search("error|warn|unsupported|ignor", done.err, re.IGNORECASE), done.err
        node.check("mkdir", "-p", Path(GENERATED).parent)
        node.check(quadlet[0], Path(GENERATED).parent)
    unit = GENERATED if engine == "podman" else "/etc/systemd/system/driverctl.service"
    verify = ["systemd-analyze", "verify", "--man=no"]
    assert node.run(*verify, unit) == Finished(0, "", "")
    text = node.check("cat", unit)
    node.write(unit, text.replace("TimeoutStopSec", "TimeoutsStopSec").replace("/bin/", "/sbin/"))
    wrong = node.run(*verify, unit)
    assert "'TimeoutsStopSec'" in wrong.err and "not executable" in wrong.err


BUTANE = """\
#!/bin/sh
# As the page calls it.
[ "$*" = "--strict --files-dir . docker.bu" ] &&
  exec python3 -m harness.ignition docker.bu
"""


def test_the_page_makes_the_configuration(deploy, tmp_path):
    shutil.copytree(FLATCAR, tmp_path / "deploy/flatcar")
    shutil.copy(deploy / "node/etc/driverctl/release.pub", tmp_path)
    butane = tmp_path / "bin/butane"
    butane.parent.mkdir()
    butane.write_text(BUTANE)
    butane.chmod(0o755)
    environment = {
        "PATH": f"{butane.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT / "tests"),
    }
    script = "\n".join(["set -e", *block_with("butane", "docs/flatcar-node.md")])
    done = finish(["bash", "-c", script], environment, cwd=tmp_path)
    assert done == Finished(0, "", "")
    made = json.loads((tmp_path / "deploy/flatcar/node.ign").read_text())
    assert made == translated(deploy / "docker.bu")


def entries(text: str, section: str) -> list[tuple[str, str]]:
    """Names and values of a unit's section."""
    text = re.sub(r"^[#;].*\n", "", text.replace("\\\n", ""), flags=re.MULTILINE)
    (body,) = re.findall(rf"^\[{section}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    parts = [line.partition("=") for line in body.splitlines() if line]
    return [(name, value) for name, _, value in parts]


def docker_run() -> list[str]:
    """The words behind `docker run`."""
    line = dict(entries((FLATCAR / DOCKER_UNIT).read_text(), "Service"))["ExecStart"]
    words = shlex.split(line)
    assert words[:2] == ["/usr/bin/docker", "run"]
    return words[2:]


def volumes(words: list[str]) -> set[str]:
    options = ("-v", "--volume")
    return {value for option, value in zip(words, words[1:]) if option in options}


def test_both_units_are_the_same_container():
    container = entries((FLATCAR / QUADLET).read_text(), "Container")
    values = {name: value for name, value in container if name != "Volume"}
    quadlet = [
        *("--name", values["ContainerName"], "--stop-timeout", values["StopTimeout"]),
        *shlex.split(values["PodmanArgs"]),
        *("--network", values["Network"]),
        *(word for name, value in container if name == "Volume" for word in ("--volume", value)),
    ]
    docker = docker_run()
    assert docker == ["--rm", "--log-driver", "none", *quadlet, "${IMAGE}"]
    unit = dict(entries((FLATCAR / DOCKER_UNIT).read_text(), "Service"))
    assert unit["Environment"] == f"IMAGE={values['Image']}"


def test_readmes_container_sees_the_same_of_its_host():
    """But for the node's own cache and configuration; /run/cdi is /var/run/cdi."""
    (line,) = [line for line in block_with("--name driver ") if line.startswith("docker run -d")]
    of_readme = {
        value.replace(":shared", ":rshared").replace("/var/run/cdi:/", "/run/cdi:/", 1)
        for value in volumes(shlex.split(line))
    }
    ours = volumes(docker_run())
    assert of_readme - ours == {"driverctl-cache:/var/cache/driverctl"}
    assert ours - of_readme == {
        "/etc/driverctl:/etc/driverctl:ro",
        "/var/cache/driverctl:/var/cache/driverctl",
    }


@pytest.mark.parametrize("unit", [DOCKER_UNIT, QUADLET])
def test_systemd_waits_longer_than_the_engine(unit):
    text = (FLATCAR / unit).read_text()
    stop = int(re.findall(r"(?:--stop-timeout |StopTimeout=)(\d+)", text)[0])
    assert int(dict(entries(text, "Service"))["TimeoutStopSec"]) > stop


@pytest.mark.parametrize("unit", [DOCKER_UNIT, QUADLET])
def test_the_program_knows_the_probe(unit):
    text = (FLATCAR / unit).read_text()
    (words,) = re.findall(r"exec driverctl driverctl (.*?) >", text)
    assert finish(command(*words.split(), "--print-config")).rc == 0


def test_the_program_knows_the_settings(deploy):
    """Those that are behind a # as well."""
    file = deploy / "node/etc/driverctl/driverctl.toml"
    file.write_text(re.sub(r"^# (?=[a-z-]+ = )", "", file.read_text(), flags=re.MULTILINE))
    said = finish(command("init", "--print-config", config=file))
    assert said.rc == 0, said.err
    given = dict(re.findall(r"^([a-z-]+) = (.*)", file.read_text(), re.MULTILINE))
    assert len(given) == 8
    for name, value in given.items():
        assert re.search(rf"^{name} = {re.escape(value)}", said.out, re.MULTILINE), said.out
