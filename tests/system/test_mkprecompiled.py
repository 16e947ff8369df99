"""Packages of NVIDIA's mkprecompiled: `update` writes one, `package import` and `init` take it. The
reader and writer here are of their own."""

import json
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import BINARY, DRIVER, RELEASES, Finished, clean_environment
from harness.node import MODULES, refused, stopped

CORES = {
    "nvidia.ko": "nvidia/nv-kernel.o_binary",
    "nvidia-modeset.ko": "nvidia-modeset/nv-modeset-kernel.o_binary",
}


@dataclass
class Entry:
    name: str
    data: bytes
    linked: str = ""
    core: str = ""
    attributes: int = 0
    linked_crc: int = 0
    signature: bytes = b""


def crc(data: bytes) -> int:
    table = []
    for value in range(256):
        value <<= 24
        for _ in range(8):
            value = (value << 1) ^ 0x104C11DB7 if value & 0x80000000 else value << 1
        table.append(value)
    now = 0xFFFFFFFF
    for byte in data:
        now = (now << 8) & 0xFFFFFFFF ^ table[now >> 24 ^ byte]
    return now


def number(value: int) -> bytes:
    return struct.pack("<I", value)


def counted(value: str | bytes) -> bytes:
    value = value.encode() if isinstance(value, str) else value
    return number(len(value)) + value


def write(entries: list[Entry], description: str, driver: str = DRIVER) -> bytes:
    out = (
        b"\aNVIDIA\a"
        + number(2)
        + counted(driver)
        + counted(description)
        + counted("")
        + number(len(entries))
    )
    for sequence, entry in enumerate(entries):
        check = number(crc(entry.data))
        out += (
            b"FILE" + number(sequence) + number(0 if entry.linked else 1) + number(entry.attributes)
        )
        out += counted(entry.name) + counted(entry.linked) + counted(entry.core) + counted(".")
        out += (
            check
            + counted(entry.data)
            + check
            + number(entry.linked_crc)
            + counted(entry.signature)
            + number(sequence)
            + b"END."
        )
    return out


class Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        assert len(part) == size
        self.at += size
        return part

    def number(self) -> int:
        return struct.unpack("<I", self.take(4))[0]

    def counted(self) -> bytes:
        return self.take(self.number())

    def entry(self, sequence: int) -> Entry:
        assert self.take(4) == b"FILE" and self.number() == sequence
        kind, attributes = self.number(), self.number()
        name, linked, core, directory = (self.counted().decode() for _ in range(4))
        assert kind == (0 if linked else 1) and directory == "."
        check, data = self.number(), self.counted()
        assert self.number() == check
        linked_crc, signature = self.number(), self.counted()
        assert self.number() == sequence and self.take(4) == b"END."
        return Entry(name, data, linked, core, attributes, linked_crc, signature)


def read(data: bytes) -> tuple[str, str, list[Entry]]:
    reader = Reader(data)
    assert reader.take(8) == b"\aNVIDIA\a" and reader.number() == 2
    driver, description, _ = (reader.counted().decode() for _ in range(3))
    entries = [reader.entry(sequence) for sequence in range(reader.number())]
    assert reader.at == len(data)
    return driver, description, entries


def package(command: str, *argv, **options) -> Finished:
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    done = subprocess.run(
        [BINARY, "package", command, *words, *map(str, argv)],
        text=True,
        capture_output=True,
        env=clean_environment(),
        timeout=300,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def entries(mkprecompiled) -> list[Entry]:
    return read(mkprecompiled.read_bytes())[2]


@pytest.fixture
def imported(sources, tmp_path):
    """Imports the bytes; returns how it ended and the store."""

    def run(data: bytes, **options) -> tuple[Finished, list]:
        file = tmp_path / "package"
        file.write_bytes(data)
        done = package(
            "import",
            file,
            **{"store": tmp_path / "store", "source_dir": sources, "release": RELEASES["6.1"]}
            | options,
        )
        return done, sorted((tmp_path / "store").rglob("*.tar"))

    return run


def test_update_wrote_what_mkprecompiled_would(mkprecompiled, kernels):
    driver, description, found = read(mkprecompiled.read_bytes())
    assert (driver, description) == (DRIVER, kernels["6.1"])
    assert {entry.linked: entry.core for entry in found if entry.linked} == CORES
    assert {entry.name for entry in found if not entry.linked} >= {"nvidia-uvm.ko", "nvidia-drm.ko"}
    assert write(found, description) == mkprecompiled.read_bytes()


def test_import_links_checks_and_packs(mkprecompiled, imported, kernels, sources):
    done, store = imported(mkprecompiled.read_bytes())
    assert done.rc == 0, done.err
    assert [file.name for file in store] == [
        f"nvidia-modules-{DRIVER}-proprietary-{kernels['6.1']}.tar"
    ]
    manifest = json.loads(package("inspect", "--json", store[0]).out)["manifest"]
    names = [module["name"] for module in manifest["modules"]]
    assert names[:4] == ["nvidia", "nvidia-uvm", "nvidia-modeset", "nvidia-drm"]
    assert manifest["modules"][0]["vermagic"].startswith(kernels["6.1"] + " ")
    assert manifest["linker"].startswith("GNU ld") and "mkprecompiled" in manifest["inputs"]
    assert package("verify", store[0], source_dir=sources).rc == 0
    first = store[0].read_bytes()
    assert (
        package(
            "import",
            store[0].parents[2] / "package",
            store=store[0].parents[1],
            source_dir=sources,
            release=RELEASES["6.1"],
        ).rc
        == 0
    )
    assert store[0].read_bytes() == first


def signature_of(module: Path, certificate: Path) -> bytes:
    """Detached, as the kernel's sign-file makes it: CMS, struct module_signature, marker."""
    cms = subprocess.run(
        [
            "openssl",
            "cms",
            "-sign",
            "-binary",
            "-noattr",
            "-nocerts",
            "-nosmimecap",
            "-md",
            "sha256",
            "-outform",
            "DER",
            "-in",
            module,
            "-signer",
            certificate,
            "-inkey",
            certificate.with_suffix(".key"),
        ],
        check=True,
        capture_output=True,
    ).stdout
    return (
        cms
        + bytes([0, 0, 2, 0, 0, 0, 0, 0])
        + len(cms).to_bytes(4, "big")
        + b"~Module signature appended~\n"
    )


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
    subprocess.run(["ld", "-r", "-o", linked, tmp_path / interface.name, core], check=True)

    signature = signature_of(linked, module_certificate)

    def with_crc(value: int) -> bytes:
        return write(
            [
                *others,
                Entry(
                    interface.name,
                    interface.data,
                    interface.linked,
                    interface.core,
                    3,
                    value,
                    signature,
                ),
            ],
            kernels["6.1"],
        )

    done, store = imported(with_crc(crc(linked.read_bytes())))
    assert done.rc == 0, done.err
    modules = {
        module["name"]: module
        for module in json.loads(package("inspect", "--json", store[0]).out)["manifest"]["modules"]
    }
    assert modules["nvidia-modeset"]["size"] == linked.stat().st_size + len(signature)
    done, _ = imported(with_crc(1))
    assert (
        done.rc == 6
        and "does not give the module that the package recorded (CRC 00000001)" in done.err
    )


def test_kernel_with_ibt_is_refused(built, kernels, imported, entries, sources, tmp_path):
    """Linux 6.12: its own nvidia-uvm shows what the kernel asks of modules."""
    store = (
        built.store
        / f"flatcar-{RELEASES['6.12']}-x86_64"
        / f"nvidia-modules-{DRIVER}-proprietary-{kernels['6.12']}.tar"
    )
    members = subprocess.run(
        ["tar", "-xOf", store, "nvidia-uvm.ko.zst"], check=True, capture_output=True
    ).stdout
    uvm = Entry(
        "nvidia-uvm.ko",
        subprocess.run(["zstd", "-dc"], input=members, check=True, capture_output=True).stdout,
    )
    (tmp_path / "uvm.ko").write_bytes(uvm.data)
    subprocess.run(
        [
            "objcopy",
            "--remove-section=.orc*",
            "--remove-section=.return_sites",
            "--remove-section=.modinfo",
            tmp_path / "uvm.ko",
        ],
        check=True,
    )
    interface = Entry(
        "nv-linux.o", (tmp_path / "uvm.ko").read_bytes(), "nvidia.ko", CORES["nvidia.ko"]
    )
    done, found = imported(write([interface, uvm], kernels["6.12"]), release=RELEASES["6.12"])
    assert done.rc == 6 and not found, done.err
    assert "CONFIG_X86_KERNEL_IBT" in done.err and "driverctl update" in done.err


def test_update_does_not_write_one_for_such_a_kernel(built, tmp_path):
    done = built.update(
        release=RELEASES["6.12"], flavour="proprietary", mkprecompiled=tmp_path / "package"
    )
    assert (
        done.rc == 6 and "CONFIG_X86_KERNEL_IBT" in done.err and not (tmp_path / "package").exists()
    )


def test_interfaces_of_two_kernels_are_refused(entries, imported, kernels):
    other = [
        Entry(e.name, e.data.replace(b"vermagic=6.1.", b"vermagic=6.2."), e.linked, e.core)
        if e.name == "nvidia-uvm.ko"
        else e
        for e in entries
    ]
    done, found = imported(write(other, kernels["6.1"]))
    assert done.rc == 6 and "for kernel 6.2." in done.err and not found


def test_damage_is_refused(mkprecompiled, imported):
    data = bytearray(mkprecompiled.read_bytes())
    data[len(data) // 2] ^= 1
    done, found = imported(bytes(data))
    assert done.rc == 8 and "does not have the CRC" in done.err and not found
    done, found = imported(bytes(data[: len(data) // 2]))
    assert done.rc == 8 and "are left" in done.err and not found


def test_init_takes_it_from_the_retired_place(mkprecompiled, vm, kernels, tmp_path):
    """The store has nothing; the modules that ld made load. Without a trusted signature they do
    not."""
    kernel = kernels["6.1"]
    name = f"nvidia-modules-{kernel.split('-')[0]}"
    place = f"/usr/src/nvidia-{DRIVER}/kernel/precompiled"
    vm.put(mkprecompiled.read_bytes(), f"/var/precompiled/{kernel}/{name}")
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "key"], check=True
    )
    subprocess.run(
        ["openssl", "pkey", "-in", tmp_path / "key", "-pubout", "-out", tmp_path / "pub"],
        check=True,
    )
    vm.put((tmp_path / "pub").read_bytes(), "/var/precompiled/pub")
    vm.check("mkdir -p /var/empty")
    mounts = [("/var/precompiled", place, "ro"), ("/var/empty", "/store", "ro")]
    argv = [
        "--no-build",
        "--persistence",
        "optional",
        "--store",
        "/store",
        "--flavour",
        "proprietary",
    ]
    refused(
        vm,
        "untrusted",
        [*argv, "--trust", f"{place}/pub"],
        8,
        "carries no signature",
        mounts=mounts,
    )
    container = vm.container(["driverctl", "init", *argv], name="retired", mounts=mounts)
    container.wait_for("waiting for signal", timeout=180)
    log = container.log()
    assert (
        f"Found NVIDIA driver package {name}" in log
        and "the package goes to /var/cache/driverctl/packages" in log
    )
    assert sorted(
        line.split()[0]
        for line in vm.check("cat /proc/modules").splitlines()
        if line.startswith("nvidia")
    ) == sorted(MODULES)
    stopped(vm, container)
