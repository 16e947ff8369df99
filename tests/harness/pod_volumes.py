"""A pod's volumes on the node, as kubelet makes them, and what its containers mount."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.vm import Vm

Fields = dict[str, Any]

# What has to be true of a host's path, and what makes it so.
TYPES = {
    "": "[ -e {0} ] || mkdir -p {0}",  # the container runtime does
    "Directory": "[ -d {0} ]",
    "DirectoryOrCreate": "[ -d {0} ] || mkdir -p {0}",
    "File": "[ -f {0} ]",
    "FileOrCreate": "[ -f {0} ] || : >{0}",
    "Socket": "[ -S {0} ]",
    "CharDevice": "[ -c {0} ]",
    "BlockDevice": "[ -b {0} ]",
}
PROPAGATION = {"None": "rprivate", "HostToContainer": "rslave", "Bidirectional": "rshared"}


class Volumes:
    """`folder` is the pod's own; `objects` are the cluster's ConfigMaps and Secrets."""

    def __init__(self, vm: Vm, folder: str, volumes: list[Fields], objects: list[Fields]):
        self._vm = vm
        self._objects = objects
        self._memory: list[str] = []  # file systems to unmount
        self._places: dict[str, tuple[str, bool]] = {}  # by name: path on the node, read-only
        for volume in volumes:
            name = volume["name"]
            (kind,) = volume.keys() - {"name"}
            make = {
                "hostPath": self._host_path,
                "emptyDir": self._empty_folder,
                "configMap": self._files,
                "secret": self._files,
            }[kind]
            path = f"{folder}/volumes/kubernetes.io~{kind}/{name}"
            self._places[name] = make(path, kind, volume[kind])

    def mounts(self, container: Fields) -> list[tuple[str, str, str]]:
        """Host path, container path and options of each, as harness/container.py has them."""
        found = []
        for wanted in container.get("volumeMounts", []):
            path, fixed = self._places[wanted["name"]]
            access = "ro" if fixed or wanted.get("readOnly", False) else "rw"
            propagation = PROPAGATION[wanted.get("mountPropagation", "None")]
            found.append((path, wanted["mountPath"], f"{access},{propagation}"))
        return found

    def remove(self) -> None:
        for path in self._memory:
            self._vm.check(["umount", path])

    def _host_path(self, _: str, __: str, volume: Fields) -> tuple[str, bool]:
        path = volume["path"]
        done = self._vm.run(TYPES[volume.get("type", "")].format(path))
        assert done.rc == 0, f"hostPath type check failed: {path} is no {volume['type']}"
        # The container runtime follows links.
        return self._vm.check(["readlink", "-f", path]).strip(), False

    def _empty_folder(self, path: str, _: str, volume: Fields) -> tuple[str, bool]:
        self._vm.check(f"mkdir -p {path}")
        if volume.get("medium") == "Memory":
            self._in_memory(path)
        self._vm.check(f"chmod 777 {path}")
        return path, False

    def _in_memory(self, path: str) -> None:
        self._vm.check(f"mkdir -p {path} && mount -t tmpfs tmpfs {path}")
        self._memory.append(path)

    def _files(self, path: str, kind: str, volume: Fields) -> tuple[str, bool]:
        """A file is a link to ..data/FILE, and ..data one to a folder: an edit replaces that."""
        name = volume["name" if kind == "configMap" else "secretName"]
        data = self._data(kind, name)
        assert data is not None or volume.get("optional"), f"{kind} {name} is missing"
        if kind == "secret":
            self._in_memory(path)
        version = "..2026_01_01_00_00_00.1"
        self._vm.check(f"mkdir -p {path}/{version} && ln -s {version} {path}/..data")
        mode = volume.get("defaultMode", 0o644)
        for file, content in (data or {}).items():
            self._vm.put(content, f"{path}/{version}/{file}")
            self._vm.check(f"chmod {mode:o} {path}/{version}/{file}")
            self._vm.check(f"ln -s ..data/{file} {path}/{file}")
        return path, True

    def _data(self, kind: str, name: str) -> dict[str, bytes] | None:
        for item in self._objects:
            if (item["kind"].lower(), item["metadata"]["name"]) == (kind.lower(), name):
                encoded = item.get("data", {}) if kind == "secret" else item.get("binaryData", {})
                texts = item.get("stringData" if kind == "secret" else "data", {})
                found = {file: base64.b64decode(text) for file, text in encoded.items()}
                return found | {file: text.encode() for file, text in texts.items()}
        return None
