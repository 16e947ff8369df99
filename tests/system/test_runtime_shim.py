"""driverctl-runtime before runc and crun: what it does to a bundle, and that it does nothing
else."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from harness.bundles import HOOK, RUNTIMES, WITHOUT_SECOND_CGROUPS, Bundle
from harness.documents import blocks
from harness.driverctl import Finished, finish
from harness.engines import CONTAINER_ROOT, PROGRAMS, Podman, debian_12
from harness.made_node import USER
from harness.paths import BINARY, ROOT

NAME = "driverctl-runtime"
SHIM = BINARY.with_name(NAME)
RUNC = "/usr/sbin/runc"
OURS = "/opt/driver/nvidia-container-runtime"  # in the node
REQUEST = "NVIDIA_VISIBLE_DEVICES=0"
RECORDER = """\
#!/bin/sh
printf '%s\\0' "$@"
printf 'said by the runtime' >&2
[ "$1" != end-by-signal ] || kill -TERM $$
exit 7
"""


@pytest.fixture(scope="module")
def node(made_driver):
    with debian_12(made_driver) as node:
        node.check("install", "-D", "-t", "/opt/driver", f"{PROGRAMS}/{NAME}")
        node.check("install", "-t", "/opt/driver", f"{PROGRAMS}/{HOOK.name}")
        node.check("ln", "-s", NAME, OURS)
        yield node


@pytest.fixture
def recorder(tmp_path) -> Path:
    """A runtime that says how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "runc").write_text(RECORDER)
    (folder / "runc").chmod(0o755)
    return folder


def config_of(**fields: object) -> dict[str, Any]:
    return {
        "zeta": {"of": ["a newer", 1.5, None], "number": 18446744073709551615},
        "ociVersion": "1.0.2",
        "process": {"args": ["true"], "cwd": "/", "env": [REQUEST], "unknown": {"b": 1, "a": 2}},
        "root": {"path": "rootfs"},
        "alpha": "\N{LATIN SMALL LETTER A WITH DIAERESIS}",
        **fields,
    }


def call(*words: object, path: object = "/usr/sbin:/usr/bin", shim: Path = SHIM) -> Finished:
    return finish([str(shim), *map(str, words)], {"PATH": str(path)})


def create(bundle: Path, text: str, path: object = "/usr/sbin:/usr/bin") -> Finished:
    (bundle / "config.json").write_text(text)
    log = bundle.parent / "log.json"
    return call("--log", log, "--log-format", "json", "create", "-b", bundle, "id", path=path)


def errors_in(log: Path) -> list[str]:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line["msg"] for line in lines if line["level"] == "error"]


PASSED = [
    ("--version",),
    ("--help",),
    ("features",),
    ("list",),
    ("list", "-f", "json"),
    ("state", "no-such-container"),
    ("delete", "--force", "no-such-container"),
    ("kill", "no-such-container", "9"),
    ("no-such-verb",),
    ("create", "--no-such-option"),
    ("create", "--help"),
    ("run", "no-configuration"),
    (),
]


@pytest.mark.parametrize("words", PASSED, ids=" ".join)
def test_other_verbs_are_the_runtimes_own(words, tmp_path):
    root = ("--root", str(tmp_path))
    words = words if words[:1] in ((), ("--version",), ("--help",)) else (*root, *words)
    own, ours = finish([RUNC, *words]), call(*words)
    assert (ours.rc, ours.out) == (own.rc, own.out)


def test_words_arrive_as_they_are(recorder):
    words = ["--root", "/r", "exec", "--env=A=\n\x01ä", "", "--", "id", "create", "*"]
    done = call(*words, path=recorder)
    assert (done.rc, done.err) == (7, "said by the runtime")
    assert done.out == "".join(f"{word}\0" for word in words)


def test_how_the_runtime_ends_is_how_it_ends(recorder):
    assert call("end-by-signal", path=recorder).rc == -signal.SIGTERM


def test_runtimes_of_the_config(recorder, tmp_path):
    config = tmp_path / "nvidia-container-runtime/config.toml"
    config.parent.mkdir()
    debug = tmp_path / "debug.log"
    config.write_text(
        f"""\
[nvidia-container-runtime]
runtimes = ["none", "{recorder}/runc"]
debug = "~/debug.log"
log-level = "debug"
"""
    )
    variables = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": "/none"}
    assert finish([str(SHIM), "list"], variables).out == "list\0"
    assert f'level=debug msg="going on with {recorder}/runc"' in debug.read_text()
    config.write_text("runtimes = [")
    broken = finish([str(SHIM), "list"], variables | {"PATH": str(recorder)})
    assert broken.out == "list\0", "containers can be removed nevertheless"
    assert "driverctl-runtime: warning: " in broken.err and "config.toml:1:" in broken.err
    assert finish([str(SHIM), "create", "id"], variables | {"PATH": str(recorder)}).rc == 1


def test_it_never_starts_itself(tmp_path):
    links, copies = tmp_path / "links", tmp_path / "copies"
    for folder in (links, copies):
        folder.mkdir()
    (links / "runc").symlink_to(SHIM)
    os.link(SHIM, links / "crun") if links.stat().st_dev == SHIM.stat().st_dev else None
    nothing = call("list", path=links)
    assert nothing.rc == 1 and "there is no container runtime to go on with" in nothing.err
    assert "Install runc or crun" in nothing.err
    for name in ("runc", "crun"):
        (copies / name).write_bytes(SHIM.read_bytes())
        (copies / name).chmod(0o755)
    assert call("--version", path=f"{copies}:/usr/sbin").out == finish([RUNC, "--version"]).out
    script = tmp_path / "script"
    script.mkdir()
    (script / "runc").write_text(f'#!/bin/sh\nexec {SHIM} "$@"\n')
    (script / "runc").chmod(0o755)
    looping = call("list", path=script)
    assert looping.rc == 1 and "leads back to this program" in looping.err


HOSTILE = {
    "truncated": '{"process": {"env": [',
    "a key twice": '{"process": {}, "process": {}}',
    "a list": "[]",
    "an environment that is none": '{"process": {"env": {"NVIDIA_VISIBLE_DEVICES": "all"}}}',
    "deep": "[" * 10000,
    "empty": "",
    "no UTF-8": '{"process": {"env": ["\udcff"]}}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_config_that_is_none_is_refused_as_it_is(text, recorder, tmp_path):
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    raw = text.encode(errors="surrogateescape")
    (bundle / "config.json").write_bytes(raw)
    log = tmp_path / "log.json"
    done = call("--log", log, "--log-format=json", "create", "-b", bundle, "id", path=recorder)
    assert (done.rc, done.out) == (1, "")
    [error] = errors_in(log)
    assert error.startswith("config.json is no OCI configuration: ")
    assert f"driverctl-runtime: error: {error}." in done.err
    assert (bundle / "config.json").read_bytes() == raw
    assert os.listdir(bundle) == ["config.json"]


def test_config_that_is_no_file_or_too_large_is_refused(recorder, tmp_path):
    config = tmp_path / "config.json"
    said = {}
    os.mkfifo(config)
    said["is no regular file"] = call("create", "-b", tmp_path, "id", path=recorder)
    config.unlink()
    config.touch()
    os.truncate(config, 100 << 20)
    said["is larger than"] = call("create", "-b", tmp_path, "id", path=recorder)
    for text, done in said.items():
        assert done.rc == 1 and str(config) in done.err and text in done.err


def test_node_without_a_driver(recorder, tmp_path):
    """This machine has none."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for env in ([], ["NVIDIA_VISIBLE_DEVICES=void"], ["NVIDIA_VISIBLE_DEVICES=none"]):
        text = json.dumps({"process": {"env": env}})
        assert create(bundle, text, recorder).rc == 7, "the runtime is started"
        assert (bundle / "config.json").read_text() == text
    done = create(bundle, json.dumps({"process": {"env": [REQUEST]}}), recorder)
    assert (done.rc, done.out) == (1, "")
    [error] = errors_in(tmp_path / "log.json")
    assert "no NVIDIA driver is loaded here. Load it with 'driverctl init'" in error


def next_is(node, runtime: str) -> None:
    text = f'[nvidia-container-runtime]\nruntimes = ["{runtime}"]\n'
    node.write("/etc/nvidia-container-runtime/config.toml", text)


def new_bundle(node, config: dict[str, object]) -> None:
    node.check("sh", "-c", "rm -rf /run/bundle; mkdir /run/bundle")
    node.write("/run/bundle/config.json", json.dumps(config))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_container_of_a_runtime(node, runtime, tmp_path):
    bundle = Bundle(tmp_path / "bundle")
    config = bundle.configuration(("/bin/sh", "-c", "ls /dev; echo; ls /usr/bin; ldconfig -p"))
    config["process"]["env"] = [REQUEST, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
    config["hooks"] = {"prestart": [{"path": "/none/nvidia-container-runtime-hook"}]}
    new_bundle(node, config)
    node.check("cp", "-R", CONTAINER_ROOT, "/run/bundle/rootfs")
    next_is(node, runtime)
    words = (OURS, *RUNTIMES[runtime][1:], "run", "--bundle", "/run/bundle", f"shim-{runtime}")
    done = node.run("unshare", "--mount", "sh", "-c", f'{WITHOUT_SECOND_CGROUPS}"$@"', "sh", *words)
    assert done.rc == 0, done.err
    devices, _, rest = done.out.partition("\n\n")
    assert "nvidia1" in devices.split() and "nvidia0" not in devices.split()
    assert "nvidia-smi" in rest and "libcuda.so.1" in rest
    assert node.check("ls", "-A", "/run/bundle").split() == ["config.json", "rootfs"]


def edited_by(node, config: dict[str, object]) -> str:
    new_bundle(node, config)
    node.write("/opt/true/runc", "#!/bin/sh\n")
    node.check("chmod", "755", "/opt/true/runc")
    next_is(node, "/opt/true/runc")
    node.check(OURS, "create", "-b", "/run/bundle", "id")
    return node.check("cat", "/run/bundle/config.json")


def test_every_other_field_stays_where_it_is(node):
    config = config_of()
    text = edited_by(node, config)
    edited = json.loads(text)
    assert list(edited) == [*config, "linux", "mounts", "hooks"]
    assert list(edited["process"]) == list(config["process"])
    for name in ("zeta", "root", "alpha"):
        assert edited[name] == config[name]
    assert '"number":18446744073709551615' in text and '"unknown":{"b":1,"a":2}' in text
    assert edited["hooks"]["createContainer"][0]["path"] == "/opt/driver/driverctl-hook"


# Runs in the node: rounds, and a seed for the moments.
KILLED = r"""
import os, random, subprocess, sys, time
before, after, rounds = open("/run/before").read(), open("/run/after").read(), int(sys.argv[1])
random.seed(1)
argv = ["/opt/driver/nvidia-container-runtime", "create", "-b", "/run/bundle", "id"]
seen = set()
def run(limit):
    with open("/run/bundle/new", "w") as file:
        file.write(before)
    os.rename("/run/bundle/new", "/run/bundle/config.json")
    child = subprocess.Popen(argv)
    if limit is not None:
        time.sleep(random.random() * limit)
        child.kill()
    child.wait()
    found = open("/run/bundle/config.json").read()
    assert found in (before, after), found
    seen.add(found == after)
start = time.monotonic()
run(None)
whole = time.monotonic() - start
for _ in range(rounds):
    run(1.5 * whole)
assert seen == {False, True}, seen
run(None)
assert os.listdir("/run/bundle") == ["config.json"], os.listdir("/run/bundle")
"""


def test_kill_at_any_moment_leaves_it_as_it_was_or_as_it_shall_be(node):
    config = config_of()
    after = edited_by(node, config)
    node.write("/run/before", json.dumps(config))
    node.write("/run/after", after)
    node.check("/usr/bin/python3", "-c", KILLED, 300)


UNWRITABLE = {  # what it says -> how it is mounted before the configuration is there, and behind
    "No space left on device": ("mount -t tmpfs -o size=16k small /run/bundle", ""),
    "Read-only file system": ("", "mount --bind -o ro /run/bundle /run/bundle"),
}


@pytest.mark.parametrize("said", UNWRITABLE)
def test_bundle_that_cannot_be_written(node, said):
    small, read_only = UNWRITABLE[said]
    config = json.dumps(config_of(filler="x" * 9000))
    node.check("sh", "-ec", "rm -rf /run/bundle; mkdir /run/bundle")
    script = f"""
{small}
cat >/run/bundle/config.json
{read_only}
"$@" && exit 3
cat /run/bundle/config.json
ls -A /run/bundle
"""
    create = (OURS, "create", "-b", "/run/bundle", "id")
    done = node.run("unshare", "--mount", "sh", "-ec", script, "sh", *create, input=config)
    assert (done.rc, done.out) == (0, config + "config.json\n"), done.err
    assert said in done.err and "/run/bundle/config.json" in done.err


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_engines_show_what_it_says(node, runtime):
    """podman, of what its runtime writes into a log; what its containers see: test_podman.py."""
    next_is(node, runtime)
    runtimes = '[engine]\nruntime_supports_nocgroup = ["crun", "nvidia"]\n'
    runtimes += f'[engine.runtimes]\nnvidia = ["{OURS}"]\n'
    node.write("/etc/containers/containers.conf.d/99-nvidia.conf", runtimes)
    words = ["podman", "--runtime", "nvidia", "run", "--rm"]
    words += ["-e", "NVIDIA_VISIBLE_DEVICES=all", "-e", "NVIDIA_REQUIRE_CUDA=cuda>=99.0"]
    done = Podman(node, runtime).run([*words, "IMAGE", "true"])
    assert done.rc != 0
    assert "the image requires 'cuda>=99.0', which does not hold: " in done.err


def test_the_pages_podman(node):
    next_is(node, "runc")
    node.check("ln", "-sf", f"{PROGRAMS}/{NAME}", "/usr/bin/nvidia-container-runtime")
    node.check("ln", "-sf", f"{PROGRAMS}/{HOOK.name}", f"/usr/bin/{HOOK.name}")
    page = blocks(ROOT / "docs/runtime-shim.md")
    (runtimes,) = [block for block in page if block[0] == "[engine.runtimes]"]
    node.write("/etc/containers/containers.conf.d/99-nvidia.conf", "\n".join(runtimes) + "\n")
    commands = [line for block in page for line in block if line.startswith("podman ")]
    assert len(commands) == 2
    for command in commands:
        done = Podman(node, "runc").run([*command.split(), "nvidia-smi"])
        assert done.rc == 0 and "libcuda.so.1: " in done.out, (command, done)


def test_the_pages_configuration_of_crio(node):
    (line,) = next(block for block in blocks(ROOT / "docs/cri-o.md") if "configure" in block[0])
    said = node.check("sh", "-c", f"PATH=$PATH:{PROGRAMS}; {line.removeprefix('# ')} 2>&1")
    assert "systemctl restart crio" in said
    written = node.check("cat", "/etc/crio/crio.conf.d/99-nvidia.toml")
    assert "[crio.runtime.runtimes.nvidia]" in written
    page = (ROOT / "docs/cri-o.md").read_text()
    assert "`/etc/crio/crio.conf.d/99-nvidia.toml`" in page and "`systemctl restart crio`" in page


def test_groups_that_runc_drops_are_told_of_before(node):
    """By the log, which an engine shows when the container fails."""
    edited_by(node, config_of())
    node.write("/run/bundle/config.json", json.dumps(config_of()))
    node.check("sh", "-c", "chgrp 44 /dev/nvidia1 && chmod 660 /dev/nvidia1")
    try:
        words = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--groups=44"]
        words += ["unshare", "--user", "--map-root-user"]
        node.check("chown", "-R", f"{USER}", "/run/bundle")
        done = node.run(*words, OURS, "create", "-b", "/run/bundle")
    finally:
        node.check("chmod", "666", "/dev/nvidia1")
    assert done.rc == 0, done.err
    assert "warning: /dev/nvidia1 (mode 0660, group 65534) is this user's by a group" in done.err
    assert "EACCES" in done.err and "Use crun" in done.err and "mode 0666" in done.err
