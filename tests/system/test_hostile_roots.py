"""Roots that attack the hooks: each trap leads to a directory beside the root, which has to stay as
it is, whatever comes of the hook. docs/security.md says why."""

import os
import resource
from pathlib import Path

import pytest

from harness.bundles import FOLDER, LIBRARY, RUNTIMES, SONAME, Bundle, call, make_library
from harness.hostile import DIRECTORIES, FILES, empty, swapping

LINK = ("create-symlinks", "--link", f"{LIBRARY}::{FOLDER}/{SONAME}")
CACHE = ("update-ldcache", "--folder", FOLDER)
ROUNDS = 200  # of the whole program; unit tests make 10,000 of what it does

pytestmark = pytest.mark.usefixtures("untouched")
PROC = "mount -t proc proc {root}/proc"


@pytest.mark.parametrize("trap", DIRECTORIES)
def test_in_the_place_of_the_libraries_folder(trap, world):
    lay, said = DIRECTORIES[trap]
    lay(empty(world.root / FOLDER[1:]), world.outside)
    done = call(world.root, *LINK, before=PROC.format(root=world.root))
    assert done.rc == (1 if said else 0), done.err
    assert (said or "") in done.err and "Traceback" not in done.err
    assert call(world.root, *CACHE, before=PROC.format(root=world.root)).rc == 0


@pytest.mark.parametrize("trap", DIRECTORIES)
@pytest.mark.parametrize("place", ["etc", "etc/ld.so.conf.d"])
def test_in_the_place_of_the_linkers_configuration(place, trap, world):
    lay, said = DIRECTORIES[trap]
    lay(empty(world.root / place), world.outside)
    done = call(world.root, *CACHE, before=PROC.format(root=world.root))
    assert done.rc == 0, done.err
    assert (said or "") in done.err


WRITTEN = ["etc/ld.so.cache", "etc/ld.so.conf", "etc/ld.so.conf.d/00-nvcr-driverctl.conf"]
WRITTEN += ["etc/.ld.so.cache.driverctl", "etc/.ld.so.conf.driverctl"]


@pytest.mark.parametrize("trap", FILES)
@pytest.mark.parametrize("place", WRITTEN)
def test_in_the_place_of_a_file_that_is_written(place, trap, world):
    (world.root / place).parent.mkdir(exist_ok=True)
    FILES[trap](world.root / place, world.outside)
    done = call(world.root, *CACHE, before=PROC.format(root=world.root))
    assert (done.rc, done.err) == (0, "")
    assert LIBRARY.partition(".so")[0] in world.cache()
    file = world.root / place
    assert file.is_file() and not file.is_symlink() or not os.path.lexists(file)


@pytest.mark.parametrize("trap", FILES)
def test_in_the_place_of_the_drivers_parameters(trap, world):
    """An image may have a /proc of its own, and a runtime may leave it there."""
    params = world.root / "proc/driver/nvidia/params"
    params.parent.mkdir(parents=True)
    FILES[trap](params, world.outside)
    done = call(world.root, "disable-device-node-modification", before=":")
    assert (done.rc, done.err) == (0, "")


CONFIGURATIONS = [
    "{outside}/lib",
    "include {outside}/ld.so.conf.d/*.conf",
    "include ../../outside/ld.so.conf.d/*.conf",
    "include /../../../../../../../../../..{outside}/ld.so.conf.d/*.conf",
    "/proc/self/root{outside}/lib",
    "/proc/1/root{outside}/lib",
    "/proc/self/cwd{outside}/lib",
    "include /proc/1/root{outside}/ld.so.conf.d/*.conf",
    "/sys/../../../../..{outside}/lib",
]


@pytest.mark.parametrize("line", CONFIGURATIONS)
def test_a_configuration_that_names_other_places(line, world):
    named = line.format(outside=world.outside)
    (world.root / "etc/ld.so.conf").write_text(f"{named}\ninclude /etc/ld.so.conf.d/*.conf\n")
    before = f"{PROC.format(root=world.root)}; mount --bind /sys {world.root}/sys"
    assert call(world.root, *CACHE, before=before).rc == 0
    assert SONAME in world.cache()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_configuration_that_names_the_runtimes_root(runtime, tmp_path):
    """PID 1 of a container that is being made still has the host's /."""
    bundle, outside = Bundle(tmp_path / "bundle"), tmp_path / "outside"
    make_library(outside / "libsecret.so.1.2", "libsecret.so.1")
    (bundle.root / "etc").mkdir()
    (bundle.root / "etc/ld.so.conf").write_text(
        f"/proc/1/root{outside}\n/proc/self/root{outside}\ninclude /etc/ld.so.conf.d/*.conf\n"
    )
    bundle.hook(*CACHE)
    done = bundle.run(runtime, "/sbin/ldconfig", "-p")
    assert SONAME in done.out and "libsecret" not in done.out, done.err
    assert [file.name for file in outside.iterdir()] == ["libsecret.so.1.2"]


def test_an_image_that_wants_to_be_preloaded(world):
    """Neither the hook nor ldconfig load anything, or run what the image calls ldconfig."""
    for name in ("etc/ld.so.preload", "lib64/ld-linux-x86-64.so.2", "sbin/ldconfig.real"):
        file = world.root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{world.outside}/lib/libsecret.so.1.2\n")
    (world.root / "sbin/ldconfig").write_text("#!/bin/busybox sh\n: >/executed\n")
    library = f"{world.outside}/lib/libsecret.so.1.2"
    done = call(world.root, *CACHE, environment={"LD_PRELOAD": library, "LD_AUDIT": library})
    assert (done.rc, done.err) == (0, "")
    assert SONAME in world.cache() and not (world.root / "executed").exists()


def test_an_environment_that_names_a_pipe(world):
    """A C library that makes a time for the log opens the file that $TZ names."""
    os.mkfifo(world.root / "pipe")
    done = call(world.root, "create-symlinks", environment={"TZ": f"{world.root}/pipe"}, said="{")
    assert done.rc == 1 and "is no state of a container" in done.err


def test_a_line_of_the_configuration_that_fills_the_memory(world):
    (world.root / "etc/ld.so.conf.d").mkdir()
    with open(world.root / "etc/ld.so.conf.d/large.conf", "wb") as file:
        file.truncate(64 << 30)
    start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = call(world.root, *CACHE)
    assert done.rc == 0 and SONAME in world.cache()
    most = max(start, 200 << 10)  # KiB
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= most


def test_an_ldconfig_that_is_asked_to_write_elsewhere(world):
    """Its cache of checksums, and the links to libraries that it makes when nobody forbids it."""
    (world.root / "var/cache").mkdir(parents=True)
    (world.root / "var/cache/ldconfig").symlink_to(world.outside)
    assert call(world.root, *CACHE).rc == 0
    assert [file.name for file in (world.root / FOLDER[1:]).iterdir()] == [LIBRARY]


@pytest.mark.parametrize("words", [LINK, CACHE], ids=["create-symlinks", "update-ldcache"])
def test_a_root_that_is_the_hosts(words, world):
    places = (Path(FOLDER), Path("/etc"))
    times = [place.stat().st_mtime_ns for place in places]
    for before, root in (("", Path("/")), (f"mount --bind / {world.root}", world.root)):
        done = call(root, *words, before=before)
        assert done.rc == 0
        assert f"warning: cannot change a container in {root}" in done.err
    assert [place.stat().st_mtime_ns for place in places] == times


def test_the_hosts_root_as_a_volume(world):
    """Even what the administrator lets the container see, ldconfig only reads."""
    (world.root / "host").mkdir()
    folder = f"/host{world.outside}/lib"
    (world.root / "etc/ld.so.conf").write_text(f"{folder}\n")
    before = f"mount --rbind / {world.root}/host"
    for words in (CACHE, ("create-symlinks", "--link", f"a::{folder}/a")):
        assert call(world.root, *words, before=before).rc == 0
    assert f"=> {folder}/libsecret.so.1" in world.cache()
    (world.root / "etc/ld.so.cache").unlink()


DEVICES = {  # what is mounted as the container's /dev, which is the host's or somebody's
    "the host's": "mount --bind /dev {root}/dev",
    "a volume": "mount --bind {outside} {root}/dev",
    "a volume, by a link": "mount -t tmpfs v {root}/tmp; rmdir {root}/dev; ln -s tmp {root}/dev",
}


@pytest.mark.parametrize("case", DEVICES)
def test_devices_that_are_not_the_containers_own(case, world):
    name = f"hooks-{os.getpid()}"
    before = DEVICES[case].format(root=world.root, outside=world.outside)
    done = call(world.root, "create-symlinks", "--link", f"a::/dev/{name}/b", before=before)
    assert done.rc == 0 and "cross-device link. It lies in a volume" in done.err
    assert not Path("/dev", name).exists()


@pytest.mark.parametrize(
    "words, place", [(LINK, FOLDER[1:]), (CACHE, "etc"), (CACHE, FOLDER[1:])], ids=str
)
def test_a_directory_and_a_link_that_change_places(words, place, world):
    trap = world.root / "tmp/trap"
    trap.symlink_to(world.outside)
    with swapping(world.root / place, trap):
        codes = {call(world.root, *words).rc for _ in range(ROUNDS)}
    assert codes <= {0, 1}


@pytest.mark.long
def test_a_pipe_that_the_configuration_includes(world):
    """ldconfig waits for somebody to write into it; its time is 30 seconds."""
    (world.root / "etc/ld.so.conf.d").mkdir()
    os.mkfifo(world.root / "etc/ld.so.conf.d/pipe.conf")
    done = call(world.root, *CACHE)
    assert done.rc == 0 and "did not end within 30 s" in done.err
