"""Packages that come from elsewhere: a real OCI registry, a real HTTP server, directories. `pull`
finds packages with the function that `init` uses."""

import base64
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import BINARY, DRIVER, RELEASES, Finished, clean_environment, serve, sh
from harness.node import CLEAN, OPTIONAL, killed, ready, stopped, system
from harness.registry import HTPASSWD, PASSWORD, Tokens, auth_file, certificate, registry, server, wire

SERIES = "6.1"


def command(*words, **options) -> list[str]:
    return [
        str(BINARY),
        *map(str, words),
        *(f"--{name.replace('_', '-')}={value}" for name, value in options.items()),
    ]


def run(*words, environment: dict[str, str] | None = None, **options) -> Finished:
    done = subprocess.run(
        command(*words, **options),
        text=True,
        capture_output=True,
        env=clean_environment() | (environment or {}),
        timeout=120,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def small(built, kernels) -> Path:
    """The open package for kernel 6.1: the smallest."""
    return (
        built.store
        / f"flatcar-{RELEASES[SERIES]}-x86_64"
        / f"nvidia-modules-{DRIVER}-open-{kernels[SERIES]}.tar"
    )


@pytest.fixture(scope="module")
def wanted(sources, kernels) -> dict[str, str]:
    """What makes `pull` ask for `small` on a machine that is no such node."""
    return {
        "release": RELEASES[SERIES],
        "kernel": kernels[SERIES],
        "driver": DRIVER,
        "flavour": "open",
        "source_dir": sources,
    }


@pytest.fixture(scope="module")
def oci(tmp_path_factory):
    """A registry that asks for nothing."""
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


def digest_of(pushed: Finished) -> str:
    assert pushed.rc == 0, pushed.err
    return pushed.out.strip().partition("@")[2]


def fetched(done: Finished, original: Path) -> None:
    assert done.rc == 0, done.err
    assert Path(done.out.strip()).name == original.name
    assert Path(done.out.strip()).read_bytes() == original.read_bytes()


def files_in(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file() and path.name != ".lock"]


# A registry that works
# -----------------------------------------------------------------------------------------------------------------------------


def test_push_tags_pull(oci, built, small, wanted, kernels, tmp_path):
    repository = f"oci://{oci.host}/gpu/modules"
    pushed = run("push", repository, "--plain-http", store=built.store)
    assert pushed.rc == 0, pushed.err
    assert pushed.out.count(f"{repository}@sha256:") == 4

    tags = run("tags", repository, "--plain-http").out.split()
    ours = f"{DRIVER}-open-{kernels[SERIES].replace('+', '_')}-flatcar-{RELEASES[SERIES]}-x86_64"
    assert len(tags) == 4 and ours in tags
    assert json.loads(run("tags", repository, "--plain-http", "--json").out) == {"tags": tags}
    assert run("tags", f"oci://{oci.host}/nobody", "--plain-http").out == ""

    fetched(run("pull", repository, "--plain-http", store=tmp_path / "by-node", **wanted), small)
    fetched(
        run(
            "pull",
            f"{repository}:{ours}",
            "--plain-http",
            store=tmp_path / "by-tag",
            source_dir=wanted["source_dir"],
        ),
        small,
    )

    # The second time nothing but manifests goes over the wire.
    before = len(oci.requests())
    again = run("push", repository, "--plain-http", store=built.store)
    assert again.out == pushed.out and again.err.count("was there already") == 4
    sent = [
        method
        for method, path, _ in oci.requests()[before:]
        if "/blobs/" in path and method != "HEAD"
    ]
    assert sent == [] and "HEAD" in [method for method, *_ in oci.requests()[before:]]


def test_pull_by_digest_and_what_is_not_there(oci, small, wanted, tmp_path):
    repository = f"oci://{oci.host}/digest"
    digest = digest_of(run("push", f"{repository}:mine", small, "--plain-http"))
    store = tmp_path / "store"
    fetched(
        run(
            "pull",
            f"{repository}@{digest}",
            "--plain-http",
            store=store,
            source_dir=wanted["source_dir"],
        ),
        small,
    )

    none = run("pull", f"{repository}:other", "--plain-http", store=store)
    assert none.rc == 3 and "no source has the package" in none.err
    none = run(
        "pull", repository, "--plain-http", store=tmp_path / "empty", **wanted
    )  # it is there, but under another tag
    assert none.rc == 3 and not files_in(tmp_path / "empty")


def test_mount_from_another_repository(oci, small):
    digest_of(run("push", f"oci://{oci.host}/first/home", small, "--plain-http"))
    before = len(oci.requests())
    done = run(
        "push", f"oci://{oci.host}/second/home", small, "--plain-http", mount_from="first/home"
    )
    assert done.rc == 0 and f"{small.name} mounted" in done.err
    requests = oci.requests()[before:]
    assert [status for method, path, status in requests if "mount=" in path] == [201, 201]
    assert not [
        path for method, path, _ in requests if method in ("PATCH", "PUT") and "/blobs/" in path
    ]
    wrong = run("push", f"oci://{oci.host}/third", small, "--plain-http", mount_from="first:tag")
    assert wrong.rc == 2 and "is no repository" in wrong.err


def test_corrupted_blob_is_refused(oci, small, wanted, tmp_path):
    copy = tmp_path / small.name
    # Another package, so that the blob is not that of other tests: the same modules, signed.
    shutil.copy(small, copy)
    sh("openssl", "genpkey", "-algorithm", "ED25519", "-out", tmp_path / "key")
    assert run("package", "sign", copy, package_key=tmp_path / "key").rc == 0
    reference = f"oci://{oci.host}/corrupted:x"
    digest_of(run("push", reference, copy, "--plain-http"))
    blob = oci.blob(hashlib.sha256(copy.read_bytes()).hexdigest())
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 1
    store = tmp_path / "store"
    for damaged in (data, data[:-512], data + b"more"):
        blob.write_bytes(damaged)
        done = run("pull", reference, "--plain-http", store=store, source_dir=wanted["source_dir"])
        assert done.rc == 8, done.err
        assert not files_in(store)


# Credentials
# ---------------------------------------------------------------------------------------------------------------------------------------


def test_basic_authentication_from_an_auth_file(small, wanted, tmp_path):
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    with registry(
        tmp_path / "registry", auth={"htpasswd": {"realm": "r", "path": str(tmp_path / "htpasswd")}}
    ) as closed:
        reference = f"oci://{closed.host}/a:x"
        known = auth_file(tmp_path / "auth.json", f"https://{closed.host}/v1/")
        digest_of(run("push", reference, small, "--plain-http", auth_file=known))
        done = run(
            "pull",
            reference,
            "--plain-http",
            store=tmp_path / "store",
            auth_file=known,
            source_dir=wanted["source_dir"],
        )
        fetched(done, small)

        stranger = run(
            "push",
            reference,
            small,
            "--plain-http",
            auth_file=auth_file(tmp_path / "other.json", "other.example"),
        )
        assert (
            stranger.rc == 1
            and "HTTP status 401" in stranger.err
            and "credential helpers are not run" in stranger.err
        )
        assert PASSWORD not in stranger.err + done.err


def test_bearer_tokens(small, wanted, tls, tmp_path):
    tokens = Tokens(*tls)
    with server(tokens) as issuer:
        auth = {
            "realm": f"http://{issuer}/token",
            "service": Tokens.SERVICE,
            "issuer": Tokens.ISSUER,
            "rootcertbundle": str(tls[0]),
        }
        with registry(tmp_path / "registry", auth={"token": auth}) as closed:
            known = auth_file(tmp_path / "auth.json", closed.host)
            digest_of(
                run("push", f"oci://{closed.host}/a/one:x", small, "--plain-http", auth_file=known)
            )
            assert ["repository:a/one:pull"] in tokens.scopes and [
                "repository:a/one:pull,push"
            ] in [sorted_scopes(s) for s in tokens.scopes]

            done = run(
                "push",
                f"oci://{closed.host}/b/two:x",
                small,
                "--plain-http",
                auth_file=known,
                mount_from="a/one",
            )
            assert done.rc == 0 and "mounted" in done.err, done.err
            assert ["repository:a/one:pull", "repository:b/two:pull,push"] in [
                sorted_scopes(s) for s in tokens.scopes
            ]

            identity = tmp_path / "identity.json"
            nobody = base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()
            identity.write_text(
                json.dumps({"auths": {closed.host: {"auth": nobody, "identitytoken": "identity"}}})
            )
            reference = f"oci://{closed.host}/b/two:x"
            fetched(
                run(
                    "pull",
                    reference,
                    "--plain-http",
                    store=tmp_path / "store",
                    auth_file=identity,
                    source_dir=wanted["source_dir"],
                ),
                small,
            )

            stranger = run("tags", reference, "--plain-http", auth_file=tmp_path / "missing")
            assert (
                stranger.rc == 1
                and "gives no token" in stranger.err
                and "who are you" in stranger.err
            )


def sorted_scopes(scopes: list[str]) -> list[str]:
    return sorted(
        ":".join([*scope.split(":")[:2], ",".join(sorted(scope.split(":")[2].split(",")))])
        for scope in scopes
    )


# TLS
# -----------------------------------------------------------------------------------------------------------------------------------------------


def test_tls_with_an_authority_of_its_own(small, wanted, tls, tmp_path):
    cert, key = tls
    with registry(
        tmp_path / "registry", http={"tls": {"certificate": str(cert), "key": str(key)}}
    ) as closed:
        reference = f"oci://{closed.host}/a:x"
        digest_of(run("push", reference, small, ca_file=cert))
        fetched(
            run(
                "pull",
                reference,
                ca_file=cert,
                store=tmp_path / "store",
                source_dir=wanted["source_dir"],
            ),
            small,
        )
        unknown = run("tags", reference)
        assert (
            unknown.rc == 1 and "certificate" in unknown.err and "trying again" not in unknown.err
        )


def test_no_way_from_tls_to_none(small, tls):
    def answer(handler):
        if handler.command == "GET":
            handler.reply(302, Location=f"http://{handler.headers['Host']}/elsewhere")
        elif handler.command == "HEAD":
            handler.reply(
                401, WWW_Authenticate=f'Bearer realm="http://{handler.headers["Host"]}/token"'
            )

    with server(answer, tls) as hostile:
        redirected = run("tags", f"oci://{hostile}/a", ca_file=tls[0])
        assert (
            redirected.rc == 1
            and '"http"' in redirected.err
            and "trying again" not in redirected.err
        )
        token = run("push", f"oci://{hostile}/a", small, ca_file=tls[0])
        assert token.rc == 1 and "asks to fetch a token without TLS" in token.err


# Servers that fail or lie
# --------------------------------------------------------------------------------------------------------------------------


def test_dead_server_is_one_warning(wanted, tmp_path):
    with server(lambda handler: None) as address:
        pass  # nobody listens there any more
    done = run(
        "pull",
        f"oci://{address}/a",
        f"http://{address}/",
        tmp_path / "missing",
        "--plain-http",
        store=tmp_path / "store",
        **wanted,
    )
    assert done.rc == 1 and "no source that could be asked has the package" in done.err
    assert done.err.count(" failed: ") == 3 and "(3 attempts)" in done.err


def test_registry_that_dies_during_a_download_and_comes_back(small, wanted, tmp_path):
    with registry(tmp_path / "registry") as mortal:
        digest_of(run("push", f"oci://{mortal.host}/a:x", small, "--plain-http"))
        with wire(lambda: mortal.port, "down", small.stat().st_size // 2) as weak:
            weak._on_cut = lambda: (weak.gate.clear(), mortal.stop())
            pull = subprocess.Popen(
                command("pull", f"oci://{weak.host}/a:x", "--plain-http", store=tmp_path / "store", source_dir=wanted["source_dir"]),
                text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(),
            )  # fmt: skip
            assert weak.cut.wait(60)
            mortal.start()
            weak.gate.set()
            out, err = pull.communicate(timeout=60)
        fetched(Finished(pull.returncode, out, err), small)
        assert [
            status
            for method, path, status in mortal.requests()
            if method == "GET" and "/blobs/" in path
        ][-1] == 206


def test_upload_that_breaks_on_a_real_registry(oci, small):
    with wire(lambda: oci.port, "up", small.stat().st_size // 2) as weak:
        digest_of(run("push", f"oci://{weak.host}/broken/upload:x", small, "--plain-http"))
        assert weak.cut.is_set()


def test_upload_goes_on_where_the_registry_says(small):
    """Debian's registry forgets a session that broke (it starts again, above), so this one follows
    the specification to the letter instead."""
    content = small.read_bytes()
    half = len(content) // 2
    received: list[tuple[str, int]] = []
    blobs: dict[str, bytes] = {}
    session = bytearray()

    def answer(handler):
        path, method = handler.path, handler.command
        if method == "HEAD":
            handler.reply(200 if path.rpartition("/")[2] in blobs else 404)
        elif method == "POST":
            session.clear()
            handler.reply(202, Location="/v2/a/blobs/uploads/1?step=0")
        elif method == "GET":
            handler.reply(
                204,
                Location=f"/v2/a/blobs/uploads/1?step={len(session)}",
                Range=f"0-{max(len(session) - 1, 0)}",
            )
        elif method == "PATCH":
            received.append((handler.headers.get("Content-Range", ""), len(session)))
            if not received[1:]:
                session.extend(handler.rfile.read(half))
                raise ConnectionError
            session.extend(handler.body())
            handler.reply(202, Location="/v2/a/blobs/uploads/1?step=last")
        elif "/manifests/" in path:
            handler.body()
            handler.reply(201)
        else:
            assert path.startswith("/v2/a/blobs/uploads/1?step=last&digest=")
            digest = "sha256:" + hashlib.sha256(session).hexdigest()
            blobs[digest] = bytes(session)
            handler.reply(201)

    with server(answer) as exact:
        digest_of(run("push", f"oci://{exact}/a:x", small, "--plain-http"))
    assert received[:2] == [("", 0), (f"{half}-{len(content) - 1}", half)]
    assert content in blobs.values()


def artifact(size: int, digest: str = "sha256:" + "a" * 64) -> bytes:
    kind = "application/vnd.driverctl.package.v1"
    return json.dumps(
        {
            "artifactType": kind,
            "layers": [{"mediaType": kind + ".tar", "size": size, "digest": digest}],
        }
    ).encode()


HOSTILE = {  # what the server does with a path: (answer, command, exit code, words)
    "endless tags": (
        lambda h: h.reply(200, b'{"tags":["a"]}', Link='</v2/a/tags/list?more>; rel="next"'),
        "tags",
        1,
        "more than 100 pages of tags",
    ),
    "tags elsewhere": (
        lambda h: h.reply(200, b'{"tags":["a"]}', Link='<http://192.0.2.1/x>; rel="next"'),
        "tags",
        1,
        "sends on to another server",
    ),
    "huge manifest": (
        lambda h: h.reply(200, b"x" * (5 << 20)),
        "pull",
        1,
        "larger than 4194304 bytes",
    ),
    "huge blob": (
        lambda h: h.reply(200, b"x" * 9999 if "/blobs/" in h.path else artifact(10)),
        "pull",
        8,
        "larger than 10 bytes",
    ),
    "short blob": (
        lambda h: h.reply(200, b"x" if "/blobs/" in h.path else artifact(10)),
        "pull",
        8,
        "has 1 bytes, not 10",
    ),
    "wrong digest": (
        lambda h: h.reply(200, b"x" * 10 if "/blobs/" in h.path else artifact(10)),
        "pull",
        8,
        "has the digest sha256:",
    ),
    "absurd size": (
        lambda h: h.reply(200, artifact(1 << 60)),
        "pull",
        1,
        "layers[0].size is 1152921504606846976 bytes",
    ),
    "no manifest": (lambda h: h.reply(200, b"<html>"), "pull", 1, "it is no JSON"),
    "another artifact": (lambda h: h.reply(200, b"{}"), "pull", 1, "no driverctl package"),
    "deep manifest": (
        lambda h: h.reply(200, b"[" * (1 << 20)),
        "pull",
        1,
        "nested deeper than 16 levels",
    ),
    "two layers": (
        lambda h: h.reply(200, artifact(10)[:-1] + b',"layers":[]}'),
        "pull",
        1,
        "the field 'layers' twice",
    ),
    "redirects without end": (lambda h: h.reply(302, Location=h.path), "pull", 1, "redirects"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_answers_are_refused_by_name(case, tmp_path):
    answer, verb, code, words = HOSTILE[case]
    with server(answer) as hostile:
        options = {"store": tmp_path / "store"} if verb == "pull" else {}
        done = run(
            verb, f"oci://{hostile}/a" + (":x" if verb == "pull" else ""), "--plain-http", **options
        )
    assert done.rc == code and words in done.err, done.err
    assert not files_in(tmp_path)


def test_credentials_stay_with_the_registry(small, tmp_path):
    """A registry may send an upload elsewhere, but not the password."""
    seen: dict[str, str | None] = {}

    def storage(handler):
        handler.body()
        seen["storage"] = handler.headers.get("Authorization")
        handler.reply(201)

    with server(storage) as elsewhere:

        def front(handler):
            seen["front"] = handler.headers.get("Authorization")
            if not seen["front"]:
                handler.reply(401, WWW_Authenticate='Basic realm="r"')
            elif handler.command == "HEAD":
                handler.reply(404)
            else:
                handler.reply(202, Location=f"http://{elsewhere}/upload")

        with server(front) as address:
            done = run(
                "push",
                f"oci://{address}/a:x",
                small,
                "--plain-http",
                auth_file=auth_file(tmp_path / "auth.json", address),
            )
    assert done.rc == 1  # this storage keeps nothing
    assert seen["front"].startswith("Basic ") and seen["storage"] is None


# Sources
# -------------------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def web(built, tmp_path_factory):
    """A copy of the store with an index, on nginx."""
    directory = tmp_path_factory.mktemp("web")
    shutil.copytree(built.store, directory, dirs_exist_ok=True)
    done = run("package", "index", directory)
    assert done.rc == 0 and done.out.strip() == str(directory / "index.json"), done.err
    with serve(directory) as url:
        yield directory, url


def test_index_has_every_package(web):
    directory, _ = web
    index = json.loads((directory / "index.json").read_text())
    files = [entry["file"] for entry in index["packages"]]
    assert index["format"] == 1 and len(files) == 4 and files == sorted(files)
    for entry in index["packages"]:
        data = (directory / entry["file"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert (entry["os"], entry["driver"], entry["tag"], entry["signed_by"]) == (
            "flatcar",
            DRIVER,
            "",
            [],
        )


def test_sources_are_asked_in_order_and_the_store_first(web, built, small, wanted, tmp_path):
    _, url = web
    store = tmp_path / "store"
    (tmp_path / "empty").mkdir()
    environment = {
        "DRIVERCTL_PACKAGE_SOURCE": f"{tmp_path}/empty,{url}/missing,{url},{built.store}"
    }
    done = run("pull", environment=environment, store=store, **wanted)
    fetched(done, small)
    assert f"{tmp_path}/empty has no package for driver {DRIVER} (open)" in done.err
    assert f"{url}/missing failed: {url}/missing/index.json answered HTTP status 404" in done.err
    assert f"from {url}\n" in done.err and done.err.count("warn") == 2
    # Now nothing is asked any more.
    offline = run("pull", "http://127.0.0.1:1/", store=store, **wanted)
    fetched(offline, small)
    assert offline.err == ""


def test_attack_is_not_papered_over_by_the_next_source(web, built, small, wanted, tmp_path):
    directory, _ = web
    bad = tmp_path / "bad"
    shutil.copytree(directory, bad)
    target = bad / small.relative_to(built.store)
    data = bytearray(target.read_bytes())
    data[len(data) // 2] ^= 1
    target.write_bytes(data)
    store = tmp_path / "store"
    with serve(bad) as url:
        done = run("pull", url, built.store, store=store, **wanted)
        assert done.rc == 8 and "does not have the size and SHA-256" in done.err
        # An index that was made for the damaged package does not help it.
        digest = hashlib.sha256(data).hexdigest()
        index = json.loads((bad / "index.json").read_text())
        for entry in index["packages"]:
            entry["sha256"] = digest if bad / entry["file"] == target else entry["sha256"]
        (bad / "index.json").write_text(json.dumps(index))
        done = run("pull", url, built.store, store=store, **wanted)
        assert done.rc == 8 and url in done.err, done.err
    sh("openssl", "genpkey", "-algorithm", "ED25519", "-out", tmp_path / "key")
    sh("openssl", "pkey", "-in", tmp_path / "key", "-pubout", "-out", tmp_path / "key.pub")
    done = run("pull", built.store, store=store, trust=tmp_path / "key.pub", **wanted)
    assert done.rc == 8 and "is not signed" in done.err
    assert not files_in(store)


def test_store_that_cannot_be_written(built, wanted):
    done = run("pull", built.store, store="/proc/none/store", **wanted)
    assert done.rc == 1 and "is used from" in done.err and "the store cannot be written" in done.err


def test_wrong_sources_are_wrong_usage(tmp_path):
    for source in ("ftp://127.0.0.1/", "http://me:secret@127.0.0.1/", "oci://127.0.0.1"):
        done = run("pull", source, store=tmp_path, driver=DRIVER)
        assert done.rc == 2, done.err
    assert run("pull", store=tmp_path, driver=DRIVER).rc == 2


# init
# ----------------------------------------------------------------------------------------------------------------------------------------------


def test_init_gets_its_package_from_a_directory(vm):
    """First with a store that cannot be written, then with one that can: the same package, so the
    loaded driver is adopted."""
    source = ["--package-source", "/missing", "--package-source", "/var/lib/driverctl/packages"]
    vm.put(b"", "/var/empty/x")
    first = ready(
        vm,
        "source-1",
        "--store",
        "/read-only",
        *source,
        mounts=[("/var/empty", "/read-only", "ro")],
    )
    assert "/missing failed: /missing is no directory" in first.log()
    assert "and not kept: " in first.log() and "Read-only file system" in first.log()
    killed(first)
    second = ready(vm, "source-2", "--store", "/packages", *source)
    assert "it is adopted as it is" in second.log()
    stored = json.loads(second.run(["driverctl", "status", "--json"]).out)["init"]["package"]
    assert stored.startswith("/packages/flatcar-") and second.run(["test", "-f", stored]).rc == 0
    stopped(vm, second)
    none = vm.container(
        ["driverctl", "init", *OPTIONAL, "--store", "/packages", "--package-source", "/missing"],
        name="source-3",
    )
    assert none.wait(60) == 3 and system(vm) == CLEAN, none.log()


def test_a_node_and_its_registry(vm, tmp_path):
    """push, plan, doctor and init of a node whose store is empty; the registry is there too,
    because the VM has no network."""
    sh("openssl", "genpkey", "-algorithm", "ED25519", "-out", tmp_path / "key")
    sh("openssl", "pkey", "-in", tmp_path / "key", "-pubout", "-out", tmp_path / "key.pub")
    address = "127.0.0.1:5000"
    source = f"oci://{address}/gpu/modules"
    configuration = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": "/registry/data"}},
        "http": {"addr": address, "secret": "x"},
    }
    node = [
        "--flavour",
        "open",
        "--store",
        "/registry/store",
        "--package-source",
        source,
        "--plain-http",
    ]
    vm.put(shutil.which("docker-registry"), "/var/registry/docker-registry")
    vm.put(json.dumps(configuration).encode(), "/var/registry/config.json")
    vm.put(tmp_path / "key.pub", "/var/registry/key.pub")
    shared = {"mounts": [("/var/registry", "/registry", "rw")]}

    def report(name: str, code: int, *argv: str) -> dict:
        container = vm.container(["driverctl", *argv, "--json"], name=name, **shared)
        assert container.wait(120) == code, container.log()
        log = container.log()  # what was tried again comes first
        return json.loads(log[log.index("{") :])

    def sources(name: str) -> list[tuple[str, str]]:
        findings = report(name, 0, "doctor", *node)["findings"]
        return [
            (found["severity"], found["text"]) for found in findings if found["topic"] == "source"
        ]

    vm.check("chmod 755 /var/registry/docker-registry")
    dead = report("plan-dead", 3, "plan", *node, "--no-build")
    assert dead["action"] == "refuse" and dead["exit_code"] == 3
    assert dead["reasons"][-1].startswith(f"package source {source} failed: ")

    registry = vm.container(
        ["/registry/docker-registry", "serve", "/registry/config.json"], name="registry", **shared
    )
    registry.wait_for(f"listening on {address}")
    assert sources("doctor-empty") == [("warning", f"{source} has no package for this node")]
    assert report("plan-build", 0, "plan", *node)["action"] == "build"
    push = vm.container(["driverctl", "push", source, "--plain-http"], name="push")
    assert push.wait(120) == 0, push.log()

    assert sources("doctor") == [("good", f"{source} has the package for this node")]
    plan = report("plan", 0, "plan", *node)
    assert (plan["action"], plan["package"]) == ("fetch", source)
    driver = ready(vm, "driver", *node, **shared)
    assert f"from {source}" in driver.log()
    registry.signal("KILL")
    registry.wait(60)
    plan = report("plan-adopt", 0, "plan", *node)
    assert plan["action"] == "adopt" and plan["package"].startswith("/registry/store/")
    untrusted = report("plan-trust", 8, "plan", *node, "--trust", "/registry/key.pub")
    assert untrusted["action"] == "refuse" and "is not signed" in untrusted["reasons"][0]
    stopped(vm, driver)
