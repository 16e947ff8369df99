"""`driverctl runtime configure` as a person runs it: what becomes of files, their modes and owners,
and of a run that fails or is killed. What is written into them is in the unit tests."""

import json
import os
import re
import signal
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.documents import blocks
from harness.driverctl import Finished, command, finish, run
from harness.paths import ROOT

BEFORE = '{\n  "debug": true\n}\n'
USER = 1000


def configure(file: Path, *words: object, **how) -> Finished:
    return run("runtime", "configure", "--runtime=docker", f"--config={file}", *words, **how)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def daemon(tmp_path) -> Path:
    file = tmp_path / "docker" / "daemon.json"
    file.parent.mkdir()
    file.write_text(BEFORE)
    return file


def test_shows_writes_and_takes_back(daemon):
    before = tree(daemon.parent)
    dry = configure(daemon, "--dry-run")
    assert dry.rc == 0, dry.err
    assert f"+++ {daemon}\n" in dry.out and '+  "runtimes": {\n' in dry.out
    assert tree(daemon.parent) == before
    done = configure(daemon)
    assert done.rc == 0, done.err
    assert done.out == dry.out
    assert "systemctl reload docker" in done.err
    again = configure(daemon)
    assert (again.rc, again.out) == (0, "")
    patched = subprocess.run(
        ["patch", "-R", "-p0", "-o", "-", str(daemon)],
        input=done.out,
        text=True,
        capture_output=True,
    )
    assert patched.stdout == BEFORE, patched.stderr
    taken = configure(daemon, "--remove")
    assert taken.rc == 0, taken.err
    assert tree(daemon.parent) == before


def test_says_it_as_json(daemon):
    done = configure(daemon, "--json", "--dry-run")
    report = json.loads(done.out)
    assert report["dry_run"] and report["changes"][0]["action"] == "change"


def test_keeps_mode_owner_and_link(daemon, tmp_path):
    real = tmp_path / "real.json"
    daemon.rename(real)
    daemon.symlink_to(real)
    real.chmod(0o600)
    os.chown(real, USER, USER)
    assert configure(daemon).rc == 0
    assert daemon.is_symlink()
    status = real.stat()
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert (status.st_uid, status.st_gid) == (USER, USER)
    assert configure(daemon, "--remove").rc == 0
    assert daemon.is_symlink() and real.read_text() == BEFORE


def test_files_of_a_user_are_the_users(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, USER, USER)
    environment = {"HOME": str(home), "XDG_CONFIG_HOME": ""}
    words = ["runtime", "configure", "--runtime=docker", "--rootless"]
    done = finish(command(*words), environment)
    assert done.rc == 0, done.err
    file = home / ".config/docker/daemon.json"
    for path in (file, file.parent, file.parent.parent):
        assert path.stat().st_uid == USER, path
    assert "systemctl --user reload docker" in done.err
    assert finish(command(*words, "--remove"), environment).rc == 0
    assert list(home.iterdir()) == []


def test_what_is_wrong_has_its_place_and_changes_nothing(daemon):
    daemon.write_text('{\n  "debug": true,\n}\n')
    before = tree(daemon.parent)
    done = configure(daemon)
    assert done.rc == 2
    assert f"{daemon}:3:1: " in done.err and "Mend" in done.err
    assert tree(daemon.parent) == before


def test_a_full_disk_leaves_all_as_it_was(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=True)
    try:
        file = disk / "daemon.json"
        file.write_text(BEFORE)
        with (disk / "filler").open("wb", buffering=0) as filler:
            with pytest.raises(OSError):
                while True:
                    filler.write(b"x" * 4096)
        before = tree(disk)
        done = configure(file)
        assert done.rc == 1
        assert "No space left on device" in done.err and "Make room" in done.err
        assert tree(disk) == before
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_read_only_directory_is_named(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", disk], check=True)
    try:
        file = disk / "daemon.json"
        file.write_text(BEFORE)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        done = configure(file)
        assert done.rc == 1
        assert str(disk) in done.err and "Read-only file system" in done.err
        assert "Mount that directory writable" in done.err
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_that_is_a_mount_of_its_own_is_not_replaced(daemon):
    """As `docker run -v /etc/docker/daemon.json:/etc/docker/daemon.json` has it."""
    subprocess.run(["mount", "--bind", daemon, daemon], check=True)
    try:
        before = tree(daemon.parent)
        done = configure(daemon)
        assert done.rc == 1
        assert f"{daemon}: Device or resource busy" in done.err
        assert "Mount the directory of the file" in done.err
        assert tree(daemon.parent) == before
    finally:
        subprocess.run(["umount", daemon], check=True)


def test_who_may_not_write_is_told_who_may(daemon):
    os.chown(daemon.parent, USER, USER)
    ordinary = ["setpriv", "--bounding-set=-dac_override"]
    words = ["runtime", "configure", "--runtime=docker", f"--config={daemon}"]
    done = finish([*ordinary, *command(*words)])
    assert done.rc == 1
    assert "Permission denied" in done.err
    assert "Run this as root; " in done.err and "--rootless" in done.err


def containerd(folder: Path, *words: object) -> list[str]:
    file = folder / "config.toml"
    return command(
        "runtime",
        "configure",
        "--runtime=containerd",
        "--runtime-version=2.1.9",
        f"--config={file}",
        *words,
    )


@pytest.mark.parametrize("rename", range(1, 5))
def test_a_kill_before_any_rename_leaves_what_the_next_run_finishes(tmp_path, rename):
    """Each file appears by a rename: the record and the copy, the drop-in, and then the file that
    imports it."""
    main = tmp_path / "config.toml"
    main.write_text("version = 3\n")
    inject = f"--inject=rename:signal=SIGKILL:when={rename}"
    killed = subprocess.run(
        ["strace", "-f", "-qq", inject, *containerd(tmp_path)], capture_output=True
    )
    assert killed.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), killed.stderr
    imports = "imports" in main.read_text()
    assert not imports or (tmp_path / "conf.d/99-nvidia.toml").exists()
    done = finish(containerd(tmp_path))
    assert done.rc == 0, done.err
    assert "imports" in main.read_text() and (tmp_path / "conf.d/99-nvidia.toml").exists()
    assert finish(containerd(tmp_path, "--remove")).rc == 0
    left = {name for name in tree(tmp_path) if not re.search(r"/\.driverctl-tmp-", name)}
    assert left == {str(main)} and main.read_text() == "version = 3\n"


def test_two_at_once_wait_for_each_other(daemon):
    names = [f"gpu{number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        done = list(pool.map(lambda name: configure(daemon, f"--runtime-name={name}"), names))
    assert [one.rc for one in done] == [0] * len(names)
    assert sorted(json.loads(daemon.read_text())["runtimes"]) == names


REFUSED = {  # what does not go together, and what is said
    "the hook as the default runtime": (["--mode=oci-hook", "--set-as-default"], "set-as-default"),
    "CDI by the hook": (["--mode=oci-hook", "--enable-cdi"], "enable-cdi"),
    "a hook in a runtime's file": (["--mode=oci-hook", "--config=/etc/x.json"], "config"),
    "a stage of a runtime": (["--stage=prestart"], "stage"),
}


@pytest.mark.parametrize(("words", "option"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_go_together(words, option, tmp_path):
    hooks = [f"--hooks-dir={tmp_path}"] if "--mode=oci-hook" in words else []
    done = run("runtime", "configure", *words, *hooks)
    assert done.rc == 2 and done.err.startswith(f"error: --{option} "), done
    assert list(tmp_path.iterdir()) == []


def printed(beginning: str) -> list[list[str]]:
    """The page's blocks that begin so."""
    page = ROOT / "docs/runtime-configuration.md"
    return [block for block in blocks(page) if block[0] == beginning]


def stripped(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_page_shows_what_becomes_of_dockers_file(daemon):
    before, after, _hook = printed("{")
    daemon.write_text("\n".join([before[0], f"    {before[1]}", *before[2:]]) + "\n")
    assert configure(daemon, "--set-as-default", "--enable-cdi").rc == 0
    assert stripped(daemon.read_text()) == after


def test_the_page_shows_what_containerds_file_gets(tmp_path):
    (before,) = printed("version = 2")
    (added,) = printed(
        '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]',
    )
    main = tmp_path / "config.toml"
    main.write_text("\n".join(before) + "\n")
    words = ["runtime", "configure", "--runtime=containerd", "--runtime-version=1.7.24"]
    assert finish(command(*words, f"--config={main}")).rc == 0
    assert stripped(main.read_text()) == stripped("\n".join([*before, *added]))


def test_the_page_shows_the_hooks_file(tmp_path):
    (_before, _after, hook) = printed("{")
    words = ["runtime", "configure", "--runtime=podman", "--mode=oci-hook"]
    assert finish(command(*words, f"--hooks-dir={tmp_path}")).rc == 0
    assert stripped((tmp_path / "oci-nvidia-hook.json").read_text()) == hook
