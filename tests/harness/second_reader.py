"""A second implementation of docs/package-format.md's reader, of the standard library, zstd's and
openssl's programs: as long as this and driverctl agree, the document says enough. It is written
after the document, not after driverctl's sources."""

import base64
import hashlib
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path


class Refused(Exception):
    pass


def members(file: Path) -> dict[str, bytes]:
    """In the archive's order."""
    with tarfile.open(file, "r:") as archive:
        found: dict[str, bytes] = {}
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if not content or member.name in found or "/" in member.name:
                raise Refused(member.name)
            found[member.name] = content.read()
    return found


def manifest_of(file: Path) -> dict:
    content = members(file)
    if next(iter(content)) != "manifest.json":
        raise Refused("no package")
    manifest = json.loads(content["manifest.json"])
    if manifest["format"] != 1:
        raise Refused(f"format {manifest['format']}")
    return manifest


def _public_key(key: Path, *form: str) -> bytes:
    command = ["openssl", "pkey", "-pubin", "-in", str(key), *form]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _matches(key: Path, signature: Path, signed: Path) -> bool:
    how: list[str | Path] = ["dgst", "-sha256", "-verify", key, "-signature", signature, signed]
    if b"ED25519" in _public_key(key, "-noout", "-text"):
        how = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key]
        how += ["-in", signed, "-sigfile", signature]
    return subprocess.run(["openssl", *how], capture_output=True).returncode == 0


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
        identity = hashlib.sha256(_public_key(key, "-outform", "DER")).hexdigest()
        for entry in document["signatures"]:
            if entry["key"] != identity:
                continue
            signature = base64.b64decode(entry["signature"], validate=True)
            (scratch / "signature").write_bytes(signature)
            if _matches(key, scratch / "signature", scratch / "manifest"):
                return
    raise Refused("signed by no trusted key")


def prefix_of(module: dict, manifest: dict, sources: Path) -> list[str]:
    """zstd's option for a delta: the core in the driver's sources that it was made against."""
    if module["encoding"] != "zstd-delta":
        return []
    flavour = "kernel" if manifest["flavour"] == "proprietary" else "kernel-open"
    core = sources / f"nvidia-{manifest['driver']}" / flavour / module["core"]["object"]
    return [f"--patch-from={core}"]


def modules(file: Path, sources: Path, scratch: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each finished module. `sources`: the directory with nvidia-VERSION."""
    content = members(file)
    manifest = manifest_of(file)
    attachments = manifest.get("attachments", [])
    wanted = ["manifest.json"]
    wanted += ["signature.json"] if "signature.json" in content else []
    wanted += [entry["member"] for entry in [*attachments, *manifest["modules"]]]
    if list(content) != wanted:
        raise Refused("other members than the manifest's")
    for entry in attachments:
        if hashlib.sha256(content[entry["member"]]).hexdigest() != entry["sha256"]:
            raise Refused(entry["member"])
    for module in manifest["modules"]:
        packed, restored = scratch / "member.zst", scratch / "module"
        packed.write_bytes(content[module["member"]])
        command = ["zstd", "--quiet", "--force", "--decompress", "--long=27"]
        command += [*prefix_of(module, manifest, sources), str(packed), "-o", str(restored)]
        subprocess.run(command, check=True)
        data = restored.read_bytes()
        if len(data) != module["size"] or hashlib.sha256(data).hexdigest() != module["sha256"]:
            raise Refused(module["name"])
        yield module["name"], data
