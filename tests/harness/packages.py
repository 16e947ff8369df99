"""Packages that no compiler has made, and packages that are damaged."""

import hashlib
import io
import json
import random
import tarfile
from pathlib import Path

from harness.drivers import package_name, store_folder
from harness.module_image import module_image
from harness.shell import sh

DRIVER = "999.1"  # no driver has this version
KERNEL = "6.1.0"
RELEASE = "1.2.3"
NAME = package_name(DRIVER, "open", KERNEL)
FOLDER = store_folder(RELEASE)
CORE = random.Random(1).randbytes(20_000)
PAYLOADS = {"nvidia": CORE, "nvidia-uvm": random.Random(2).randbytes(600)}
MODULES = {name: module_image(name, KERNEL, DRIVER, more) for name, more in PAYLOADS.items()}


def flipped(data: bytes, at: int | None = None) -> bytes:
    """With one bit that is wrong, in the middle unless told where."""
    changed = bytearray(data)
    changed[len(data) // 2 if at is None else at] ^= 0x10
    return bytes(changed)


def flipped_member(package: Path, name: str) -> bytes:
    """The package with one wrong bit in the named member."""
    with tarfile.open(package) as archive:
        member = archive.getmember(name)
    return flipped(package.read_bytes(), member.offset_data + member.size // 2)


def flip(file: Path) -> None:
    file.write_bytes(flipped(file.read_bytes()))


def write_tar(file: Path, members: dict[str, bytes]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def make_sources(directory: Path) -> Path:
    """/usr/src of an image: nvidia's core, and what else has to be there."""
    content = {
        "Makefile": b"",
        "Kbuild": b"",
        "nvidia/nv-kernel.o_binary": CORE,
        "nvidia-modeset/nv-modeset-kernel.o_binary": CORE,
    }
    for flavour in ("kernel", "kernel-open"):
        for name, data in content.items():
            file = directory / f"nvidia-{DRIVER}" / flavour / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    return directory


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _entry(name: str, content: bytes) -> dict:
    made: dict = {
        "name": name,
        "member": f"{name}.ko.zst",
        "encoding": "zstd",
        "size": len(content),
        "sha256": _digest(content),
        "vermagic": f"{KERNEL} SMP",
        "srcversion": "",
        "depends": [],
    }
    if name == "nvidia":
        core = {"object": "nvidia/nv-kernel.o_binary", "sha256": _digest(CORE)}
        made |= {"encoding": "zstd-delta", "core": core}
    return made


def manifest(modules: dict[str, bytes], **changes: object) -> dict:
    return {
        "format": 1,
        "os": {"id": "flatcar", "release": RELEASE},
        "architecture": "x86_64",
        "kernel": KERNEL,
        "driver": DRIVER,
        "flavour": "open",
        "tag": "",
        "compiler": "gcc",
        "linker": "ld",
        "built_by": "hand",
        "built_at": 1700000000,
        "inputs": {},
        "modules": [_entry(name, content) for name, content in modules.items()],
    } | changes


class Maker:
    """Makes packages by zstd's own program; its temporary files lie in a directory."""

    def __init__(self, directory: Path):
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "core").write_bytes(CORE)
        self._known: dict[bytes, bytes] = {}

    def _packed(self, name: str, content: bytes) -> bytes:
        if content in self._known:
            return self._known[content]
        module, packed = self._directory / "module", self._directory / "module.zst"
        module.write_bytes(content)
        against = [f"--patch-from={self._directory / 'core'}"] if name == "nvidia" else []
        sh("zstd", "-q", "-f", "--check", *against, module, "-o", packed)
        return self._known.setdefault(content, packed.read_bytes())

    def __call__(
        self,
        file: Path,
        false_digest: bool = False,
        signature: bytes = b"",
        replaced: dict[str, bytes] | None = None,
        **changes: object,
    ) -> Path:
        """A package; `replaced` are modules with other content, what is named besides replaces what
        the manifest would say."""
        modules = MODULES | (replaced or {})
        document = manifest(modules, **changes)
        if false_digest:
            document["modules"][0]["sha256"] = "0" * 64
        members = {"manifest.json": json.dumps(document).encode()}
        if signature:
            members["signature.json"] = signature
        packed = {f"{name}.ko.zst": self._packed(name, modules[name]) for name in modules}
        return write_tar(file, members | packed)
