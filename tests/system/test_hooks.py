"""driverctl-hook in containers that runc and crun make, and alone where that shows more. What roots
do that attack it: test_hostile_roots.py."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.bundles import FOLDER, HOOK, IN_PRIVATE, LIBRARY, RUNTIMES, SONAME
from harness.bundles import Bundle, call, make_root, state
from harness.driverctl import finish
from harness.paths import ROOT
from harness.shell import sh

LINK = f"{LIBRARY}::{FOLDER}/{SONAME}"
COMPAT = "usr/local/cuda/compat"
CACHE = re.compile(r"^\s(\S+) \(.*\) => (\S+)$", re.MULTILINE)  # a line of ldconfig -p

pytestmark = pytest.mark.usefixtures("untouched")
each_runtime = pytest.mark.parametrize("runtime", RUNTIMES)


@pytest.fixture
def bundle(tmp_path) -> Bundle:
    return Bundle(tmp_path / "bundle")


@pytest.fixture
def root(tmp_path):
    directory = tmp_path / "root"
    make_root(directory)
    return directory


@pytest.fixture
def public():
    """A directory that every user comes to."""
    with tempfile.TemporaryDirectory(prefix="hooks-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


def found_in(listing: str) -> list[tuple[str, str]]:
    return CACHE.findall(listing)


def cache_of(root) -> list[tuple[str, str]]:
    listing = finish(["ldconfig", "-p", "-C", str(root / "etc/ld.so.cache")])
    return found_in(listing.out)


@each_runtime
def test_a_container_finds_the_drivers_libraries(runtime, bundle):
    bundle.hook("create-symlinks", "--link", LINK, "--link", f"{SONAME}::{FOLDER}/libcuda.so")
    bundle.hook("update-ldcache", "--folder", FOLDER)
    bundle.hook("disable-device-node-modification")
    done = bundle.run(runtime, "/bin/busybox", "sh", "-c", f"/sbin/ldconfig -p; ls -l {FOLDER}")
    assert done.rc == 0, done.err
    names = (SONAME, "libcuda.so")
    assert found_in(done.out) == [(name, f"{FOLDER}/{name}") for name in names]
    links = [line.split(maxsplit=8)[-1] for line in done.out.splitlines() if " -> " in line]
    assert links == [f"libcuda.so -> {SONAME}", f"{SONAME} -> {LIBRARY}"]


@each_runtime
def test_links_in_the_devices_that_the_runtime_makes(runtime, bundle):
    bundle.hook("create-symlinks", "--link", "../card0::/dev/dri/by-path/pci-0000:01:00.0-card")
    done = bundle.run(runtime, "/bin/busybox", "readlink", "/dev/dri/by-path/pci-0000:01:00.0-card")
    assert done.out == "../card0\n", done.err


@each_runtime
def test_the_images_newer_libcuda_comes_first(runtime, bundle):
    (bundle.root / COMPAT).mkdir(parents=True)
    shutil.copy(bundle.root / FOLDER[1:] / LIBRARY, bundle.root / COMPAT / "libcuda.so.550.54.15")
    bundle.hook("enable-cuda-compat", "--host-driver-version", "535.261.03")
    bundle.hook("update-ldcache", "--folder", FOLDER)
    done = bundle.run(runtime, "/sbin/ldconfig", "-p")
    assert found_in(done.out) == [
        (SONAME, f"/{COMPAT}/{SONAME}"),
        (SONAME, f"{FOLDER}/{SONAME}"),
    ], done.err


@each_runtime
def test_in_a_user_namespace(runtime, public):
    bundle = Bundle(public / "bundle")
    sh("chown", "-R", "100000:100000", bundle.directory)
    mapping = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    kinds = ("user", "pid", "mount", "ipc", "uts")
    bundle.changes["linux"] = {
        "namespaces": [{"type": kind} for kind in kinds],
        "uidMappings": mapping,
        "gidMappings": mapping,
    }
    bundle.hook("create-symlinks", "--link", LINK)
    bundle.hook("update-ldcache", "--folder", FOLDER)
    done = bundle.run(runtime, "/sbin/ldconfig", "-p")
    assert found_in(done.out) == [(SONAME, f"{FOLDER}/{SONAME}")], done.err
    assert (bundle.root / "etc/ld.so.cache").stat().st_uid == 100000


@each_runtime
def test_a_must_that_fails_stops_the_container_and_a_nicety_does_not(runtime, bundle):
    (bundle.root / "etc").write_text("no directory")
    bundle.hook("update-ldcache", "--folder", FOLDER)
    done = bundle.run(runtime, "/bin/busybox", "echo", "started")
    assert (done.rc, done.out) == (0, "started\n"), done.err
    bundle.hook("create-symlinks", "--link", "a::/etc/b")
    done = bundle.run(runtime, "/bin/busybox", "echo", "started")
    assert done.rc != 0 and "started" not in done.out


@each_runtime
def test_a_root_that_is_made_read_only_starts(runtime, bundle):
    bundle.changes["root"] = {"readonly": True}
    bundle.hook("create-symlinks", "--link", LINK)
    bundle.hook("update-ldcache", "--folder", FOLDER)
    done = bundle.run(runtime, "/bin/busybox", "echo", "started")
    assert (done.rc, done.out) == (0, "started\n"), done.err


NOT_TO_BE_CHANGED = {  # what is mounted before -> what is said of it
    "a read-only root": ("mount --bind {0} {0}; mount -o remount,bind,ro {0}", "Read-only"),
    "a volume": ("mount --bind {0} {0}; mount -t tmpfs volume {0}/etc", "cross-device link"),
}


@pytest.mark.parametrize("words", [("create-symlinks", "--link", "a::/etc/b"), ("update-ldcache",)])
@pytest.mark.parametrize("case", NOT_TO_BE_CHANGED)
def test_what_lets_nobody_change_it_stops_no_container(case, words, root):
    before, said = NOT_TO_BE_CHANGED[case]
    (root / "etc").mkdir()
    done = call(root, *words, before=before.format(root))
    assert done.rc == 0
    assert done.err.startswith("driverctl-hook: warning: cannot ") and said in done.err
    assert done.err.count("\n") == 1


def test_no_right_to_mount_leaves_the_configuration_and_warns(public):
    root = public / "root"
    make_root(root)
    hook = public / "hook"  # nobody else comes to where it was built
    shutil.copy(HOOK, hook)
    sh("chown", "-R", "1000:1000", root)
    argv = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", str(hook)]
    done = finish([*argv, "update-ldcache", "--folder", FOLDER], input=state(root))
    assert done.rc == 0 and "warning: cannot copy the mount of" in done.err
    assert (root / "etc/ld.so.conf.d/00-nvcr-driverctl.conf").read_text() == f"{FOLDER}\n"


def test_needs_no_configuration_where_the_state_says_the_root(root, tmp_path):
    done = call(root, "create-symlinks", "--link", "a::/b")
    assert done.rc == 0, done.err
    assert (root / "b").readlink().name == "a"
    (tmp_path / "config.json").write_text('{"root": {"path": "root"}}')
    said = f'{{"bundle": "{tmp_path}"}}'
    assert call(root, "create-symlinks", "--link", "a::/c", said=said).rc == 0
    assert (root / "c").readlink().name == "a"


def test_doing_it_again_changes_nothing(root):
    def everything():
        assert call(root, "create-symlinks", "--link", LINK).rc == 0
        assert call(root, "update-ldcache", "--folder", FOLDER).rc == 0
        return {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}

    assert everything() == everything()


def test_takes_the_ldconfig_that_lies_in_its_own_root(root, tmp_path):
    driver = tmp_path / "driver"
    programs = {"usr/bin/driverctl-hook": HOOK, "usr/sbin/ldconfig": Path("/sbin/ldconfig")}
    for name, source in programs.items():
        (driver / name).parent.mkdir(parents=True)
        shutil.copy(source, driver / name)
    (driver / "sbin").symlink_to("/usr/sbin")  # of the driver root, not of the host
    nothing = 'mount -t tmpfs none "$(realpath /sbin)"'  # a host without one
    words = ("update-ldcache", "--folder", FOLDER)
    done = call(root, *words, hook=driver / "usr/bin/driverctl-hook", before=nothing)
    assert (done.rc, done.err) == (0, "")
    assert cache_of(root) == [(SONAME, f"{FOLDER}/{SONAME}")]
    done = call(root, *words, before=nothing)
    assert done.rc == 0 and "there is no statically linked ldconfig" in done.err


def test_parameters_say_that_no_node_is_to_be_made(root):
    params = root / "proc/driver/nvidia/params"
    before = f"""\
mount -t tmpfs proc {root}/proc
mkdir -p {params.parent}/gpus
printf 'Level: 1\\nModifyDeviceFiles: 1\\n' >{params}
"""
    after = (
        f"cat {params}; ls {params.parent}; ! sh -c ': >{params}'; umount {params}; cat {params}"
    )
    script = f'{before}\n"$@" <{root}/state\n"$@" <{root}/state\n{after}'
    (root / "state").write_text(state(root))
    words = [str(HOOK), "disable-device-node-modification"]
    done = finish(["unshare", "--mount", "sh", "-ec", script, "sh", *words])
    assert done.out.splitlines() == [
        *("Level: 1", "ModifyDeviceFiles: 0"),
        *("gpus", "params"),  # all that was there still is
        *("Level: 1", "ModifyDeviceFiles: 1"),  # below the only mount
    ], done.err
    assert "Read-only" in done.err


def test_parameters_that_others_share_stay_as_they_are(root):
    """A /proc of the host's: what is mounted in the container would be mounted on the host."""
    hosts = root.parent / "hosts"
    script = f"""\
mkdir {hosts}; mount -t tmpfs proc {hosts}; mount --make-shared {hosts}
mount --bind {hosts} {root}/proc
mkdir -p {hosts}/driver/nvidia; echo 'ModifyDeviceFiles: 1' >{hosts}/driver/nvidia/params
"$@"; cat {hosts}/driver/nvidia/params"""
    words = [*IN_PRIVATE, script, "sh", str(HOOK), "disable-device-node-modification"]
    done = finish(words, input=state(root))
    assert (done.rc, done.out) == (0, "ModifyDeviceFiles: 1\n")
    assert "It lies in a volume that is shared: others would see the mount" in done.err


def test_does_not_depend_on_what_the_runtime_ignores(root):
    assert call(root, "update-ldcache", "--folder", FOLDER, before="trap '' CHLD").err == ""
    assert cache_of(root) == [(SONAME, f"{FOLDER}/{SONAME}")]
    done = call(root, "create-symlinks", "--link", "a::/bin/busybox", before="umask 077")
    assert done.rc == 0 and "stays as it is" in done.err
    call(root, "create-symlinks", "--link", "a::/new/b", before="umask 077")
    assert (root / "new").stat().st_mode & 0o777 == 0o755


def test_a_warning_that_nobody_reads_is_no_failure(root):
    reader, writer = os.pipe()
    os.close(reader)
    words = [str(HOOK), "create-symlinks", "--link", "a::/bin/busybox"]
    done = subprocess.run(words, input=state(root), text=True, stderr=writer)
    os.close(writer)
    assert done.returncode == 0


def test_runs_where_nothing_else_does(tmp_path):
    """In an empty root: no /proc, no C library, nothing."""
    shutil.copy(HOOK, tmp_path / "hook")
    (tmp_path / "root").mkdir()
    words = ["/hook", "create-symlinks", "--link", "a::/b"]
    done = finish(["chroot", str(tmp_path), *words], input='{"bundle": "/", "root": "/root"}')
    assert done.rc == 0, done.err
    assert (tmp_path / "root/b").readlink().name == "a"


def test_wrong_usage_is_said(root):
    for words, said in {
        (): "no hook is named",
        ("chmod",): "there is no hook 'chmod'",
        ("update-ldcache", "--folder", "lib"): "'lib' is no folder",
    }.items():
        done = call(root, *words)
        assert done.rc == 2
        assert done.err.startswith(f"driverctl-hook: error: {said}")
    done = call(root, "create-symlinks", said="{")
    assert done.rc == 1 and "standard input is no state of a container" in done.err


def test_the_document_knows_each_hook():
    listed = finish([str(HOOK), "--help"]).out
    document = (ROOT / "docs/hooks.md").read_text()
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (must|nice) \|", document, re.MULTILINE))
    helped = re.findall(r"^([\w-]+): (.*)$", listed, re.MULTILINE)
    assert rows == {
        name: "nice" if "a failure is a warning" in summary else "must"
        for name, summary in helped
        if name != "usage"
    }
    for option in re.findall(r"^  (--[\w-]+)", listed, re.MULTILINE):
        assert f"`{option}" in document
