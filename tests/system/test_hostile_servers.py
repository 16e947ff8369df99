"""Registries and servers that fail, lie or break off."""

import hashlib
import json
from collections.abc import Callable
from typing import NamedTuple

import pytest

from harness.driverctl import Finished, command, packages_in, run, start
from harness.limits import LIMIT
from harness.registry import registry
from harness.servers import Request, server, wire
from harness.transfers import fetched, pushed_digest


def test_dead_server_is_one_warning(wanted, tmp_path):
    with server(lambda request: None) as address:
        pass  # nobody listens there any more
    sources = (f"oci://{address}/a", f"http://{address}/", tmp_path / "missing")
    done = run("pull", *sources, "--plain-http", store=tmp_path / "store", **wanted)
    assert done.rc == 1 and "no source that could be asked has the package" in done.err
    assert done.err.count(" failed: ") == 3 and "(3 attempts)" in done.err


def test_registry_that_dies_during_a_download_and_comes_back(small, wanted, tmp_path):
    with registry(tmp_path / "registry") as mortal:
        pushed_digest(run("push", f"oci://{mortal.host}/a:x", small, "--plain-http"))
        with wire(lambda: mortal.port, "down", small.stat().st_size // 2) as weak:

            def die() -> None:
                weak.gate.clear()
                mortal.stop()

            weak.on_cut = die
            options = {"store": tmp_path / "store", "source_dir": wanted["source_dir"]}
            pull = start(command("pull", f"oci://{weak.host}/a:x", "--plain-http", **options))
            assert weak.cut.wait(LIMIT)
            mortal.start()
            weak.gate.set()
            out, err = pull.communicate(timeout=LIMIT)
        fetched(Finished(pull.returncode, out, err), small)
        gets = [access for access in mortal.requests() if access.method == "GET"]
        assert [access.status for access in gets if "/blobs/" in access.path][-1] == 206


class ResumingRegistry:
    """Follows the specification to the letter where an upload breaks, which Debian's registry does
    not: it forgets the session. Breaks the first one in the middle of `size` bytes."""

    def __init__(self, size: int):
        self._half = size // 2
        self._session = bytearray()
        self.received: list[tuple[str, int]] = []  # Content-Range, and what was there before
        self.blobs: dict[str, bytes] = {}

    def __call__(self, request: Request) -> None:
        session = "/v2/a/blobs/uploads/1?step="
        if "/manifests/" in request.path and request.command == "PUT":
            request.body()
            request.reply(201)
        elif request.command == "HEAD":
            request.reply(200 if request.path.rpartition("/")[2] in self.blobs else 404)
        elif request.command == "POST":
            self._session.clear()
            request.reply(202, Location=session + "0")
        elif request.command == "GET":
            there = f"0-{max(len(self._session) - 1, 0)}"
            request.reply(204, Location=f"{session}{len(self._session)}", Range=there)
        elif request.command == "PATCH":
            self._append(request)
            request.reply(202, Location=session + "last")
        else:
            assert request.path.startswith(session + "last&digest=")
            digest = "sha256:" + hashlib.sha256(self._session).hexdigest()
            self.blobs[digest] = bytes(self._session)
            request.reply(201)

    def _append(self, request: Request) -> None:
        self.received.append((request.headers.get("Content-Range", ""), len(self._session)))
        if len(self.received) == 1:
            self._session.extend(request.rfile.read(self._half))
            raise ConnectionError
        self._session.extend(request.body())


def test_upload_goes_on_where_the_registry_says(small):
    content = small.read_bytes()
    exact = ResumingRegistry(len(content))
    with server(exact) as address:
        pushed_digest(run("push", f"oci://{address}/a:x", small, "--plain-http"))
    half = len(content) // 2
    assert exact.received[:2] == [("", 0), (f"{half}-{len(content) - 1}", half)]
    assert content in exact.blobs.values()


def artifact(size: int, digest: str = "sha256:" + "a" * 64) -> bytes:
    kind = "application/vnd.driverctl.package.v1"
    layer = {"mediaType": kind + ".tar", "size": size, "digest": digest}
    return json.dumps({"artifactType": kind, "layers": [layer]}).encode()


Answer = Callable[[Request], None]


def always(body: bytes, status: int = 200, **headers: str) -> Answer:
    return lambda request: request.reply(status, body, **headers)


def next_tags(link: str) -> Answer:
    return always(b'{"tags":["a"]}', Link=f'<{link}>; rel="next"')


def blob_of_ten(blob: bytes) -> Answer:
    """The manifest says that the blob has ten bytes."""
    return lambda request: request.reply(200, blob if "/blobs/" in request.path else artifact(10))


class Hostile(NamedTuple):
    answer: Answer
    verb: str
    code: int
    words: str


HOSTILE = {
    "endless tags": Hostile(
        next_tags("/v2/a/tags/list?more"), "tags", 1, "more than 100 pages of tags"
    ),
    "tags elsewhere": Hostile(
        next_tags("http://192.0.2.1/x"), "tags", 1, "sends on to another server"
    ),
    "huge manifest": Hostile(always(b"x" * (5 << 20)), "pull", 1, "larger than 4194304 bytes"),
    "huge blob": Hostile(blob_of_ten(b"x" * 9999), "pull", 8, "larger than 10 bytes"),
    "short blob": Hostile(blob_of_ten(b"x"), "pull", 8, "has 1 bytes, not 10"),
    "wrong digest": Hostile(blob_of_ten(b"x" * 10), "pull", 8, "has the digest sha256:"),
    "absurd size": Hostile(
        always(artifact(1 << 60)), "pull", 1, "layers[0].size is 1152921504606846976 bytes"
    ),
    "no manifest": Hostile(always(b"<html>"), "pull", 1, "it is no JSON"),
    "another artifact": Hostile(always(b"{}"), "pull", 1, "no driverctl package"),
    "deep manifest": Hostile(always(b"[" * (1 << 20)), "pull", 1, "nested deeper than 16 levels"),
    "two layers": Hostile(
        always(artifact(10)[:-1] + b',"layers":[]}'), "pull", 1, "the field 'layers' twice"
    ),
    "redirects without end": Hostile(
        lambda request: request.reply(302, Location=request.path), "pull", 1, "redirects"
    ),
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_answers_are_refused_by_name(case, tmp_path):
    with server(case.answer) as address:
        options = {"store": tmp_path / "store"} if case.verb == "pull" else {}
        reference = f"oci://{address}/a" + (":x" if case.verb == "pull" else "")
        done = run(case.verb, reference, "--plain-http", **options)
    assert done.rc == case.code and case.words in done.err, done.err
    assert not packages_in(tmp_path)
