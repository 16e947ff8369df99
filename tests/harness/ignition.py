"""What a new Flatcar node is told: Butane's files as Ignition's configuration, which is what Butane
would write, and as the files that Ignition would write of it.

    python3 -m harness.ignition FILE.bu    # prints the configuration

Butane itself is in no package of Debian's. This is the part of it that our files use, by its
specification of "flatcar" 1.0.0; anything else is an error.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml

PRESET = "etc/systemd/system-preset/20-ignition.preset"
PREFIX = "data:;base64,"


def translated(document: Path) -> dict[str, Any]:
    """The configuration, by `butane --strict --files-dir` the file's own folder."""
    butane = yaml.safe_load(document.read_text())
    _only(butane, "variant", "version", "storage", "systemd")
    assert (butane["variant"], butane["version"]) == ("flatcar", "1.0.0")
    _only(butane["storage"], "trees")
    _only(butane["systemd"], "units")
    for unit in butane["systemd"]["units"]:
        _only(unit, "name", "enabled", "mask")
    files = [
        file
        for tree in butane["storage"]["trees"]
        for file in _files_of(document.parent / _only(tree, "local")["local"])
    ]
    return {
        "ignition": {"version": "3.3.0"},
        "storage": {"files": files},
        "systemd": {"units": butane["systemd"]["units"]},
    }


def _only(mapping: dict[str, Any], *keys: str) -> dict[str, Any]:
    assert mapping.keys() <= {*keys}, f"{sorted(mapping)}: only {keys} are translated"
    return mapping


def _files_of(tree: Path) -> list[dict[str, Any]]:
    assert tree.is_dir(), tree
    return [
        {
            "path": f"/{file.relative_to(tree)}",
            "contents": {"source": PREFIX + base64.b64encode(file.read_bytes()).decode()},
            "mode": 0o755 if os.access(file, os.X_OK) else 0o644,
        }
        for file in sorted(tree.rglob("*"))
        if file.is_file()
    ]


def written(configuration: dict[str, Any], root: Path) -> None:
    """Writes what Ignition would: files, links to /dev/null for masked units, and a preset, by
    which systemd enables the others at the first boot."""
    for file in configuration["storage"]["files"]:
        path = root / file["path"].lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(file["contents"]["source"].removeprefix(PREFIX)))
        path.chmod(file["mode"])
    presets = []
    for unit in configuration["systemd"]["units"]:
        if unit.get("mask"):
            link = root / "etc/systemd/system" / unit["name"]
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to("/dev/null")
        if unit.get("enabled"):
            presets.append(f"enable {unit['name']}\n")
    path = root / PRESET
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(presets))


if __name__ == "__main__":
    print(json.dumps(translated(Path(sys.argv[1]))))
