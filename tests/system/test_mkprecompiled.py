"""Packages of NVIDIA's mkprecompiled: `update` writes one, `package import` and `init` take it. The
reader and writer here are of their own (tests/harness/mkprecompiled.py)."""

import dataclasses
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import second_reader
from harness.driverctl import EPOCH, Finished, packages_in, run
from harness.drivers import DRIVER, TINY_DRIVER, package_name
from harness.keys import key_pair, public
from harness.mkprecompiled import CORES, Entry, crc, read, write
from harness.node import MODULES, OPTIONAL, loaded, refused, stopped
from harness.packages import flipped
from harness.releases import RELEASES
from harness.shell import sh


@pytest.fixture(scope="module")
def entries(mkprecompiled) -> list[Entry]:
    return read(mkprecompiled.read_bytes()).entries


@pytest.fixture
def imported(sources, tmp_path):
    """Imports the bytes, as a file of one time, which the package's is; returns how it ended and
    the store."""

    def run_it(data: bytes, release: str = RELEASES["6.1"]) -> tuple[Finished, list[Path]]:
        file, store = tmp_path / "package", tmp_path / "store"
        file.write_bytes(data)
        os.utime(file, (int(EPOCH), int(EPOCH)))
        options = {"store": store, "source_dir": sources, "release": release}
        return run("package", "import", file, **options), packages_in(store)

    return run_it


@pytest.fixture
def tiny_export(driverctl, tmp_path) -> Path:
    """The small driver's interfaces and modules, in seconds."""
    file = tmp_path / "tiny-export"
    done = driverctl.update(flavour="proprietary", mkprecompiled=file)
    assert done.rc == 0 and "proc-version" not in done.err, done.err
    return file


def test_what_is_exported_can_be_imported(driverctl, tiny_export, tmp_path, kernels):
    options = {"source_dir": driverctl.sources, "release": RELEASES["6.1"]}
    done = run("package", "import", tiny_export, store=tmp_path / "imported", **options)
    assert done.rc == 0, done.err
    assert "was not looked at" not in done.err, "each module has the CRCs of the kernel's symbols"
    (file,) = packages_in(tmp_path / "imported")
    assert file.name == package_name(TINY_DRIVER, "proprietary", kernels["6.1"])
    linked, compiled = (
        manifest_of(package)["modules"] for package in (file, *driverctl.packages())
    )
    for field in ("name", "vermagic", "srcversion", "depends"):
        assert [module[field] for module in linked] == [module[field] for module in compiled]
    assert run("package", "verify", file, source_dir=driverctl.sources).rc == 0


def test_proc_version_is_the_kernels_or_what_is_given(driverctl, tiny_export, mirror, tmp_path):
    text = read(tiny_export.read_bytes()).proc_version
    assert text.startswith(f"Linux version {mirror.kernel('6.1')} (debian-kernel@lists.debian.org)")
    assert "\n" not in text and "#1 SMP" in text
    given = tmp_path / "given"
    options = {"flavour": "proprietary", "mkprecompiled": given}
    assert driverctl.update(**options, proc_version="Linux version as I say").rc == 0
    assert read(given.read_bytes()).proc_version == "Linux version as I say"
    done = driverctl.update(**options, proc_version="two\nlines")
    assert done.rc == 2 and "one line of text" in done.err


def test_interface_of_another_driver_is_not_linked(driverctl, tiny_export, tmp_path):
    """The core of this one does not have what the interface needs."""
    sources = tmp_path / "src"
    shutil.copytree(driverctl.sources, sources)
    core = sources / f"nvidia-{TINY_DRIVER}/kernel" / CORES["nvidia.ko"]
    sh("objcopy", "--redefine-sym", "rm_core=rm_new_core", core)
    store = tmp_path / "imported"
    options = {"source_dir": sources, "store": store, "release": RELEASES["6.1"]}
    done = run("package", "import", tiny_export, **options)
    assert done.rc == 6 and not packages_in(store), done.err
    missing = "nvidia: it needs rm_core: neither the kernel nor a module before it exports it"
    assert missing in done.err and "driverctl update" in done.err


LINKER = """\
#!/bin/sh
[ "$1" != --version ] || exec ld --version
{}
"""


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("echo 'ld: final link failed: No space left on device'; exit 1", "No space left on"),
        ("kill -KILL $$", "signal 9 (Killed)"),
    ],
)
def test_linker_that_lacks_room_says_nothing_of_the_package(
    driverctl, tiny_export, tmp_path, end, said
):
    """A full disk is not a damaged object."""
    linker, store = tmp_path / "ld", tmp_path / "imported"
    linker.write_text(LINKER.format(end))
    linker.chmod(0o755)
    options = {"source_dir": driverctl.sources, "store": store, "release": RELEASES["6.1"]}
    done = run("package", "import", tiny_export, **options, linker=linker)
    assert done.rc == 1 and not packages_in(store), done.err
    assert "nvidia.ko cannot be linked in /tmp/driverctl-link-" in done.err and said in done.err
    assert "Make room there" in done.err and "damaged" not in done.err
    linker.write_text(LINKER.format("echo 'ld: x.o: file format not recognized'; exit 1"))
    done = run("package", "import", tiny_export, **options, linker=linker)
    assert done.rc == 8 and "is no sound object" in done.err, done.err
    assert "file format not recognized" in done.err


def test_source_of_another_version_makes_no_package(driverctl, tmp_path):
    sources = tmp_path / "src"
    shutil.copytree(driverctl.sources / f"nvidia-{TINY_DRIVER}", sources / "nvidia-9.9.9")
    done = driverctl.update(source_dir=sources, driver="9.9.9", flavour="proprietary")
    assert done.rc == 6 and driverctl.packages() == [], done.err
    assert f"nvidia: it is of driver {TINY_DRIVER}, not 9.9.9" in done.err
    assert str(sources / "nvidia-9.9.9/kernel") in done.err


def test_update_wrote_what_mkprecompiled_would(mkprecompiled, kernels):
    found = read(mkprecompiled.read_bytes())
    assert (found.driver, found.kernel) == (DRIVER, kernels["6.1"])
    assert {entry.linked: entry.core for entry in found.entries if entry.linked} == CORES
    whole = {entry.name for entry in found.entries if not entry.linked}
    assert whole >= {"nvidia-uvm.ko", "nvidia-drm.ko"}
    assert write(**vars(found)) == mkprecompiled.read_bytes()


def manifest_of(package: Path) -> dict:
    return json.loads(run("package", "inspect", "--json", package).out)["manifest"]


def test_import_links_checks_and_packs(mkprecompiled, imported, kernels, sources):
    done, (file,) = imported(mkprecompiled.read_bytes())
    assert done.rc == 0, done.err
    assert file.name == package_name(DRIVER, "proprietary", kernels["6.1"])
    manifest = manifest_of(file)
    names = [module["name"] for module in manifest["modules"]]
    assert names[:4] == ["nvidia", "nvidia-uvm", "nvidia-modeset", "nvidia-drm"]
    assert manifest["modules"][0]["vermagic"].startswith(kernels["6.1"] + " ")
    assert manifest["linker"].startswith("GNU ld") and "mkprecompiled" in manifest["inputs"]
    assert run("package", "verify", file, source_dir=sources).rc == 0
    first = file.read_bytes()
    done, (again,) = imported(mkprecompiled.read_bytes())
    assert done.rc == 0, done.err
    assert again == file and again.read_bytes() == first


def signature_of(module: Path, certificate: Path) -> bytes:
    """Detached, as the kernel's sign-file makes it: CMS, struct module_signature, marker."""
    how = ["-binary", "-noattr", "-nocerts", "-nosmimecap", "-md", "sha256", "-outform", "DER"]
    files = ["-in", module, "-signer", certificate, "-inkey", certificate.with_suffix(".key")]
    sign = ["openssl", "cms", "-sign", *how, *map(str, files)]
    cms = subprocess.run(sign, check=True, capture_output=True).stdout
    trailer = bytes([0, 0, 2, 0, 0, 0, 0, 0]) + len(cms).to_bytes(4, "big")
    return cms + trailer + b"~Module signature appended~\n"


def test_recorded_module_and_signature(
    entries, imported, kernels, sources, module_certificate, tmp_path
):
    """What the linker gives has to be what was recorded; the signature is appended to exactly
    that."""
    interface = next(entry for entry in entries if entry.linked == "nvidia-modeset.ko")
    others = [entry for entry in entries if entry is not interface]
    (tmp_path / interface.name).write_bytes(interface.data)
    linked = tmp_path / "linked.ko"
    core = sources / f"nvidia-{DRIVER}/kernel" / interface.core
    sh("ld", "-r", "-o", linked, tmp_path / interface.name, core)

    signature = signature_of(linked, module_certificate)

    def with_crc(value: int) -> bytes:
        signed = dataclasses.replace(interface, attributes=3, linked_crc=value, signature=signature)
        return write([*others, signed], kernels["6.1"], DRIVER)

    done, store = imported(with_crc(crc(linked.read_bytes())))
    assert done.rc == 0, done.err
    sizes = {module["name"]: module["size"] for module in manifest_of(store[0])["modules"]}
    assert sizes["nvidia-modeset"] == linked.stat().st_size + len(signature)
    done, _ = imported(with_crc(1))
    assert done.rc == 6
    assert "does not give the module that the package recorded (CRC 00000001)" in done.err


def test_kernel_with_ibt_is_refused(built, kernels, imported, sources, tmp_path):
    """Linux 6.12: its own nvidia-uvm shows what the kernel asks of modules."""
    package = built.package("6.12", "proprietary")
    name, data = list(second_reader.modules(package, sources, tmp_path))[1]
    assert name == "nvidia-uvm"
    stripped = tmp_path / "uvm.ko"
    stripped.write_bytes(data)
    modinfo = tmp_path / "modinfo"
    modinfo.write_bytes(f"license=NVIDIA\0version={DRIVER}\0".encode())  # an interface's
    sections = [f"--remove-section={section}" for section in (".orc*", ".return_sites")]
    sh("objcopy", *sections, f"--update-section=.modinfo={modinfo}", stripped)
    uvm = Entry("nvidia-uvm.ko", data)
    interface = Entry("nv-linux.o", stripped.read_bytes(), "nvidia.ko", CORES["nvidia.ko"])
    done, found = imported(
        write([interface, uvm], kernels["6.12"], DRIVER), release=RELEASES["6.12"]
    )
    assert done.rc == 6 and not found, done.err
    assert "CONFIG_X86_KERNEL_IBT" in done.err and "driverctl update" in done.err


def test_update_does_not_write_one_for_such_a_kernel(built, tmp_path):
    output = tmp_path / "package"
    options = {"release": RELEASES["6.12"], "flavour": "proprietary", "mkprecompiled": output}
    done = built.update(**options)
    assert done.rc == 6 and "CONFIG_X86_KERNEL_IBT" in done.err and not output.exists()


def test_interfaces_of_two_kernels_are_refused(entries, imported, kernels):
    def other_kernel(entry: Entry) -> Entry:
        data = entry.data.replace(b"vermagic=6.1.", b"vermagic=6.2.")
        return dataclasses.replace(entry, data=data) if entry.name == "nvidia-uvm.ko" else entry

    mixed = write([other_kernel(entry) for entry in entries], kernels["6.1"], DRIVER)
    done, found = imported(mixed)
    assert done.rc == 6 and "for kernel 6.2." in done.err and not found


def test_damage_is_refused(mkprecompiled, imported):
    data = flipped(mkprecompiled.read_bytes())
    done, found = imported(data)
    assert done.rc == 8 and "does not have the CRC" in done.err and not found
    done, found = imported(data[: len(data) // 2])
    assert done.rc == 8 and "are left" in done.err and not found


def test_init_takes_it_from_the_retired_place(mkprecompiled, vm, kernels, tmp_path):
    """The store has nothing; the modules that ld made load. Without a trusted signature they do
    not."""
    kernel = kernels["6.1"]
    name = f"nvidia-modules-{kernel.split('-')[0]}"
    place = f"/usr/src/nvidia-{DRIVER}/kernel/precompiled"
    vm.put(mkprecompiled.read_bytes(), f"/var/precompiled/{kernel}/{name}")
    vm.put(public(key_pair(tmp_path / "key")), "/var/precompiled/pub")
    vm.check("mkdir -p /var/empty")
    mounts = [("/var/precompiled", place, "ro"), ("/var/empty", "/store", "ro")]
    argv = [*OPTIONAL, "--store", "/store", "--flavour", "proprietary"]
    trust = [*argv, "--trust", f"{place}/pub"]
    refused(vm, "untrusted", trust, 8, "carries no signature", mounts=mounts)
    container = vm.container(["driverctl", "init", *argv], name="retired", mounts=mounts)
    log = container.wait_for("waiting for signal")
    said = vm.check("cat /proc/version").strip()
    assert said == read(mkprecompiled.read_bytes()).proc_version, "so that --match finds it"
    assert f"Found NVIDIA driver package {name}" in log
    assert "the package goes to /var/cache/driverctl/packages" in log
    assert sorted(loaded(vm)) == sorted(MODULES)
    stopped(vm, container)
