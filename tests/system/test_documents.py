"""README and docs against the program: every command line parses as it is printed, those of the
quick start and of the fleet are run, README's table is what the program has."""

import os
import re
import shlex
from pathlib import Path

import pytest

from harness.documents import block_with, blocks
from harness.driverctl import Finished, finish, run
from harness.drivers import TINY_DRIVER
from harness.keys import key_pair
from harness.limits import LONG_LIMIT
from harness.paths import BINARY, MATERIAL, ROOT
from harness.registry import registry
from harness.releases import BOARD, RELEASES, Mirror, make_release, serve
from harness.shell import podman, sh
from harness.usage import NESTED, commands, help_of
from harness.workers import shared

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
QUICK_START, FLEET, OFFLINE = "docs/quick-start.md", "docs/fleet.md", "docs/offline.md"
LTS = "4081.3.1"
IMAGE = re.compile(r"registry\.example/driver\S*:")


def words_for_driverctl(line: str) -> list[str] | None:
    """What the program gets, whether it is called by name or by way of its image; None for other
    lines."""
    if not line.startswith(("driverctl ", "docker run ", "podman run ")):
        return None
    line, _, _ = line.partition(" | ")  # into another program
    words = [word for word in shlex.split(line, comments=True) if word != "…"]
    if words[:1] == ["driverctl"]:
        return words[1:]
    at = next((number for number, word in enumerate(words) if IMAGE.match(word)), None)
    if at is None:  # a container that uses the driver
        return None
    return words[at + 1 :] or ["init"]  # the entry point that was committed


LINES = [
    pytest.param(words, id=f"{document.name}: {' '.join(words)}"[:80])
    for document in DOCUMENTS
    for block in blocks(document)
    for line in block
    if (words := words_for_driverctl(line)) is not None
]


def test_there_are_lines_to_try():
    assert len(LINES) > 10


@pytest.mark.parametrize("words", LINES)
def test_line_parses_as_it_is_printed(words, tmp_path):
    """With --print-config the program reads its arguments and does nothing."""
    done = finish([str(BINARY), *words, "--print-config"], cwd=tmp_path)
    assert done.rc == 0, done.err


def commands_of_the_readme() -> set[str]:
    printed = set()
    for row in re.findall(r"^\| (`.*?) \| .* \|$", (ROOT / "README.md").read_text(), re.MULTILINE):
        for words in re.findall(r"`([a-z_]+(?: [a-z, -]+)?)`", row):
            name, _, rest = words.partition(" ")
            inner = {f"{name} {word}" for word in rest.split(", ")}
            printed |= inner if name in NESTED else {name}
    return printed


def test_readmes_table_has_every_command():
    assert commands_of_the_readme() == commands()


def flags_of_the_program() -> set[str]:
    """And of the small ones."""
    helps = [help_of(name) for name in ("", *commands())]
    helps.append(sh(BINARY.with_name("driverctl-hook"), "--help"))
    return {*re.findall(r"--[a-z][a-z0-9-]+", "\n".join(helps))}


def variables_of_the_program() -> set[str]:
    """A unit test compares that page with the program."""
    page = (ROOT / "docs/settings.md").read_text()
    return {*re.findall(r"`(\w+)`[ ,|]", page), "DRIVERCTL_CONFIG"}


OF_OTHER_PROGRAMS = {
    *("--pid", "--userns", "--read-only", "--group-add", "--cgroups", "--env"),  # podman
    *("--privileged", "--security-opt", "--uidmap", "--gpus", "--entrypoint"),
    "--stop-timeout",  # docker
    "--log",  # runc, crun
    *("--build-context", "--timestamp"),  # podman build
    *("--debug", "--no-create-imex-channels"),  # nvidia-container-cli
    *("--long", "--sign-by", "DRIVERCTL_TESTS_CACHE_MIB"),  # ci/fuzz, ci/images, the tests
}


def test_documents_name_no_flag_and_no_variable_that_is_not_there():
    spans = [
        span
        for document in DOCUMENTS
        for span in re.findall(r"`([^`\n]+)`", document.read_text())
        if span.startswith(("--", "driverctl ", "DRIVERCTL_"))
    ]
    named = set(re.findall(r"(?<!\S)--[a-z][a-z0-9-]+|DRIVERCTL_[A-Z_]+", "\n".join(spans)))
    assert len(named) > 50
    assert named - flags_of_the_program() - variables_of_the_program() == OF_OTHER_PROGRAMS


def settings_for(mirror: Mirror, url: str) -> dict[str, str]:
    """What the environment says of a mirror that is not Flatcar's own."""
    return {
        "DRIVERCTL_MIRROR": f"{url}/{{channel}}",
        "DRIVERCTL_SIGNING_KEY_URL": f"{url}/image-signing-key.asc",
        "DRIVERCTL_SIGNING_KEY": mirror.fingerprint,
    }


@pytest.fixture
def channels(mirror) -> Mirror:
    """The mirror with a release in lts as well as in stable."""
    shared("lts", lambda: make_release("6.1", LTS, "--channel", "lts"))
    return mirror


def test_fleet_commands(channels, url, tiny_sources, tmp_path):
    """As printed, but for the addresses; the driver is the small one. Both channels' packages are
    compiled, signed and shared."""
    key_pair(tmp_path / "release.key")
    with registry(tmp_path / "registry") as running:
        environment = settings_for(channels, url) | {
            "PATH": f"{BINARY.parent}:{os.environ['PATH']}",
            "DRIVERCTL_SOURCE_DIR": str(tiny_sources),
            "DRIVERCTL_STORE": str(tmp_path / "store"),
            "DRIVERCTL_WORK_DIR": str(tmp_path / "work"),
            "DRIVERCTL_PLAIN_HTTP": "true",
        }
        said = []
        for line in block_with("driverctl matrix", FLEET)[:2]:
            shell = ["sh", "-c", line.replace("registry.example", running.host)]
            done = finish(shell, environment, timeout=LONG_LIMIT, cwd=tmp_path)
            assert done.rc == 0, done.err
            said.append(done.out)
    stable = channels.folder("current").readlink().name
    for release in (stable, LTS):
        assert re.search(rf"{release} .* {TINY_DRIVER} +open +built", said[0]), said[0]
    assert said[1].count(f"oci://{running.host}/gpu/modules@sha256:") == 2


def test_mirror_as_the_page_makes_one(skeletons, tiny_sources, tmp_path):
    """As printed, but for address and version. update takes the release's image from it, verifies
    it, and finds another kernel in it; its newest release is asked for as well."""
    script = "\n".join(["set -e", *block_with("version.txt.sig", OFFLINE)])
    with serve(skeletons.root) as flatcar:
        script = script.replace("https://stable.release.flatcar-linux.net", f"{flatcar}/stable")
        done = finish(["bash", "-c", script.replace("4593.2.5", "1.2.0")], cwd=tmp_path)
        assert done.rc == 0, done.err
    with serve(tmp_path) as copy:
        words = [
            *("update", f"--mirror={copy}/{{channel}}", "--channel=stable", "--board=amd64-usr"),
            *(f"--keyring={skeletons.keyring}", f"--signing-key={skeletons.fingerprint}"),
            *(f"--source-dir={tiny_sources}", f"--work-dir={tmp_path / 'work'}"),
        ]
        done = run(*words, "--release=1.2.0", "--kernel=6.1.0-x", f"--store={tmp_path / 'store'}")
        assert done.rc == 1 and "0.0.0-other" in done.err, done.err
        newest = skeletons.folder("current").readlink().name
        done = run(*words, "--release=current", f"--store={tmp_path / 'store'}")
        assert f"The current release of channel stable is {newest}\n" in done.err, done.err


NODE = r"""
set -e
mount --bind "$1" /usr/lib/os-release
mount -t tmpfs tmpfs /run/nvidia
mount --make-shared /run/nvidia
eval "$2"
"""

DOCKER = r"""#!/bin/bash
# The engine of the tests under docker's name. What is not here is put in: the mirror, its key, the
# node's kernel; and the package, for the time.
set -e
options=()
if [[ $1 == push ]]; then
  shift
  options=(push --tls-verify=false --compression-format zstd)
elif [[ $1 == run ]]; then
  shift
  options=(run --volume "$STORE:/var/lib/driverctl/packages")
  for name in MIRROR SIGNING_KEY SIGNING_KEY_URL KERNEL; do options+=(--env "DRIVERCTL_$name"); done
  [[ " $* " == *" --net=host "* ]] || options+=(--network host)
fi
exec "$PODMAN" "${options[@]}" "$@"
"""

IDENTITY = """\
ID=flatcar
VERSION={release}
VERSION_ID={release}
FLATCAR_BOARD={board}
"""


@pytest.fixture
def node(built, url, mirror, kernels, tmp_path):
    """Runs a shell script on a node with the os-release of kernel 6.12's release; without a
    GPU."""
    engine, identity = tmp_path / "bin/docker", tmp_path / "os-release"
    engine.parent.mkdir()
    engine.write_text(DOCKER)
    engine.chmod(0o755)
    identity.write_text(IDENTITY.format(release=RELEASES["6.12"], board=BOARD))
    environment = settings_for(mirror, url) | {
        "PATH": f"{engine.parent}:{os.environ['PATH']}",
        "PODMAN": str(MATERIAL / "podman"),
        "STORE": str(built.store),
        "DRIVERCTL_KERNEL": kernels["6.12"],
    }
    # docker makes what is not there.
    sources = [Path(path) for path in ("/run/nvidia", "/usr/lib/modules", "/var/run/cdi")]
    made = [path for path in sources if not path.exists()]
    for path in made:
        path.mkdir()

    def run(script: str) -> Finished:
        unshare = ["unshare", "--mount", "--propagation", "private", "bash", "-c", NODE]
        return finish([*unshare, "node", str(identity), script], environment)

    yield run
    podman("rm", "--force", "--ignore", "driver", "driver-update")
    podman("volume", "rm", "--force", "driverctl-cache")
    for path in made:
        path.rmdir()


RESTARTED = """
until (($(docker inspect --format '{{.RestartCount}}' driver) > 0)); do sleep 0.1; done
docker logs driver
# A stop may come while init starts, which then ends with 0, or while docker starts it again.
for ((i = 0; i < 20; ++i)); do
  docker stop driver && code=$(docker inspect --format '{{.State.ExitCode}}' driver)
  ((${code:-0} == 7)) && break
  docker start driver && sleep 1
done
echo "ended with $code"
"""


def test_front_page_has_five_commands_and_the_quick_starts_own():
    commands = block_with("podman push")
    assert len(commands) == 5 and "--device nvidia.com/gpu" in commands[-1]
    (line,) = (line for line in commands if "--name driver" in line)
    assert line in block_with("--name driver --restart", QUICK_START)


def test_node_commands(node, image, tmp_path):
    """Build once, bake, push; load what was baked. No GPU: init ends with 7, and docker starts it
    again."""
    with registry(tmp_path / "registry") as running:
        podman("tag", image, f"{running.host}/driverctl:535")

        lines = "\n".join(block_with("docker commit", QUICK_START))
        done = node(lines.replace("registry.example", running.host))
        assert done.rc == 0, done.err
        assert "already has the package" in done.err and RELEASES["6.12"] in done.err
        asked = [(access.method, access.path) for access in running.requests()]
        assert ("PUT", "/v2/driver/manifests/535-4593.2.5") in asked
    load = block_with("--name driver --restart", QUICK_START)[0]
    baked = f"{running.host}/driver:535-4593.2.5"
    done = node(load.replace("registry.example/driverctl:535", baked) + RESTARTED)
    assert done.rc == 0, done.err
    assert "\nended with 7\n" in done.out and "no NVIDIA" in done.out + done.err
    podman("rmi", "--force", f"{running.host}/driverctl:535", baked)


def test_every_attack_names_tests_that_there_are():
    page = (ROOT / "docs/security.md").read_text()
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    sources = [
        *(ROOT / "tests/system").glob("test_h*.py"),
        *(ROOT / "tests/unit").rglob("*"),
    ]
    text = "".join(file.read_text() for file in sources if file.suffix in (".py", ".cpp"))
    tests = set(re.findall(r"^def (test_\w+)\(", text, re.M))
    tests |= {
        ".".join(found) for found in re.findall(r"^TEST(?:_[FP])?\((\w+), (\w+)\)", text, re.M)
    }
    for attack, *_, tried in rows:
        named = set(re.findall(r"`([^`]+)`", tried))
        assert named and named <= tests, f"{attack}: {named - tests}"
