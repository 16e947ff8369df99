"""Registries that ask who is there, and TLS: credentials go where they belong, and nowhere else."""

import base64
import json

import pytest

from harness.driverctl import run
from harness.keys import loopback_certificate
from harness.registry import HTPASSWD, PASSWORD, Tokens, auth_file, registry
from harness.servers import server
from harness.transfers import fetched, pushed_digest


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return loopback_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def target(wanted, tmp_path):
    """Options of a pull by tag."""
    return {"store": tmp_path / "store", "source_dir": wanted["source_dir"]}


def test_basic_authentication_from_an_auth_file(small, target, tmp_path):
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    auth = {"htpasswd": {"realm": "r", "path": str(tmp_path / "htpasswd")}}
    with registry(tmp_path / "registry", auth=auth) as closed:
        reference = f"oci://{closed.host}/a:x"
        known = auth_file(tmp_path / "auth.json", f"https://{closed.host}/v1/")
        pushed_digest(run("push", reference, small, "--plain-http", auth_file=known))
        done = run("pull", reference, "--plain-http", auth_file=known, **target)
        fetched(done, small)

        other = auth_file(tmp_path / "other.json", "other.example")
        stranger = run("push", reference, small, "--plain-http", auth_file=other)
        assert stranger.rc == 1 and "HTTP status 401" in stranger.err
        assert "credential helpers are not run" in stranger.err
        assert PASSWORD not in stranger.err + done.err


def sorted_scopes(scopes: list[str]) -> list[str]:
    """With the actions of each in alphabetical order."""

    def in_order(scope: str) -> str:
        kind, name, actions = scope.split(":")
        return ":".join([kind, name, ",".join(sorted(actions.split(",")))])

    return sorted(map(in_order, scopes))


def test_bearer_tokens(small, target, tls, tmp_path):
    tokens = Tokens(*tls)
    with server(tokens) as issuer:
        token = {
            "realm": f"http://{issuer}/token",
            "service": Tokens.SERVICE,
            "issuer": Tokens.ISSUER,
            "rootcertbundle": str(tls[0]),
        }
        with registry(tmp_path / "registry", auth={"token": token}) as closed:
            known = auth_file(tmp_path / "auth.json", closed.host)
            one, two = f"oci://{closed.host}/a/one:x", f"oci://{closed.host}/b/two:x"
            pushed_digest(run("push", one, small, "--plain-http", auth_file=known))
            asked = [sorted_scopes(scopes) for scopes in tokens.scopes]
            assert ["repository:a/one:pull"] in asked and ["repository:a/one:pull,push"] in asked

            options = {"auth_file": known, "mount_from": "a/one"}
            done = run("push", two, small, "--plain-http", **options)
            assert done.rc == 0 and "mounted" in done.err, done.err
            asked = [sorted_scopes(scopes) for scopes in tokens.scopes]
            assert ["repository:a/one:pull", "repository:b/two:pull,push"] in asked

            identity = tmp_path / "identity.json"
            nobody = base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()
            secret = {"auth": nobody, "identitytoken": "identity"}
            identity.write_text(json.dumps({"auths": {closed.host: secret}}))
            fetched(run("pull", two, "--plain-http", auth_file=identity, **target), small)

            stranger = run("tags", two, "--plain-http", auth_file=tmp_path / "missing")
            assert stranger.rc == 1 and "gives no token" in stranger.err
            assert "who are you" in stranger.err


def test_credentials_stay_with_the_registry(small, tmp_path):
    """A registry may send an upload elsewhere, but not the password."""
    seen: dict[str, str | None] = {}

    def storage(request):
        request.body()
        seen["storage"] = request.headers.get("Authorization")
        request.reply(201)

    with server(storage) as elsewhere:

        def front(request):
            seen["front"] = request.headers.get("Authorization")
            if not seen["front"]:
                request.reply(401, WWW_Authenticate='Basic realm="r"')
            elif request.command == "HEAD":
                request.reply(404)
            else:
                request.reply(202, Location=f"http://{elsewhere}/upload")

        with server(front) as address:
            known = auth_file(tmp_path / "auth.json", address)
            done = run("push", f"oci://{address}/a:x", small, "--plain-http", auth_file=known)
    assert done.rc == 1  # this storage keeps nothing
    assert str(seen["front"]).startswith("Basic ") and seen["storage"] is None


def test_tls_with_an_authority_of_its_own(small, target, tls, tmp_path):
    cert, key = tls
    http = {"tls": {"certificate": str(cert), "key": str(key)}}
    with registry(tmp_path / "registry", http=http) as closed:
        reference = f"oci://{closed.host}/a:x"
        pushed_digest(run("push", reference, small, ca_file=cert))
        fetched(run("pull", reference, ca_file=cert, **target), small)
        unknown = run("tags", reference)
        assert unknown.rc == 1 and "certificate" in unknown.err
        assert "trying again" not in unknown.err


def test_no_way_from_tls_to_none(small, tls):
    def answer(request):
        host = request.headers["Host"]
        if request.command == "GET":
            request.reply(302, Location=f"http://{host}/elsewhere")
        elif request.command == "HEAD":
            request.reply(401, WWW_Authenticate=f'Bearer realm="http://{host}/token"')

    with server(answer, tls) as hostile:
        redirected = run("tags", f"oci://{hostile}/a", ca_file=tls[0])
        assert redirected.rc == 1 and '"http"' in redirected.err
        assert "trying again" not in redirected.err
        token = run("push", f"oci://{hostile}/a", small, ca_file=tls[0])
        assert token.rc == 1 and "asks to fetch a token without TLS" in token.err
