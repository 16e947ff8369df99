"""`driverctl update` against a real HTTP server, real images, a real compiler."""

import bz2
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import tarfile
import time
from pathlib import Path

import pytest
from conftest import (
    DRIVER,
    FLAVOURS,
    RELEASES,
    TINY_DRIVER,
    Driverctl,
    clean_environment,
    serve,
    sh,
    sign,
)

NAME = "flatcar_developer_container.bin.bz2"


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("series", RELEASES)
def test_package_holds_what_init_needs(built, kernels, series, flavour):
    kernel = kernels[series]
    file = (
        built.store
        / f"flatcar-{RELEASES[series]}-x86_64"
        / f"nvidia-modules-{DRIVER}-{flavour}-{kernel}.tar"
    )
    with tarfile.open(file) as archive:
        names = archive.getnames()
        manifest = json.load(archive.extractfile("manifest.json"))
    assert names[0] == "manifest.json"
    assert [module["name"] for module in manifest["modules"]] == [
        "nvidia",
        "nvidia-uvm",
        "nvidia-modeset",
        "nvidia-drm",
        "nvidia-peermem",
    ]
    assert manifest["kernel"] == kernel
    assert all(module["vermagic"].startswith(kernel + " ") for module in manifest["modules"])
    assert (
        manifest["inputs"]["developer-container.bin.bz2 (sha512)"]
        == sh("sha512sum", built.mirror / "stable/amd64-usr" / RELEASES[series] / NAME).split()[0]
    )
    assert set(manifest["inputs"]) == {
        "developer-container.bin.bz2 (sha512)",
        "driver-source",
        "driver-core/nvidia/nv-kernel.o_binary",
        "driver-core/nvidia-modeset/nv-modeset-kernel.o_binary",
        "compiler",
        "compiler-proper",
        "assembler",
        "linker",
        "kernel-config",
        "kernel-symvers",
    }
    # NVIDIA's core never travels inside.
    assert {
        module["encoding"]
        for module in manifest["modules"]
        if module["name"] in ("nvidia", "nvidia-modeset")
    } == {"zstd-delta"}


@pytest.mark.parametrize("series, limit", [("6.1", 3_000_000), ("6.12", 5_000_000)])
def test_proprietary_package_is_small(built, kernels, series, limit):
    file = (
        built.store
        / f"flatcar-{RELEASES[series]}-x86_64"
        / f"nvidia-modules-{DRIVER}-proprietary-{kernels[series]}.tar"
    )
    assert file.stat().st_size <= limit


def test_second_run_finds_the_package_and_fetches_nothing(built):
    done = built.update(mirror="http://127.0.0.1:9")  # nobody listens there
    assert done.rc == 0, done.err
    assert "already has the package" in done.err
    assert done.out.strip().endswith(".tar")


def test_damaged_package_in_the_store_is_built_again(built, tmp_path, kernels):
    """The cached image is used: no server is needed for that."""
    store = tmp_path / "store"
    shutil.copytree(built.store, store)
    file = (
        store
        / f"flatcar-{RELEASES['6.1']}-x86_64"
        / f"nvidia-modules-{DRIVER}-proprietary-{kernels['6.1']}.tar"
    )
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    process = subprocess.Popen(
        built.argv(store=str(store), mirror="http://127.0.0.1:9"),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=clean_environment(),
    )
    said = ""
    for line in process.stderr:
        said += line
        if line.startswith("Compiling the "):
            break
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    assert "is not usable and will be replaced" in said
    assert "Compiling the proprietary" in said
    assert process.returncode == 128 + signal.SIGTERM


def refused(driverctl: Driverctl, done, code: int, *words: str):
    assert done.rc == code, done.err
    last = done.err.strip().splitlines()[-1]
    for word in words:
        assert word in done.err, done.err
    assert last.startswith("error: ") or "error: " in done.err
    assert driverctl.packages() == []


def test_release_that_is_not_there(driverctl, untouched):
    refused(driverctl, driverctl.update(release="9999.2.0"), 1, "9999.2.0", "404", "--mirror")


@pytest.mark.parametrize("code", [404, 503])
def test_mirror_that_answers_errors(driverctl, mirror, untouched, code):
    with serve(mirror, "--fail", f"{code}:.*bz2$") as bad:
        done = driverctl.update(mirror=bad + "/{channel}", timeout=120)
    refused(driverctl, done, 1, str(code), NAME)
    assert ("attempts" in done.err) == (code == 503)


def test_second_mirror_takes_over(driverctl, mirror, url, untouched):
    """A dead first mirror costs time, not the update; the image behind the second is refused for
    its kernel only after it was fetched."""
    done = driverctl.update(
        "--mirror",
        url + "/{channel}",
        mirror="http://127.0.0.1:9",
        release="1.2.0",
        kernel="6.1.0-x",
    )
    refused(driverctl, done, 1, "0.0.0-other", "6.1.0-x")


def test_image_with_another_kernel_names_both(driverctl, untouched):
    refused(
        driverctl,
        driverctl.update(release="1.2.0", kernel="6.1.0-x"),
        1,
        "0.0.0-other",
        "6.1.0-x",
        "--kernel",
    )


def test_image_without_partition_9(driverctl, untouched):
    refused(
        driverctl, driverctl.update(release="1.2.1"), 1, "no partition 9 labelled ROOT", "1 'ROOT'"
    )


@pytest.fixture
def copied(tmp_path, mirror):
    """A mirror whose small release 1.2.0 a test may damage."""
    copy = tmp_path / "mirror"
    shutil.copytree(mirror / "stable/amd64-usr/1.2.0", copy / "stable/amd64-usr/1.2.0")
    return copy


def test_bad_signature(driverctl, copied, untouched):
    image = copied / "stable/amd64-usr/1.2.0" / NAME
    image.write_bytes(image.read_bytes() + b"x")
    with serve(copied) as bad:
        done = driverctl.update(release="1.2.0", mirror=bad + "/{channel}")
    refused(driverctl, done, 8, "does not match the file")
    assert not list(driverctl.work.rglob("*.bz2")), "the next run has to fetch it anew"
    assert not list(driverctl.work.rglob("*.bin"))


def test_key_that_is_not_pinned(driverctl, untouched):
    refused(
        driverctl,
        driverctl.update(release="1.2.0", signing_key="F88CFEDEFF29A5B4D9523864E25D9AED0593B34A"),
        8,
        "lacks the pinned key F88CFEDE",
    )


def test_missing_keyring(driverctl, untouched):
    refused(
        driverctl,
        driverctl.update(release="1.2.0", keyring="/does/not/exist"),
        8,
        "no keyring /does/not/exist",
        "--keyring",
    )


def test_wrong_digest(driverctl, copied, untouched):
    digests = copied / "stable/amd64-usr/1.2.0" / (NAME + ".DIGESTS")
    lines = digests.read_text().splitlines()
    at = lines.index("# SHA512 HASH") + 1
    lines[at] = "0" * 128 + lines[at][128:]
    digests.write_text("\n".join(lines) + "\n")
    with serve(copied) as bad:
        done = driverctl.update(release="1.2.0", mirror=bad + "/{channel}")
    refused(driverctl, done, 8, "SHA-512")


def test_truncated_image_with_a_good_signature(driverctl, mirror, copied, tmp_path, untouched):
    """Signed as it is: bzip2 finds the truncation."""
    folder = copied / "stable/amd64-usr/1.2.0"
    image = folder / NAME
    image.write_bytes(image.read_bytes()[:-200])
    resign(mirror, image)
    with serve(copied) as bad:
        done = driverctl.update(release="1.2.0", mirror=bad + "/{channel}")
    refused(driverctl, done, 1, "cannot decompress")


def test_image_that_ends_inside_the_partition(driverctl, mirror, copied, untouched):
    folder = copied / "stable/amd64-usr/1.2.0"
    image = folder / NAME
    raw = bz2.decompress(image.read_bytes())
    image.write_bytes(bz2.compress(raw[: len(raw) // 2]))
    resign(mirror, image)
    with serve(copied) as bad:
        done = driverctl.update(release="1.2.0", mirror=bad + "/{channel}")
    refused(driverctl, done, 1, "partition")


def resign(mirror, image):
    sign(mirror, image)
    text = "".join(
        f"# {name} HASH\n{sh(name.lower() + 'sum', image).split()[0]}  {NAME}\n"
        for name in ("MD5", "SHA1", "SHA512")
    )
    image.with_name(NAME + ".DIGESTS").write_text(text)


def test_full_disk(driverctl, mirror, url, tmp_path):
    """The work directory is a file system of 20 MB; the namespace ends with the run."""
    (tmp_path / "work").mkdir()
    script = 'mount -t tmpfs -o size=20M tmpfs "$0" && exec "$@"'
    done = subprocess.run(
        [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "bash",
            "-c",
            script,
            str(tmp_path / "work"),
            *driverctl.argv(),
        ],
        text=True,
        capture_output=True,
        timeout=120,
        env=clean_environment(),
    )
    assert done.returncode == 1, done.stderr
    assert "No space left on device" in done.stderr
    assert "--work-dir" in done.stderr
    assert driverctl.packages() == []


def test_mirror_that_dies_half_way_is_resumed(driverctl, mirror, untouched):
    """The server is killed in the middle of the transfer; the next run goes on behind the bytes
    that are there."""
    part = driverctl.work / "cache/amd64-usr-3815.2.5" / (NAME + ".part")
    with serve(mirror, "--rate", "20000000") as slow:
        process = subprocess.Popen(
            driverctl.argv(mirror=slow + "/{channel}"),
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
        )
        wait_until(lambda: part.exists() and part.stat().st_size > 20_000_000, 60)
    # The server is gone now; driverctl would try again for a while.
    process.send_signal(signal.SIGINT)
    process.wait(30)
    assert process.returncode == 128 + signal.SIGINT
    size = part.stat().st_size
    total = (mirror / "stable/amd64-usr/3815.2.5" / NAME).stat().st_size
    assert 20_000_000 < size < total
    with serve(mirror, "--log", str(driverctl.work / "access.log")) as whole:
        process = subprocess.Popen(
            driverctl.argv(mirror=whole + "/{channel}"),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env=clean_environment(),
        )
        said = read_until(process, "Compiling the ")
        process.terminate()
        process.wait(30)
    assert "Verifying" in said and "Compiling the " in said
    sent = [
        line.split()
        for line in (driverctl.work / "access.log").read_text().splitlines()
        if line.split()[6].endswith(NAME)
    ]
    assert [fields[8] for fields in sent] == ["206"]
    assert int(sent[0][9]) == total - size


STAGES = {  # of the small driver and of NVIDIA's: what the log says first, and how long after that the kill comes
    TINY_DRIVER: [
        ("Checking the cache for", 0),
        ("Fetching", 0.05),
        ("Verifying", 0),
        ("Decompressing", 0.1),
        ("Decompressing", 0.5),
        ("Compiling the", 0.2),
        ("Compiling the", 0.6),
        ("Compiling the", 1),
        ("Packing", 0.1),
        ("Packing", 0.5),
    ],
    DRIVER: [
        ("Checking the cache for", 0),
        ("Fetching", 0.05),
        ("Verifying", 0),
        ("Decompressing", 0.3),
        ("Decompressing", 2),
        ("Compiling the", 0.3),
        ("Compiling the", 2),
        ("Compiling the", 5),
        ("Compiling the", 10),
        ("Packing", 0.5),
    ],
}


@pytest.mark.parametrize("driver", [TINY_DRIVER, pytest.param(DRIVER, marks=pytest.mark.long)])
def test_sigkill_at_ten_stages_leaves_nothing_and_the_next_run_succeeds(
    driver, driverctl, untouched, kernels, tmp_path, request
):
    """Each run is killed later than the one before and passes what the earlier ones left; the last
    one is left alone, and gives the very bytes that another work directory gives at another
    time."""
    if driver != driverctl.driver:
        driverctl = dataclasses.replace(
            driverctl, driver=driver, sources=request.getfixturevalue("sources")
        )
    assert len(STAGES[driver]) == 10
    for stage, delay in STAGES[driver]:
        process = subprocess.Popen(
            driverctl.argv(),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env=clean_environment(),
        )
        read_until(process, stage)
        time.sleep(delay)
        process.kill()
        process.wait(30)
        assert process.returncode == -signal.SIGKILL, stage
        wait_until(lambda: not processes_below(driverctl.work), 20)
        assert not [path for path in driverctl.packages() if path.suffix == ".tar"], stage
        # The kernel takes a dead mount namespace apart on its own time, after its last process is
        # gone.
        wait_until(
            lambda: str(driverctl.work)
            not in sh("losetup", "--list", "--noheadings", "--output", "BACK-FILE"),
            60,
        )
        assert str(driverctl.work) not in Path("/proc/self/mountinfo").read_text(), stage
    done = driverctl.update()
    assert done.rc == 0, done.err
    (package,) = driverctl.packages()
    assert package.name == f"nvidia-modules-{driver}-proprietary-{kernels['6.1']}.tar"
    other = dataclasses.replace(
        driverctl, work=tmp_path / "elsewhere/work", store=tmp_path / "other"
    )
    assert other.update().rc == 0
    same_bytes(package, other.store / package.relative_to(driverctl.store))


def test_the_same_inputs_give_the_same_bytes(demo, built):
    """NVIDIA's own sources: compiled in the demo's container and on this machine, at another time,
    below another work directory, once with the interfaces for mkprecompiled as well."""
    (package,) = demo.packages
    same_bytes(package, built.store / package.relative_to(package.parents[1]))


def same_bytes(left: Path, right: Path) -> None:
    assert differences(left, right) == []
    assert left.read_bytes() == right.read_bytes()


def differences(left: Path, right: Path) -> list[str]:
    """Members, and in JSON the fields, that differ."""

    def values(path: Path) -> dict[str, object]:
        with tarfile.open(path) as archive:
            found = {"members": archive.getnames()}
            for member in archive:
                found[f"{member.name}: header"] = (
                    member.mode,
                    member.uid,
                    member.gid,
                    member.uname,
                    member.gname,
                    member.mtime,
                    member.size,
                )
                content = archive.extractfile(member).read()
                found[member.name] = content
                if member.name.endswith(".json"):
                    found |= {
                        f"{member.name}: {field}": value
                        for field, value in flat(json.loads(content))
                    }
        return found

    def flat(value, field: str = ""):
        entries = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else None
        )
        if entries is None:
            yield field, value
        for key, inner in entries or []:
            yield from flat(inner, f"{field}/{key}")

    one, other = values(left), values(right)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def processes_below(directory) -> list[str]:
    """Processes whose root or working directory lies there."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if str(directory) in os.readlink(f"/proc/{pid}/root") + os.readlink(f"/proc/{pid}/cwd"):
                found.append(pid)
        except OSError:
            pass
    return found


def read_until(process, text: str) -> str:
    said = ""
    for line in process.stderr:
        said += line
        if text in line:
            return said
    raise AssertionError(f"ended without {text!r}:\n{said}")


def wait_until(condition, limit: float):
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "time is up"
        time.sleep(0.05)


def test_build_root_from_a_plain_directory(driverctl, mirror, tmp_path, kernels):
    """A tree with toolchain and headers, no Flatcar: the release's image as a directory, its
    os-release replaced."""
    script = r"""
        set -e
        tree=$0/tree
        mkdir -p "$tree" "$0/lower" "$0/upper" "$0/over"
        lbzip2 -dc "$1" >"$0/image"
        mount -t ext4 -o ro,loop,offset=2097152 "$0/image" "$0/lower"
        mount -t tmpfs tmpfs "$0/upper"
        mkdir "$0/upper/u" "$0/upper/w"
        mount -t overlay overlay "$tree" -o "lowerdir=$0/lower,upperdir=$0/upper/u,workdir=$0/upper/w"
        rm "$tree/etc/os-release"
        printf 'ID=debian\nVERSION_ID="12"\n' >"$tree/etc/os-release"
        shift
        exec "$@"
    """
    argv = [
        word
        for word in driverctl.argv(kernel=kernels["6.1"], build_root=str(tmp_path / "tree"))
        if not word.startswith(("--release", "--mirror"))
    ]
    image = mirror / "stable/amd64-usr/3815.2.5" / NAME
    done = subprocess.run(
        [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "bash",
            "-c",
            script,
            str(tmp_path),
            str(image),
            *argv,
        ],
        text=True,
        capture_output=True,
        timeout=120,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr
    assert "for kernel " + kernels["6.1"] in done.stderr
    (package,) = driverctl.packages()
    assert package.parent.name == "debian-12-x86_64"


def test_not_a_flatcar_node_names_what_is_missing(driverctl, tmp_path):
    argv = [word for word in driverctl.argv() if not word.startswith("--release")]
    done = subprocess.run(argv, text=True, capture_output=True, timeout=60, env=clean_environment())
    assert done.returncode == 2
    assert "release" in done.stderr and "--release" in done.stderr


def test_no_driver_sources(driverctl, tmp_path):
    done = driverctl.update(source_dir=str(tmp_path))
    assert done.rc == 1
    assert "incomplete" in done.err and str(tmp_path) in done.err


def test_restored_modules_equal_kbuilds_own(built, sources, kernels, tmp_path):
    """An independent build with the image's own tools, by hand as NVIDIA documents it, stripped as
    INSTALL_MOD_STRIP=1 does; then compared to what the package restores, byte for byte, and looked
    at with modinfo and readelf."""
    kernel = kernels["6.12"]
    release = RELEASES["6.12"]
    image = built.work / f"cache/amd64-usr-{release}/flatcar_developer_container.bin"
    package = (
        built.store
        / f"flatcar-{release}-x86_64"
        / f"nvidia-modules-{DRIVER}-proprietary-{kernel}.tar"
    )
    script = r"""
        set -e
        mkdir -p "$0/lower" "$0/upper" "$0/root"
        mount -t ext4 -o ro,loop,offset=2097152 "$1" "$0/lower"
        mount -t tmpfs tmpfs "$0/upper"
        mkdir "$0/upper/u" "$0/upper/w"
        mount -t overlay overlay "$0/root" -o "lowerdir=$0/lower,upperdir=$0/upper/u,workdir=$0/upper/w"
        mount -t proc proc "$0/root/proc"
        mount --rbind /dev "$0/root/dev"
        cp -a "$2" "$0/root/tmp/nvidia"
        chroot "$0/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin LC_ALL=C make -C /tmp/nvidia -j2 KERNEL_UNAME="$3" KCFLAGS=-g0 NV_KERNEL_MODULES="nvidia nvidia-modeset" modules >"$0/log" 2>&1
        for module in nvidia nvidia-modeset; do
            chroot "$0/root" strip --strip-debug "/tmp/nvidia/$module.ko"
            cp "$0/root/tmp/nvidia/$module.ko" "$0/$module.ko"
        done
    """
    source = sources / f"nvidia-{DRIVER}/kernel"
    sh(
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "bash",
        "-c",
        script,
        tmp_path,
        image,
        source,
        kernel,
        timeout=900,
    )
    with tarfile.open(package) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
        for module in manifest["modules"][:3:2]:
            restored = tmp_path / "restored.ko"
            member = tmp_path / "member.zst"
            member.write_bytes(archive.extractfile(module["member"]).read())
            # zstd's own program is the second implementation of the package's encoding.
            sh(
                "zstd",
                "--quiet",
                "--force",
                "--decompress",
                "--long=27",
                f"--patch-from={source / module['core']['object']}",
                member,
                "-o",
                restored,
            )
            assert (
                restored.read_bytes() == (tmp_path / f"{module['name']}.ko").read_bytes()
            ), module["name"]
    info = sh("modinfo", restored)
    assert sum(line.startswith("vermagic:") for line in info.splitlines()) == 1
    assert sum(line.startswith("name:") for line in info.splitlines()) == 1
    sections = sh("readelf", "--wide", "--section-headers", restored)
    assert sections.count(" .gnu.linkonce.this_module ") == 1
    for section in (".orc_unwind ", ".return_sites "):
        assert section in sections
