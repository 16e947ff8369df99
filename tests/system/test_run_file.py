"""`driver unpack`: the driver of a .run file in a root, and nothing of it run. The files are made
of Debian's packages (make-run-file), those of the hostile ones of a few bytes."""

import hashlib
import json
import os
import random
import signal
import stat
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from harness.driverctl import command, finish, run, start
from harness.run_files import (
    COMPRESSORS,
    VERSION,
    Entry,
    Header,
    Member,
    makeself_2,
    manifest,
    payload,
    small_driver,
    with_manifest,
)
from harness.servers import server
from harness.shell import material

DRIVERS = {  # driver, architecture, compression → the machine's name, in ELF headers
    ("535.261.03", "amd64", "zstd"): ("x86_64", 62),
    ("535.261.03", "arm64", "xz"): ("aarch64", 183),
    ("550.163.01", "amd64", "gzip"): ("x86_64", 62),
}
LIBRARIES = "CUDA ENCODEAPI FLEXERA GRID NVCUVID OPENCL OPENGL TLS UTILITY".split()
PLACES = {  # type → where its files are, {} for the machine and {path} for what the line says
    **{f"{name}_LIB": "usr/lib/{}-linux-gnu" for name in LIBRARIES},
    "VDPAU_LIB": "usr/lib/{}-linux-gnu/vdpau",
    "INTERNAL_UTILITY_BINARY": "usr/lib/nvidia",
    "INTERNAL_UTILITY_LIB": "usr/lib/nvidia",
    "WINE_LIB": "usr/lib/nvidia/wine",
    "UTILITY_BINARY": "usr/bin",
    "FIRMWARE": "usr/share/nvidia/firmware/nvidia/{driver}",
    "APPLICATION_PROFILE": "usr/share/nvidia",
    "CUDA_ICD": "etc/OpenCL/vendors",
    "EGL_EXTERNAL_PLATFORM_JSON": "usr/share/egl/egl_external_platform.d",
    "EXPLICIT_PATH": "usr/share/dbus-1/system.d",
    "GLVND_EGL_ICD_JSON": "usr/share/glvnd/egl_vendor.d",
    "OPENGL_DATA": "usr/share/nvidia",
    "SANDBOXUTILS_FILELIST_JSON": "usr/share/nvidia/files.d",
    "VULKAN_ICD_JSON": "etc/vulkan/{path}",
    "VULKANSC_ICD_JSON": "etc/vulkansc/{path}",
}
WHOLE = ("kernel/", "kernel-open/", "supported-gpus/", "LICENSE")  # of usr/src/nvidia-V


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_of(file: Path) -> str:
    return subprocess.run(["sha256sum", file], stdout=subprocess.PIPE).stdout.decode().split()[0]


def unpack(file: Path, root: Path, *words: str, **options):
    root.mkdir(exist_ok=True)
    options = {"sha256": digest_of(file), "root": root, "arch": "x86_64"} | options
    return run("driver", "unpack", *words, file, **options)


def tree(root: Path) -> dict[str, tuple[str, ...]]:
    """Files with their modes and digests, links with their targets."""
    found: dict[str, tuple[str, ...]] = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_file():
            found[name] = (f"{stat.S_IMODE(path.stat().st_mode):o}", digest_of(path))
    return found


def contents(file: Path, compression: str) -> tuple[dict[str, tuple[str, ...]], str]:
    """The payload's files as tree() says them, and its manifest; read without driverctl."""
    with file.open("rb") as lines:
        skip = next(int(line[5:]) for line in lines if line.startswith(b"skip="))
    decompress = [COMPRESSORS[compression][0], "-dc"]
    tail = subprocess.Popen(["tail", "-n", f"+{skip}", file], stdout=subprocess.PIPE)
    plain = subprocess.Popen(decompress, stdin=tail.stdout, stdout=subprocess.PIPE)
    found: dict[str, tuple[str, ...]] = {}
    text = ""
    with tarfile.open(fileobj=plain.stdout, mode="r|") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if not stream:
                continue
            data = stream.read()
            name = member.name.removeprefix("./")
            text = data.decode() if name == ".manifest" else text
            found[name] = ("755" if member.mode & 0o111 else "644", digest(data))
    return found, text


def expected(file: Path, driver: str, machine: str, compression: str) -> dict[str, tuple[str, ...]]:
    """The files of a root, by the manifest's lines and the table above."""
    files, text = contents(file, compression)
    sources = f"usr/src/nvidia-{driver}"
    placed = {f"{sources}/{name}": files[name] for name in files if name.startswith(WHOLE)}
    for line in text.split("\n\n")[0].splitlines()[8:]:
        name, _, kind, *words = line.split()
        if kind in PLACES and "COMPAT32" not in words:
            path = words[-1] if words else ""
            place = PLACES[kind].format(machine, driver=driver, path=path)
            placed[f"{place}/{Path(name).name}"] = files[name]
    return placed


@pytest.mark.parametrize("made", DRIVERS, ids="-".join)
def test_each_file_has_its_place(made, tmp_path):
    driver, arch, compression = made
    machine, elf_machine = DRIVERS[made]
    options = ["--driver", driver, "--arch", arch, "--compression", compression]
    file = Path(material("make-run-file", *options))
    root = tmp_path / "root"
    done = unpack(file, root, "--json", arch=machine)
    assert done.rc == 0, done.err
    report = json.loads(done.out)
    assert (report["driver"], report["architecture"]) == (driver, machine)
    assert report["flavours"] == ["proprietary", "open"]
    found = tree(root)
    assert report["linker_cache"] == (machine == os.uname().machine)
    assert (found.pop("etc/ld.so.cache", None) is not None) == report["linker_cache"]
    links = {name: what[1] for name, what in found.items() if what[0] == "link"}
    files = {name: what for name, what in found.items() if what[0] != "link"}
    assert files == expected(file, driver, machine, compression)
    assert (report["files"], report["links"]) == (len(files), len(links))
    library = f"usr/lib/{machine}-linux-gnu"
    assert links[f"{library}/libcuda.so.1"] == f"libcuda.so.{driver}"
    assert links[f"{library}/gbm/nvidia-drm_gbm.so"] == f"../libnvidia-allocator.so.{driver}"
    assert all((root / name).exists() and target[0] != "/" for name, target in links.items())
    real = (root / library / "libcuda.so.1").read_bytes()
    assert int.from_bytes(real[18:20], "little") == elf_machine
    gpus = root / f"usr/src/nvidia-{driver}/supported-gpus/supported-gpus.json"
    assert json.loads(gpus.read_text())["chips"]
    assert not list(file.parent.glob("*.executed")) + list(root.rglob("*executed*"))


@pytest.fixture
def small(tmp_path):
    """A file of a few bytes, in a folder of its own."""
    return write(tmp_path, small_driver())


def write(tmp_path: Path, members: list[Member], **header) -> Path:
    folder = tmp_path / "files"
    folder.mkdir(exist_ok=True)
    file = folder / f"NVIDIA-Linux-x86_64-{VERSION}.run"
    file.write_bytes(Header(**header).before(payload(members)))
    file.chmod(0o755)
    return file


def lines(*entries: Entry) -> list[Member]:
    return [
        Member("kernel/Kbuild"),
        Member("a"),
        Member(".manifest", manifest([*entries]).encode()),
    ]


def of(*members: Member) -> list[Member]:
    return [*small_driver(), *members]


HOSTILE = {  # what: the payload's members, and what driverctl says
    "dot dot": (lambda: of(Member("../etc/x")), "'../etc/x' has a name that is no plain relative"),
    "device": (lambda: of(Member("null", kind=tarfile.CHRTYPE)), "'null' is no file, directory"),
    "pipe": (lambda: of(Member("pipe", kind=tarfile.FIFOTYPE)), "'pipe' is no file, directory"),
    "hard link": (
        lambda: of(Member("hard", kind=tarfile.LNKTYPE, target="/etc/shadow")),
        "'hard' is no file, directory",
    ),
    "link out": (
        lambda: of(Member("kernel/out", kind=tarfile.SYMTYPE, target="../../../etc")),
        "'kernel/out' is a link that leads out, to '../../../etc'",
    ),
    "file through a link": (
        lambda: of(Member("in", kind=tarfile.SYMTYPE, target="kernel"), Member("in/x")),
        "'in/x' lies below 'in', which is no directory",
    ),
    "twice": (lambda: of(Member("nvidia-smi", b"another")), "'nvidia-smi' is there twice"),
    "setuid": (lambda: with_manifest([Member("nvidia-smi", mode=0o4755)]), "has a setuid"),
    "setuid source": (lambda: of(Member("kernel/x", mode=0o6755)), "'kernel/x' has a setuid"),
    "unknown type": (lambda: lines(Entry("a", "0644", "NEW_LIB", "NATIVE")), "line 9: 'a' is of a"),
    "path out": (
        lambda: lines(Entry("a", "0644", "EXPLICIT_PATH", "/etc/cron.d")),
        "the path /etc/cron.d is not below /usr/share/",
    ),
    "link target out": (
        lambda: lines(Entry("b", "0000", "UTILITY_BIN_SYMLINK", "../../etc/shadow")),
        "the link leads to '../../etc/shadow', which is no file's name",
    ),
    "not in the payload": (
        lambda: lines(Entry("nvidia-smi", "0755", "UTILITY_BINARY")),
        "'nvidia-smi' of its manifest is not among the files that it holds",
    ),
    "many members": (
        lambda: of(*(Member(f"kernel/{number}") for number in range(20_000))),
        "more than 20000 members",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_file_is_refused_and_nothing_written(what, tmp_path):
    members, message = HOSTILE[what]
    done = unpack(write(tmp_path, members()), tmp_path / "root")
    assert (done.rc, done.out) == (8, "")
    assert message in done.err
    assert not list((tmp_path / "root").iterdir())


def huge() -> bytes:
    """A file that says that it has 9 GiB, behind a gzip header."""
    info = tarfile.TarInfo("kernel/huge")
    info.size = 9 << 30
    header = info.tobuf(tarfile.GNU_FORMAT)
    return subprocess.run(["gzip"], input=header, stdout=subprocess.PIPE).stdout


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) == 1
    return data.replace(old, new)


DAMAGED = {  # what: made of a good file's bytes, and what driverctl says
    "empty": (lambda data: b"", "it does not begin with a script"),
    "a page": (lambda data: b"<html>not found</html>", "it does not begin with a script"),
    "script only": (lambda data: data[:400], "is cut off, or its script lies"),
    "cut off": (lambda data: data[:-300], "truncated"),
    "skip too small": (lambda data: changed(data, b"\nskip=", b"\nskip=1\nskip="), "at line '1'"),
    "skip too large": (lambda data: changed(data, b"\nskip=", b"\nskip=9"), "is cut off, or its"),
    "skip of shell": (
        lambda data: changed(data, b"\nskip=", b"\nskip=$(reboot)"),
        "at line '$(reboot)",
    ),
    "huge": (lambda data: Header().before(huge()), "holds more than 6442450944 bytes"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_file_is_refused(what, small, tmp_path):
    change, message = DAMAGED[what]
    small.write_bytes(change(small.read_bytes()))
    done = unpack(small, tmp_path / "root")
    assert (done.rc, done.out) == (8, "")
    assert message in done.err
    assert not list((tmp_path / "root").iterdir())


def test_makeself_2_is_read_as_well(small, tmp_path):
    small.write_bytes(makeself_2(payload(small_driver(), "xz")))
    done = unpack(small, tmp_path / "root")
    assert done.rc == 0, done.err
    assert (tmp_path / "root/usr/bin/nvidia-smi").read_bytes() == b"smi"
    assert not list(small.parent.glob("*executed*"))


def test_the_digest_comes_first_and_is_a_must(small, tmp_path):
    root, sums = tmp_path / "root", tmp_path / "sums"
    right = digest_of(small)
    sums.write_text(f"{'0' * 64}  other.run\n{right}  {small.name}\n")
    usage = run("driver", "unpack", small, root=root.parent)
    assert (usage.rc, "which SHA-256 the file has to have" in usage.err) == (2, True)
    for given, rc in {"0" * 64: 8, "0" * 63: 2, right.upper(): 0}.items():
        assert unpack(small, root, sha256=given).rc == rc, given
        assert bool(list(root.iterdir())) == (rc == 0)
    both = unpack(small, tmp_path / "b", sha256_from=sums)
    assert (both.rc, "exclude each other" in both.err) == (2, True)
    listed = {"root": tmp_path / "c", "arch": "x86_64", "sha256_from": sums}
    (tmp_path / "c").mkdir()
    assert run("driver", "unpack", small, **listed).rc == 0
    sums.write_text(f"{right}  other.run\n")
    missing = run("driver", "unpack", small, **listed)
    assert (missing.rc, f"has no SHA-256 of {small.name}" in missing.err) == (8, True)


def test_from_a_server(small, tmp_path):
    def answer(request):
        found = request.path == f"/tesla/{small.name}?token=secret"
        request.reply(200 if found else 404, small.read_bytes() if found else b"")

    root, work = tmp_path / "root", tmp_path / "work"
    root.mkdir()
    options = {"root": root, "work_dir": work, "arch": "x86_64"}
    with server(answer) as host:
        url = f"http://{host}/tesla/{small.name}?token=secret"
        wrong = run("driver", "unpack", url, sha256="0" * 64, **options)
        assert (wrong.rc, list(root.iterdir())) == (8, [])
        done = run("driver", "unpack", url, sha256=digest_of(small), **options)
        gone = run("driver", "unpack", f"http://{host}/x.run", sha256="0" * 64, **options)
        for path in ("", "tesla/", "tesla/..", "?x.run"):
            nameless = run("driver", "unpack", f"http://{host}/{path}", sha256="0" * 64, **options)
            assert (nameless.rc, "names no file" in nameless.err) == (2, True)
    assert done.rc == 0, done.err
    assert "secret" not in wrong.err + done.err
    assert (root / "usr/bin/nvidia-smi").read_bytes() == b"smi"
    assert not [it for it in work.rglob("*") if it.is_file()], "a part of it is left"
    assert (gone.rc, "/x.run is not there" in gone.err) == (1, True)


def test_wrong_machine_or_root(small, tmp_path):
    machine = unpack(small, tmp_path / "root", arch="aarch64")
    assert (machine.rc, "is for machine x86_64, and one for aarch64" in machine.err) == (2, True)
    root = run("driver", "unpack", small, sha256="0" * 64, root=tmp_path / "nowhere")
    assert root.rc == 2
    file = run("driver", "unpack", tmp_path / "x.run", sha256="0" * 64, root=tmp_path)
    assert (file.rc, "x.run is not there" in file.err) == (2, True)


def test_a_root_with_a_driver_keeps_it(small, tmp_path):
    root = tmp_path / "root"
    assert unpack(small, root).rc == 0
    before = tree(root)
    again = unpack(small, root)
    assert (again.rc, f"holds driver {VERSION} already" in again.err) == (1, True)
    newer = small_driver("580.1.2")
    other = unpack(write(tmp_path, newer, version="580.1.2"), root)
    assert (other.rc, "is there already and is another" in other.err) == (1, True)
    assert tree(root) == before


FULL = {  # the mount's options → what is said
    "size=32k": "MiB free, and driver 535.261.03 needs",
    "size=4m,nr_inodes=12": "No space left on device",
}


@pytest.mark.parametrize("options", FULL)
def test_full_disk(options, small, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    argv = command("driver", "unpack", small, sha256=digest_of(small), root=root, arch="x86_64")
    script = f'mount -t tmpfs -o {options} full {root}; "$@"; echo "rc=$?"; ls -A {root}'
    done = finish(["unshare", "--mount", "sh", "-c", script, "sh", *argv])
    assert done.out == "rc=1\n"
    assert FULL[options] in done.err


@pytest.mark.parametrize("mounted", ["usr", "usr/src", "usr/lib/x86_64-linux-gnu"])
def test_another_file_system_in_the_root(mounted, small, tmp_path):
    root = tmp_path / "root"
    (root / mounted).mkdir(parents=True)
    argv = command("driver", "unpack", small, sha256=digest_of(small), root=root, arch="x86_64")
    script = f'mount -t tmpfs other {root / mounted}; "$@"; echo "rc=$?"; find {root} -type f'
    done = finish(["unshare", "--mount", "sh", "-c", script, "sh", *argv])
    assert done.out == "rc=1\n", done
    assert f"{root / mounted} is on another file system than {root}. Unmount it" in done.err


def large(tmp_path: Path) -> Path:
    """A file that takes a second: bytes that are not to be compressed."""
    data = random.Random(1).randbytes(2 << 20)
    members = [Member(f"kernel/{number}", data) for number in range(40)]
    return write(tmp_path, with_manifest([*members, Member("nvidia-smi", b"smi", 0o755)]))


def wait_for_staging(root: Path, old: list[Path], process: subprocess.Popen, files: int) -> bool:
    """Whether that many files were unpacked before it ended. `old`: what earlier ones left."""
    while process.poll() is None:
        for work in set(root.iterdir()) - set(old):
            if len(list(work.glob("usr/src/*/kernel/*"))) >= files:
                return True
        time.sleep(0.002)
    return False


def test_killed_or_stopped_it_leaves_nothing_half(tmp_path):
    file, root = large(tmp_path), tmp_path / "root"
    root.mkdir()
    options = {"sha256": digest_of(file), "root": root, "arch": "x86_64"}
    argv = command("driver", "unpack", file, **options)
    for number, files in ((signal.SIGKILL, 1), (signal.SIGKILL, 30), (signal.SIGTERM, 5)):
        old = list(root.iterdir())
        process = start(argv)
        assert wait_for_staging(root, old, process, files), process.communicate()
        process.send_signal(number)
        process.communicate()
        assert not (root / "usr").exists()
        if number == signal.SIGTERM:
            assert process.returncode == 128 + signal.SIGTERM
            assert not list(root.iterdir())
    done = finish(argv)
    assert done.rc == 0, done.err
    assert len(list((root / f"usr/src/nvidia-{VERSION}/kernel").iterdir())) == 40
    assert not list(root.glob(".driverctl*"))
