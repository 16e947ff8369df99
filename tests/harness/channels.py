"""What a test says to the machine: requests to guest/agent, and commands to qemu's monitor."""

import json
import socket
import time
from typing import Any

from harness.limits import LIMIT

BLOCK = 4096  # guest/agent reads whole blocks


class Agent:
    """The end of the virtio serial port that guest/agent answers. Every failure is an OSError or a
    ValueError, after which the channel is of no use."""

    def __init__(self, connection: socket.socket):
        self._connection = connection

    def request(self, verb: str, data: bytes, argument: str, timeout: float) -> tuple[int, bytes]:
        """The exit status, and what the request has printed."""
        deadline = time.monotonic() + timeout
        self._connection.settimeout(timeout)
        head = f"{verb} {len(data)} {argument}\n".encode()
        self._connection.sendall(head + data + b"\n" * (-len(data) % BLOCK))
        rc, size = (int(word) for word in self._line(deadline).split())
        return rc, self._receive(size, deadline)

    def _line(self, deadline: float) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            line += self._receive(1, deadline)
        return line

    def _receive(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._connection.settimeout(max(0.001, deadline - time.monotonic()))
            chunk = self._connection.recv(min(size - len(data), 1 << 16))
            if not chunk:
                raise ConnectionError("qemu ended")
            data += chunk
        return bytes(data)

    def close(self) -> None:
        self._connection.close()


class Monitor:
    """qemu's monitor, which speaks QMP. A command that fails is a RuntimeError; no answer is an
    OSError."""

    def __init__(self, connection: socket.socket):
        connection.settimeout(LIMIT)
        self._connection = connection
        self._file = connection.makefile("rw")
        self._greeted = False

    def processors(self) -> str:
        """Where each of the guest's is, and whether it waits (HLT=1) or works. For messages: what
        fails is told instead."""
        words = {"command-line": "info registers -a"}
        try:
            registers = str(self.ask("human-monitor-command", **words))
        except (OSError, ValueError, RuntimeError) as error:
            return f"qemu's monitor gives no registers: {error!r}"
        return "\n".join(line for line in registers.splitlines() if "IP=" in line)

    def ask(self, command: str, **arguments: object) -> Any:
        if not self._greeted:
            self._greeted = True
            self._file.readline()
            self.ask("qmp_capabilities")
        self._file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._file.flush()
        while "event" in (answer := json.loads(self._file.readline())):
            pass
        if "return" not in answer:
            raise RuntimeError(f"{command}: {answer}")
        return answer["return"]

    def close(self) -> None:
        self._file.close()
        self._connection.close()
