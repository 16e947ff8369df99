"""Kubernetes' side of a container runtime: calls of the container runtime interface (CRI), as
kubelet makes them, over the daemon's socket.

    cri = Cri(socket, image="docker.io/library/container:test")
    container = cri.start(cri.pod("nvidia"), ["sh", "-c", "env"], env={…})
    wait_until(lambda: cri.ended(container))

curl speaks HTTP/2; the messages are protocol buffers of a handful of fields, whose numbers are
those of k8s.io/cri-api's runtime/v1/api.proto.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from harness.limits import LIMIT

Value = int | str | bytes | list
Fields = list[tuple[int, Value]]  # number, value; a list is a message in the message

NODE_NETWORK: Fields = [(1, [(1, 2)])]  # NamespaceOption: the host's, which needs no plugin
LOGS = "/run/pods"
EXITED = 2


class CriError(Exception):
    """What the daemon answers instead: kubelet makes an event of it."""


def message(fields: Fields) -> bytes:
    encoded = b""
    for number, value in fields:
        if isinstance(value, int):
            encoded += _varint(number << 3) + _varint(value)
            continue
        data = value.encode() if isinstance(value, str) else value
        data = message(data) if isinstance(data, list) else data
        encoded += _varint(number << 3 | 2) + _varint(len(data)) + data
    return encoded


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def read(data: bytes) -> dict[int, int | bytes]:
    """The last value of each field."""
    fields: dict[int, int | bytes] = {}
    while data:
        key, data = _read_varint(data)
        value, data = _read_varint(data)
        if key & 7 == 2:
            fields[key >> 3], data = data[:value], data[value:]
        else:
            fields[key >> 3] = value
    return fields


def _read_varint(data: bytes) -> tuple[int, bytes]:
    number = 0
    for at, byte in enumerate(data):
        number |= (byte & 0x7F) << (7 * at)
        if not byte & 0x80:
            return number, data[at + 1 :]
    raise ValueError("a number without an end")


@dataclass(frozen=True)
class Pod:
    id: int | bytes
    config: Fields


@dataclass
class Cri:
    socket: Path
    image: str
    _count: int = field(default=0, init=False)
    _ids: dict[str, Value] = field(default_factory=dict, init=False)

    def call(self, method: str, fields: Fields) -> dict[int, int | bytes]:
        body = message(fields)
        command = ["curl", "--silent", "--show-error", "--http2-prior-knowledge", "--data-binary"]
        command += ["@-", "--unix-socket", str(self.socket), "--dump-header", "/dev/stderr"]
        command += ["--header", "content-type: application/grpc", "--header", "te: trailers"]
        done = subprocess.run(
            [*command, f"http://cri/runtime.v1.RuntimeService/{method}"],
            input=b"\0" + len(body).to_bytes(4, "big") + body,
            capture_output=True,
            timeout=LIMIT,
        )
        said = done.stderr.decode()
        if "grpc-status: 0" not in said:
            raise CriError(said.partition("grpc-message: ")[2].strip() or said)
        return read(done.stdout[5:])

    def pod(self, handler: str = "") -> Pod:
        """Of a runtime class with this handler."""
        self._count += 1
        metadata: Fields = [(1, "pod"), (2, f"uid-{self._count}"), (3, "default")]
        config: Fields = [(1, metadata), (3, LOGS), (8, [(2, NODE_NETWORK)])]
        answer = self.call("RunPodSandbox", [(1, config), (2, handler)])
        return Pod(answer[1], config)

    def start(
        self,
        pod: Pod,
        argv: Sequence[str],
        env: Mapping[str, str] = MappingProxyType({}),
        mounts: Mapping[str, str] = MappingProxyType({}),  # of the host → of the container
        cdi_devices: Sequence[str] = (),
    ) -> str:
        """Returns the container's name; what it prints goes to a file in LOGS that is called so
        too."""
        self._count += 1
        name = f"container-{self._count}"
        config: Fields = [(1, [(1, name)]), (2, [(1, self.image)])]
        config += [(3, word) for word in argv]
        config += [(6, [(1, variable), (2, value)]) for variable, value in env.items()]
        config += [(7, [(1, there), (2, here)]) for here, there in mounts.items()]
        config += [(11, name), (15, [])]
        config += [(17, [(1, device)]) for device in cdi_devices]
        answer = self.call("CreateContainer", [(1, pod.id), (2, config), (3, pod.config)])
        self.call("StartContainer", [(1, answer[1])])
        self._ids[name] = answer[1]
        return name

    def ended(self, name: str) -> bool:
        status = self.call("ContainerStatus", [(1, self._ids[name])])[1]
        assert isinstance(status, bytes)
        return read(status).get(3) == EXITED
