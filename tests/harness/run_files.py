"""A writer of NVIDIA's .run files: makeself's header, the payload and its .manifest. Made by hand
after docs/run-files.md and not after driverctl's sources."""

import dataclasses
import hashlib
import io
import re
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

VERSION = "535.261.03"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
COMPRESSORS = {
    "none": ["cat"],
    "gzip": ["gzip", "-n", "-1"],
    "xz": ["xz", "--check=none", "-0", "-T0"],
    "zstd": ["zstd", "-q", "-3", "-T0"],
}
# As a decompressor that is a program: bytes that are no text, and newlines among them.
DECOMPRESSOR = b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40 + b"\n\0\n\xff\n"
# What would run if somebody ran the file. It leaves a mark.
SCRIPT = """
: >"$0.executed"
echo "This file was made for tests: its shell code unpacks nothing." >&2
exit 1
"""


@dataclass(frozen=True)
class Header:
    """`more`: what stands in place of a line, by the line's first word."""

    version: str = VERSION
    machine: str = "x86_64"
    decompressor: bytes = DECOMPRESSOR
    replaced: dict[str, str] = field(default_factory=dict)

    def fields(self) -> list[str]:
        name = f"NVIDIA-Linux-{self.machine}-{self.version}"
        return [
            f'label="NVIDIA Accelerated Graphics Driver for Linux-{self.machine} {self.version}"',
            f"version_string={self.version}",
            f"pkg_version={self.version}",
            "script=./nvidia-installer",
            f"targetdir={name}",
            'scriptargs=""',
            "keep=n",
            'TARGET_OS="Linux"',
            f'TARGET_ARCH="{self.machine}"',
        ]

    def checked(self, payload: bytes) -> bytes:
        """From line 4 to the end: what checksums cover."""
        script = [*self.fields(), *SCRIPT.strip().splitlines()]
        text_lines = 6 + len(script)
        size = self.decompressor.count(b"\n")
        lines = [
            f"skip={text_lines + size + 1}",
            f"skip_decompress={text_lines + 1 if size else 0}",
            f"size_decompress={size}",
            *script,
        ]
        text = "".join(f"{self.replaced.get(line.split('=')[0], line)}\n" for line in lines)
        return text.encode() + self.decompressor + payload

    def before(self, payload: bytes) -> bytes:
        """The whole file, with the checksums that belong to it."""
        checked = self.checked(payload)
        crc = subprocess.run(["cksum"], input=checked, stdout=subprocess.PIPE, check=True).stdout
        digest = hashlib.md5(checked).hexdigest()
        return f"#! /bin/sh\nCRCsum={crc.split()[0].decode()}\nMD5={digest}\n".encode() + checked


def makeself_2(payload: bytes, machine: str = "x86_64") -> bytes:
    """The older header, of CUDA's files."""
    offset = 'offset=`head -n 6 "$0" | wc -c | tr -d " "`'
    lines = [
        "#!/bin/sh",
        "# made",
        f'TARGET_ARCH="{machine}"',
        ': >"$0.executed"',
        offset,
        "exit 1",
    ]
    return "".join(f"{line}\n" for line in lines).encode() + payload


@dataclass(frozen=True)
class Member:
    """Of the payload. `target`: of a link."""

    name: str
    data: bytes = b""
    mode: int = 0o644
    kind: bytes = tarfile.REGTYPE
    target: str = ""


def compressed(data: bytes, compression: str) -> bytes:
    command = COMPRESSORS[compression]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def payload(members: list[Member], compression: str = "gzip") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for member in members:
            info = tarfile.TarInfo("./" + member.name)
            info.type, info.mode, info.linkname = member.kind, member.mode, member.target
            info.size = len(member.data)
            tar.addfile(info, io.BytesIO(member.data))
    return compressed(buffer.getvalue(), compression)


def payload_of(folder: Path, compression: str) -> bytes:
    """Of all that a folder holds."""
    tar = ["tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--format=gnu"]
    command = [*tar, "-C", str(folder), "-c", "."]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as packing:
        done = subprocess.run(
            COMPRESSORS[compression], stdin=packing.stdout, stdout=subprocess.PIPE, check=True
        )
    assert packing.returncode == 0
    return done.stdout


@dataclass(frozen=True)
class Entry:
    """A line of .manifest. `words`: all that follows the type."""

    name: str
    mode: str
    type: str
    words: str = ""

    def line(self) -> str:
        return " ".join(part for part in dataclasses.astuple(self) if part)


def manifest(entries: list[Entry], version: str = VERSION) -> str:
    head = [
        "NVIDIA Accelerated Graphics Driver",
        version,
        "ignored",
        "nvidia nvidia-uvm nvidia-modeset nvidia-drm nvidia-peermem",
        *["ignored"] * 4,
    ]
    return "\n".join([*head, *(entry.line() for entry in entries), "", ""])


# What a file of a payload is, by its name. The first pattern that fits decides; a library's %s
# stands for NATIVE or COMPAT32.
TYPES = [
    (r"kernel(-open)?/dkms\.conf", "DKMS_CONF", "INHERIT_PATH_DEPTH:1"),
    (r"kernel(-open)?/.*", "KERNEL_MODULE_SRC", "INHERIT_PATH_DEPTH:1"),
    (r"firmware/.*", "FIRMWARE", "INHERIT_PATH_DEPTH:1"),
    (r"(32/)?lib(cuda|cudadebugger|nvidia-(ptxjitcompiler|nvvm))\.so.*", "CUDA_LIB", "%s /"),
    (r"(32/)?libnvidia-opencl\.so.*", "OPENCL_LIB", "%s /"),
    (r"libOpenCL\.so.*", "OPENCL_WRAPPER_LIB", "%s /"),
    (r"libvdpau_nvidia\.so.*", "VDPAU_LIB", "%s vdpau/"),
    (r"libnvcuvid\.so.*", "NVCUVID_LIB", "%s"),
    (r"libnvidia-encode\.so.*", "ENCODEAPI_LIB", "%s"),
    (r"libnvidia-tls\.so.*", "TLS_LIB", "%s /"),
    (r"libnvidia-wayland-client\.so.*", "INTERNAL_UTILITY_LIB", "%s"),
    (r"nvidia-pcc", "INTERNAL_UTILITY_BINARY", "%s"),
    (r"nvidia-drm_gbm\.so", "GBM_BACKEND_LIB", "%s"),
    (r"libGL\.so.*", "GLX_CLIENT_LIB", "%s"),
    (r"libEGL\.so.*", "EGL_CLIENT_LIB", "%s"),
    (r"libGLdispatch\.so.*", "GLVND_LIB", "%s"),
    (r"libgridapi\.so.*", "GRID_LIB", "/"),
    (r"libFlxCore64\.so.*", "FLEXERA_LIB", "/"),
    (r"libglxserver_nvidia\.so.*", "GLX_MODULE_SHARED_LIB", "extensions/"),
    (r"nvidia_drv\.so", "XMODULE_SHARED_LIB", "drivers/"),
    (r"_nvngx\.dll", "WINE_LIB", "NATIVE"),
    (r"(32/)?lib(nvidia-(ml|cfg|allocator|opticalflow|gpucomp))\.so.*", "UTILITY_LIB", "%s"),
    (r"(32/)?lib.*\.so.*", "OPENGL_LIB", "%s"),
    (r"nvidia\.icd", "CUDA_ICD", ""),
    (r"10_nvidia\.json", "GLVND_EGL_ICD_JSON", ""),
    (r"nvidia_icd\.json", "VULKAN_ICD_JSON", "icd.d"),
    (r"nvidia_icd_vksc\.json", "VULKANSC_ICD_JSON", "icd.d"),
    (r"nvidia_layers\.json", "VULKAN_ICD_JSON", "implicit_layer.d"),
    (r"15_nvidia_gbm\.json", "EGL_EXTERNAL_PLATFORM_JSON", ""),
    (r"sandboxutils-filelist\.json", "SANDBOXUTILS_FILELIST_JSON", "/"),
    (r"nvidia-application-profiles-.*", "APPLICATION_PROFILE", "/"),
    (r"nvoptix\.bin", "OPENGL_DATA", "/usr/share/nvidia"),
    (r"nvidia-dbus\.conf", "EXPLICIT_PATH", "/usr/share/dbus-1/system.d"),
    (r"nvidia-drm-outputclass\.conf", "XORG_OUTPUTCLASS_CONFIG", ""),
    (r"nvidia-modprobe", "NVIDIA_MODPROBE", "/"),
    (r"nvidia-modprobe\.1\.gz", "NVIDIA_MODPROBE_MANPAGE", "/"),
    (r"nvidia-settings\.desktop", "DOT_DESKTOP", "/"),
    (r"nvidia-settings\.png", "ICON", "/"),
    (r"systemd/.*\.service", "SYSTEMD_UNIT", ""),
    (r"systemd/system-sleep/.*", "SYSTEMD_SLEEP_SCRIPT", ""),
    (r"nvidia-installer", "INSTALLER_BINARY", ""),
    (r"(LICENSE|README\.txt|supported-gpus/.*)", "DOCUMENTATION", "/"),
    (r".*\.1\.gz", "MANPAGE", "/"),
    (r"nvidia-[a-z-]*(\.sh)?", "UTILITY_BINARY", ""),
]
UNLISTED = (".manifest", "makeself.sh", "mkprecompiled")
LINK_TYPES = {  # of a library's link, where it is not its type with _SYMLINK for _LIB
    "OPENCL_LIB": "OPENCL_LIB_SYMLINK",
    "UTILITY_LIB": "UTILITY_LIB_SYMLINK",
    "NVCUVID_LIB": "NVCUVID_LIB_SYMLINK",
    "ENCODEAPI_LIB": "ENCODEAPI_LIB_SYMLINK",
    "GBM_BACKEND_LIB": "GBM_BACKEND_LIB_SYMLINK",
    "GRID_LIB": "GRID_LIB_SYMLINK",
    "FLEXERA_LIB": "FLEXERA_LIB_SYMLINK",
    "UTILITY_BINARY": "UTILITY_BIN_SYMLINK",
    "SYSTEMD_UNIT": "SYSTEMD_UNIT_SYMLINK",
}


def entry_of(name: str, mode: str, target: str = "") -> Entry:
    """A file of a payload, or the link to `target` that the installer makes beside it."""
    for pattern, kind, words in TYPES:
        if re.fullmatch(pattern, name):
            arch = "COMPAT32" if name.startswith("32/") else "NATIVE"
            words = words.replace("%s", arch)
            if target:
                kind = LINK_TYPES.get(kind) or kind.replace("SHARED_LIB", "LIB").replace(
                    "_LIB", "_SYMLINK"
                )
                return Entry(name, "0000", kind, f"{words} {target} MODULE:made".strip())
            return Entry(name, mode, kind, words)
    raise ValueError(f"{name}: of no known type")


def entries_of(folder: Path) -> list[Entry]:
    """What a payload's .manifest says of a folder. Its links are lines there, and no members: they
    are removed from the folder."""
    entries = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            entries.append(entry_of(name, "0000", str(path.readlink())))
            path.unlink()
        elif path.is_file() and name not in UNLISTED:
            entries.append(entry_of(name, "0755" if path.stat().st_mode & 0o111 else "0644"))
    return entries


def with_manifest(
    members: list[Member], links: dict[str, str] | None = None, version: str = VERSION
) -> list[Member]:
    """The members, and the .manifest that names them, with links that are not among them."""
    entries = [entry_of(member.name, f"{member.mode:04o}") for member in members]
    entries += [entry_of(name, "0000", target) for name, target in (links or {}).items()]
    return [*members, Member(".manifest", manifest(entries, version).encode())]


def small_driver(version: str = VERSION) -> list[Member]:
    """A payload of a few bytes, with a file of most kinds."""
    members = [
        Member(f"libcuda.so.{version}", b"cuda", 0o755),
        Member(f"libvdpau_nvidia.so.{version}", b"vdpau", 0o755),
        Member(f"32/libcuda.so.{version}", b"32 bit", 0o755),
        Member("nvidia-smi", b"smi", 0o755),
        Member("nvidia_icd.json", b"{}"),
        Member("nvoptix.bin", b"optix"),
        Member("firmware/gsp_ga10x.bin", b"gsp"),
        Member("kernel/Kbuild", b"kbuild"),
        Member("kernel/nvidia/nv.c", b"nv"),
        Member("kernel-open/Kbuild", b"kbuild"),
        Member("supported-gpus/supported-gpus.json", b"{}"),
        Member("LICENSE", b"licence"),
    ]
    links = {
        "libcuda.so.1": f"libcuda.so.{version}",
        "libvdpau_nvidia.so.1": f"libvdpau_nvidia.so.{version}",
        "nvidia-drm_gbm.so": f"libcuda.so.{version}",
    }
    return with_manifest(members, links, version)
