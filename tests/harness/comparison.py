"""Two packages that have to be the same, or what differs."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path


def assert_same_bytes(left: Path, right: Path) -> None:
    assert differences(left, right) == []
    assert left.read_bytes() == right.read_bytes()


def differences(left: Path, right: Path) -> list[str]:
    """Members, and in JSON the fields, that differ."""
    one, other = _values(left), _values(right)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _values(path: Path) -> dict[str, object]:
    with tarfile.open(path) as archive:
        found: dict[str, object] = {"members": archive.getnames()}
        for member in archive:
            owner = (member.uid, member.gid, member.uname, member.gname)
            found[f"{member.name}: header"] = (member.mode, owner, member.mtime, member.size)
            file = archive.extractfile(member)
            content = file.read() if file else b""
            found[member.name] = content
            if member.name.endswith(".json"):
                fields = _flat(json.loads(content))
                found |= {f"{member.name}: {field}": value for field, value in fields}
    return found


def _flat(value: object, field: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{field}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{field}/{index}")
    else:
        yield field, value
