"""Roots that attack the stage hooks, which mount the driver's files and nodes: whatever comes of
the hook, nothing is mounted outside of the root, and what lies beside it stays. docs/security.md
says why."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.bundles import IN_PRIVATE, HOOK, call
from harness.driverctl import Finished, finish
from harness.hostile import DIRECTORIES, FILES, empty, swapping

LIBRARIES = "usr/lib/x86_64-linux-gnu"
LIBRARY = f"{LIBRARIES}/libcuda.so.535.261.03"
ROUNDS = 200  # of the whole program; unit tests make 10,000 of what it does

# A host with a node, and the container's own /dev and /proc.
BEFORE = """\
mount -t tmpfs dev /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/nvidiactl c 195 255
mount -t tmpfs dev {root}/dev
mount -t proc proc {root}/proc
"""
MOUNTED = "cut -d' ' -f5 /proc/self/mountinfo | sort"

pytestmark = pytest.mark.usefixtures("untouched")


@pytest.fixture
def give(world, made_driver, tmp_path) -> Callable[..., Finished]:
    """The hook createContainer, which has to keep to the root; what it prints is what it has
    mounted there."""
    configuration = tmp_path / "config.toml"
    configuration.write_text(f'[nvidia-container-cli]\nroot = "{made_driver.tree}"\n')
    variables = ["NVIDIA_VISIBLE_DEVICES=none", "NVIDIA_DRIVER_CAPABILITIES=all"]
    (tmp_path / "config.json").write_text(json.dumps({"process": {"env": variables}}))
    state = json.dumps({"bundle": str(tmp_path), "root": str(world.root)})

    def run(before: str = "", environment: dict[str, str] | None = None) -> Finished:
        script = BEFORE.format(root=world.root) + before
        script += (
            f'\n{MOUNTED} >{tmp_path}/before\n"$@" && rc=0 || rc=$?\n{MOUNTED} >{tmp_path}/after'
        )
        script += f"\ncomm -13 {tmp_path}/before {tmp_path}/after; exit $rc"
        words = [*IN_PRIVATE, script, "sh", HOOK, "createContainer"]
        done = finish(
            [*map(str, words), f"--toolkit-config={configuration}"], environment, input=state
        )
        assert all(place.startswith(f"{world.root}/") for place in done.out.splitlines()), done.out
        return done

    return run


def places(done: Finished, root: Path) -> set[str]:
    return {os.path.relpath(place, root) for place in done.out.splitlines()}


def test_the_driver_is_mounted(give, world):
    done = give()
    assert done.rc == 0, done.err
    assert {LIBRARY, "usr/bin/nvidia-smi", "dev/nvidiactl"} <= places(done, world.root)


@pytest.mark.parametrize("trap", DIRECTORIES)
@pytest.mark.parametrize("place", [LIBRARIES, "usr/bin", "etc"])
def test_in_the_place_of_a_directory(place, trap, give, world):
    lay, said = DIRECTORIES[trap]
    directory = world.root / place
    directory.parent.mkdir(parents=True, exist_ok=True)
    for file in directory.iterdir() if directory.is_dir() else ():
        file.unlink()
    lay(empty(directory), world.outside)
    done = give()
    assert done.rc in (0, 1), done.err
    assert (said or "") in done.err


@pytest.mark.parametrize("trap", [*FILES, "socket"])
@pytest.mark.parametrize("place", [LIBRARY, "usr/bin/nvidia-smi"])
def test_in_the_place_of_a_file(place, trap, give, world):
    file = world.root / place
    file.parent.mkdir(parents=True, exist_ok=True)
    if trap == "socket":
        os.mknod(file, 0o140666)
    else:
        FILES[trap](file, world.outside)
    before = file.lstat().st_mode
    done = give()
    assert file.lstat().st_mode == before
    if file.is_symlink():
        assert done.rc == 1 and "It is a symbolic link of the image's" in done.err
    else:
        assert done.rc == 0 and place in places(done, world.root), done.err


NODES = {  # what is laid in the place of the node's -> whether it is refused
    "link to a node": ("ln -s /dev/null {root}/dev/nvidiactl", True),
    "link outside": ("ln -s {outside}/file {root}/dev/nvidiactl", True),
    "node": ("mknod {root}/dev/nvidiactl c 1 5", False),
    "directory": ("mkdir {root}/dev/nvidiactl", True),
    "pipe": ("mkfifo {root}/dev/nvidiactl", False),
}


@pytest.mark.parametrize("trap", NODES)
def test_in_the_place_of_a_node(trap, give, world):
    lay, is_refused = NODES[trap]
    done = give(lay.format(root=world.root, outside=world.outside))
    assert done.rc == is_refused, done.err
    assert is_refused or "dev/nvidiactl" in places(done, world.root)


VOLUMES = {  # what the administrator has mounted in the container
    "the host's /dev": "mount --bind /dev {root}/dev",
    "a folder of the host": "mkdir -p {root}/usr/bin; mount --bind {outside} {root}/usr/bin",
    "the host's root": "mkdir {root}/host; mount --rbind / {root}/host; rm -r {root}/usr; "
    "ln -s /host{outside} {root}/usr",
}


@pytest.mark.parametrize("volume", VOLUMES)
def test_volumes_are_not_changed(volume, give, world):
    done = give(VOLUMES[volume].format(root=world.root, outside=world.outside))
    assert done.rc == 0, done.err
    assert "It lies in a volume, whose owner may be another" in done.err
    (world.root / "etc/ld.so.cache").unlink(missing_ok=True)  # ldconfig may read what is shown


def test_a_root_that_is_the_hosts(give, world):
    done = give(f"mount --rbind / {world.root}")
    assert (done.rc, done.out) == (1, "")
    assert "It is the host's own root" in done.err


def test_an_image_that_wants_to_be_preloaded(give, world):
    library = f"{world.outside}/lib/libsecret.so.1.2"
    (world.root / "etc/ld.so.preload").write_text(library)
    (world.root / "etc/ld.so.conf").write_text(f"{world.outside}/lib\n")
    done = give(environment={"LD_PRELOAD": library, "LD_AUDIT": library})
    assert done.rc == 0, done.err


def test_an_image_that_names_a_configuration(give, world, made_driver, tmp_path):
    """Where a runtime hands the image's environment to a hook of no environment."""
    hostile = world.root / "nvidia-container-runtime/config.toml"
    hostile.parent.mkdir()
    hostile.write_text(f'[nvidia-container-cli]\ndebug = "{world.outside}/log"\n')
    environment = {"XDG_CONFIG_HOME": str(world.root), "NVIDIA_CTK_CONFIG_FILE_PATH": str(hostile)}
    said = json.dumps({"bundle": str(tmp_path), "root": str(world.root)})
    call(world.root, "createContainer", environment=environment, said=said)
    assert not (world.outside / "log").exists()


@pytest.mark.long
@pytest.mark.parametrize("place", [LIBRARIES, "usr/bin"])
def test_a_directory_and_a_link_that_change_places(place, give, world):
    (world.root / place).mkdir(parents=True, exist_ok=True)
    trap = world.root / "tmp/trap"
    trap.symlink_to(world.outside)
    with swapping(world.root / place, trap):
        codes = {give().rc for _ in range(ROUNDS)}
    assert codes <= {0, 1}
