"""A real registry (Debian's docker-registry), a token server for it, a wire that breaks, and a
server that says what a test wants. All on loopback."""

import base64
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "me", "secret"
# bcrypt with 16 rounds, of PASSWORD: docker-registry takes nothing else.
HTPASSWD = f"{USER}:$2b$04$glzjEtNCqjn/fuD09MDLp.PY2gE3wkJJXVZ.CRS2RCff9zzjwfUZG\n"


def auth_file(path: Path, *hosts: str) -> Path:
    """What docker writes when somebody logs in."""
    secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    path.write_text(json.dumps({"auths": {host: {"auth": secret} for host in hosts}}))
    return path


def certificate(directory: Path) -> tuple[Path, Path]:
    """Certificate of 127.0.0.1 and its key; the certificate is its own authority."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=test",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            key,
            "-out",
            cert,
        ],
        check=True,
        capture_output=True,
    )
    return cert, key


class Registry:
    """docker-registry with its data, configuration and log in a directory. Stops and starts again
    with the same data."""

    def __init__(self, directory: Path, **settings: dict):
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._settings = settings
        self._process: subprocess.Popen | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        configuration = {
            "version": 0.1,
            "log": {"level": "info"},
            "storage": {"filesystem": {"rootdirectory": str(self.data)}},
            **self._settings,
            "http": {"addr": "127.0.0.1:0", "secret": "x", **self._settings.get("http", {})},
        }
        file = self._directory / "config.json"  # JSON is YAML
        file.write_text(json.dumps(configuration))
        seen = len(self.log())
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "docker-registry", "serve", file],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not (found := re.search(r"listening on 127\.0\.0\.1:(\d+)", self.log()[seen:])):
            assert self._process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.02)
        self.port = int(found.group(1))

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(30)

    @property
    def data(self) -> Path:
        return self._directory / "data"

    @property
    def _log(self) -> Path:
        return self._directory / "log"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def requests(self) -> list[tuple[str, str, int]]:
        """Method, path and status of every request, out of the access log."""
        found = re.findall(r'"([A-Z]+) (\S+) HTTP/1\.1" (\d+) ', self.log())
        return [(method, path, int(status)) for method, path, status in found]

    def blob(self, digest: str) -> Path:
        hexadecimal = digest.removeprefix("sha256:")
        return (
            self.data / "docker/registry/v2/blobs/sha256" / hexadecimal[:2] / hexadecimal / "data"
        )


@contextmanager
def registry(directory: Path, **settings: dict):
    server = Registry(directory, **settings)
    try:
        yield server
    finally:
        server.stop()


class Wire:
    """A TCP forwarder. The first connection that carries more than `limit` bytes in the named
    direction is cut, after a call of `on_cut`.

    While `gate` is not set, connections wait.
    """

    def __init__(self, target, direction: str, limit: int, on_cut=lambda: None):
        self._target = target  # called for the port of each connection
        self._direction, self._limit, self._on_cut = direction, limit, on_cut
        self._lock = threading.Lock()
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
            self.gate.wait(60)
            try:
                upstream = socket.create_connection(("127.0.0.1", self._target()), 10)
            except OSError:
                client.close()
                continue
            for one, other, direction in ((client, upstream, "up"), (upstream, client, "down")):
                threading.Thread(
                    target=self._copy, args=(one, other, direction), daemon=True
                ).start()

    def _copy(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        carried = 0
        try:
            while data := source.recv(16 << 10):
                carried += len(data)
                sink.sendall(data)
                with self._lock:
                    if (
                        direction == self._direction
                        and carried > self._limit
                        and not self.cut.is_set()
                    ):
                        self._on_cut()
                        self.cut.set()
                        break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@contextmanager
def wire(*arguments, **options):
    forwarder = Wire(*arguments, **options)
    try:
        yield forwarder
    finally:
        forwarder.close()


@contextmanager
def server(answer, tls: tuple[Path, Path] | None = None):
    """An HTTP server whose `answer(handler)` does each request. Yields its host and port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one segment

        def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        def body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def log_message(self, *_):
            pass

        def do_GET(self):
            try:
                answer(self)
            except OSError:  # the other side went away, as some tests want it to
                self.close_connection = True

        do_HEAD = do_POST = do_PUT = do_PATCH = do_GET

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass

    http = Quiet(("127.0.0.1", 0), Handler)
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


class Tokens:
    """Gives whoever knows the password (or the identity token "identity") what they ask for, as
    distribution's token specification says."""

    SERVICE, ISSUER = "registry.test", "token.test"

    def __init__(self, cert: Path, key: Path):
        self._key = key
        pem = cert.read_text()
        self._chain = "".join(line for line in pem.splitlines() if not line.startswith("-"))
        self.scopes: list[list[str]] = []

    def __call__(self, handler) -> None:
        if handler.command == "POST":
            query = parse_qs(handler.body().decode())
            known = query.get("refresh_token") == ["identity"] and query["grant_type"] == [
                "refresh_token"
            ]
            scopes = query["scope"][0].split()
        else:
            query = parse_qs(urlsplit(handler.path).query)
            secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            known = handler.headers.get("Authorization") == f"Basic {secret}"
            scopes = query["scope"]
        if not known or query["service"] != [self.SERVICE]:
            handler.reply(401, b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}')
            return
        self.scopes.append(scopes)
        handler.reply(
            200,
            json.dumps(
                {"token" if handler.command == "GET" else "access_token": self._token(scopes)}
            ).encode(),
        )

    def _token(self, scopes: list[str]) -> str:
        def part(document: dict) -> str:
            return encoded(json.dumps(document).encode())

        def encoded(data: bytes) -> str:
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        text = (
            part({"typ": "JWT", "alg": "RS256", "x5c": [self._chain]})
            + "."
            + part(
                {
                    "iss": self.ISSUER,
                    "sub": USER,
                    "aud": self.SERVICE,
                    "exp": now + 600,
                    "nbf": now - 60,
                    "iat": now,
                    "jti": str(now),
                    "access": access,
                }
            )
        )
        signed = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self._key],
            input=text.encode(),
            check=True,
            capture_output=True,
        )
        return f"{text}.{encoded(signed.stdout)}"
