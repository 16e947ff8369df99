"""A real registry (Debian's docker-registry) and a token server for it, on loopback."""

import base64
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from harness import servers
from harness.limits import LIMIT

USER, PASSWORD = "me", "secret"
# bcrypt with 16 rounds, of PASSWORD: docker-registry takes nothing else.
HTPASSWD = f"{USER}:$2b$04$glzjEtNCqjn/fuD09MDLp.PY2gE3wkJJXVZ.CRS2RCff9zzjwfUZG\n"


def basic_secret() -> str:
    return base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def auth_file(path: Path, *hosts: str) -> Path:
    """What docker writes when somebody logs in."""
    path.write_text(json.dumps({"auths": {host: {"auth": basic_secret()} for host in hosts}}))
    return path


class Access(NamedTuple):
    """A line of the access log."""

    method: str
    path: str
    status: int


class Registry:
    """docker-registry with its data, configuration and log in a directory. Stops and starts again
    with the same data."""

    def __init__(self, directory: Path, **settings: dict[str, Any]):
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
            "http": {"addr": "127.0.0.1:0", "secret": "x"} | self._settings.get("http", {}),
        }
        file = self._directory / "config.json"  # JSON is YAML
        file.write_text(json.dumps(configuration))
        seen = len(self.log())
        argv = ["setpriv", "--pdeathsig", "KILL", "docker-registry", "serve", str(file)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        deadline = time.monotonic() + LIMIT
        while not (found := re.search(r"listening on 127\.0\.0\.1:(\d+)", self.log()[seen:])):
            assert self._process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.02)
        self.port = int(found.group(1))

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

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

    def requests(self) -> list[Access]:
        """All of them, out of the access log."""
        found = re.findall(r'"([A-Z]+) (\S+) HTTP/1\.1" (\d+) ', self.log())
        return [Access(method, path, int(status)) for method, path, status in found]

    def blob(self, digest: str) -> Path:
        hexadecimal = digest.removeprefix("sha256:")
        return (
            self.data / "docker/registry/v2/blobs/sha256" / hexadecimal[:2] / hexadecimal / "data"
        )


@contextmanager
def registry(directory: Path, **settings: dict[str, Any]) -> Iterator[Registry]:
    running = Registry(directory, **settings)
    try:
        yield running
    finally:
        running.stop()


class Tokens:
    """Gives whoever knows the password (or the identity token "identity") what they ask for, as
    distribution's token specification says. It is a server's `answer`."""

    SERVICE, ISSUER = "registry.test", "token.test"

    def __init__(self, cert: Path, key: Path):
        self._key = key
        pem = cert.read_text()
        self._chain = "".join(line for line in pem.splitlines() if not line.startswith("-"))
        self.scopes: list[list[str]] = []

    def __call__(self, request: servers.Request) -> None:
        if request.command == "POST":
            query = parse_qs(request.body().decode())
            refreshes = query["grant_type"] == ["refresh_token"]
            known = query.get("refresh_token") == ["identity"] and refreshes
            scopes = query["scope"][0].split()
        else:
            query = parse_qs(urlsplit(request.path).query)
            known = request.headers.get("Authorization") == f"Basic {basic_secret()}"
            scopes = query["scope"]
        if not known or query["service"] != [self.SERVICE]:
            request.reply(401, b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}')
            return
        self.scopes.append(scopes)
        field = "token" if request.command == "GET" else "access_token"
        request.reply(200, json.dumps({field: self._token(scopes)}).encode())

    def _token(self, scopes: list[str]) -> str:
        def encoded(data: bytes) -> str:
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        head = {"typ": "JWT", "alg": "RS256", "x5c": [self._chain]}
        claims = {
            "iss": self.ISSUER,
            "sub": USER,
            "aud": self.SERVICE,
            "exp": now + 600,
            "nbf": now - 60,
            "iat": now,
            "jti": str(now),
            "access": access,
        }
        text = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
        signed = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self._key],
            input=text.encode(),
            check=True,
            capture_output=True,
        )
        return f"{text}.{encoded(signed.stdout)}"
