"""A second implementation of docs/package-format.md's reader, of the standard library, zstd's and
openssl's programs: as long as this and driverctl agree, the document says enough. It is written
after the document, not after driverctl's sources."""

import base64
import hashlib
import json
import subprocess
import tarfile
from pathlib import Path


class Refused(Exception):
    pass


def members(file: Path) -> dict[str, bytes]:
    """In the archive's order."""
    with tarfile.open(file, "r:") as archive:
        found = {}
        for member in archive:
            if not member.isreg() or member.name in found or "/" in member.name:
                raise Refused(member.name)
            found[member.name] = archive.extractfile(member).read()
    return found


def manifest_of(file: Path) -> dict:
    content = members(file)
    if next(iter(content)) != "manifest.json":
        raise Refused("no package")
    manifest = json.loads(content["manifest.json"])
    if manifest["format"] != 1:
        raise Refused(f"format {manifest['format']}")
    return manifest


def require_signed(file: Path, keys: list[Path], scratch: Path) -> None:
    """By one of the public keys (PEM)."""
    content = members(file)
    if list(content)[1] != "signature.json":
        raise Refused("not signed")
    (scratch / "manifest").write_bytes(content["manifest.json"])
    document = json.loads(content["signature.json"])
    if document["format"] != 1:
        raise Refused("signature's format")
    for key in keys:
        der = subprocess.run(
            ["openssl", "pkey", "-pubin", "-in", key, "-outform", "DER"],
            check=True,
            capture_output=True,
        ).stdout
        text = subprocess.run(
            ["openssl", "pkey", "-pubin", "-in", key, "-noout", "-text"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for signature in document["signatures"]:
            if signature["key"] != hashlib.sha256(der).hexdigest():
                continue
            (scratch / "signature").write_bytes(
                base64.b64decode(signature["signature"], validate=True)
            )
            how = [
                "pkeyutl",
                "-verify",
                "-rawin",
                "-pubin",
                "-inkey",
                key,
                "-in",
                scratch / "manifest",
                "-sigfile",
                scratch / "signature",
            ]
            if "ED25519" not in text:
                how = [
                    "dgst",
                    "-sha256",
                    "-verify",
                    key,
                    "-signature",
                    scratch / "signature",
                    scratch / "manifest",
                ]
            if subprocess.run(["openssl", *how], capture_output=True).returncode == 0:
                return
    raise Refused("signed by no trusted key")


def modules(file: Path, sources: Path, scratch: Path):
    """Yields name and bytes of each finished module. `sources`: the directory with
    nvidia-VERSION."""
    content = members(file)
    manifest = manifest_of(file)
    attached = [attachment["member"] for attachment in manifest.get("attachments", [])]
    wanted = [
        "manifest.json",
        *(["signature.json"] if "signature.json" in content else []),
        *attached,
    ]
    if list(content) != wanted + [module["member"] for module in manifest["modules"]]:
        raise Refused("other members than the manifest's")
    for attachment in manifest.get("attachments", []):
        if hashlib.sha256(content[attachment["member"]]).hexdigest() != attachment["sha256"]:
            raise Refused(attachment["member"])
    directory = (
        sources
        / f"nvidia-{manifest['driver']}"
        / ("kernel" if manifest["flavour"] == "proprietary" else "kernel-open")
    )
    for module in manifest["modules"]:
        prefix = (
            [f"--patch-from={directory / module['core']['object']}"]
            if module["encoding"] == "zstd-delta"
            else []
        )
        (scratch / "member.zst").write_bytes(content[module["member"]])
        command = [
            "zstd",
            "--quiet",
            "--force",
            "--decompress",
            "--long=27",
            *prefix,
            scratch / "member.zst",
            "-o",
            scratch / "module",
        ]
        subprocess.run(command, check=True)
        restored = (scratch / "module").read_bytes()
        if (
            len(restored) != module["size"]
            or hashlib.sha256(restored).hexdigest() != module["sha256"]
        ):
            raise Refused(module["name"])
        yield module["name"], restored
