"""Servers on loopback that do what a test wants: HTTP with any answer, a wire that breaks."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from harness.limits import LIMIT


class Request(BaseHTTPRequestHandler):
    """One request, for a server's `answer`."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one segment
    answer: Callable[["Request"], None]

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        try:
            type(self).answer(self)
        except OSError:  # the other side went away, as some tests want it to
            self.close_connection = True

    do_HEAD = do_POST = do_PUT = do_PATCH = do_GET


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


Answer = Callable[[Request], None]


@contextmanager
def server(answer: Answer, tls: tuple[Path, Path] | None = None) -> Iterator[str]:
    """An HTTP server whose `answer` does each request. Yields its host and port. `tls`: certificate
    and key."""
    handler = type("Handler", (Request,), {"answer": staticmethod(answer)})
    http = _Server(("127.0.0.1", 0), handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        http.socket = context.wrap_socket(http.socket, server_side=True)
    threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()


class Wire:
    """A TCP forwarder. The first connection that carries more than `limit` bytes in the direction
    ("up" or "down") is cut, after a call of `on_cut`.

    While `gate` is not set, connections wait.
    """

    def __init__(self, target: Callable[[], int], direction: str, limit: int):
        self._target = target  # called for the port of each connection
        self._direction, self._limit = direction, limit
        self._lock = threading.Lock()
        self.on_cut: Callable[[], object] = lambda: None
        self.gate = threading.Event()
        self.gate.set()
        self.cut = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.gate.wait(LIMIT)
            try:
                upstream = socket.create_connection(("127.0.0.1", self._target()), 10)
            except OSError:
                client.close()
                continue
            for way in ((client, upstream, "up"), (upstream, client, "down")):
                threading.Thread(target=self._copy, args=way, daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        carried = 0
        try:
            while data := source.recv(16 << 10):
                carried += len(data)
                sink.sendall(data)
                if direction == self._direction and carried > self._limit and self._cuts():
                    break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _cuts(self) -> bool:
        """Whether this connection is the one to be cut."""
        with self._lock:
            if self.cut.is_set():
                return False
            self.on_cut()
            self.cut.set()
            return True


@contextmanager
def wire(target: Callable[[], int], direction: str, limit: int) -> Iterator[Wire]:
    forwarder = Wire(target, direction, limit)
    try:
        yield forwarder
    finally:
        forwarder.close()
