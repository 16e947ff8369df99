"""Packages' signatures: who signed, with which key, and who is trusted."""

import json
import os
import shutil
from pathlib import Path

import pytest

from harness import second_reader
from harness.driverctl import Finished, command, finish, run
from harness.keys import RSA, key_pair, public
from harness.shell import sh


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    """Key pairs NAME and NAME.pub, and one for a token: hsm."""
    directory = tmp_path_factory.mktemp("keys")
    for name in ("old", "wrong"):
        key_pair(directory / name)
    for name in ("new", "hsm"):
        key_pair(directory / name, *RSA)
    return directory


@pytest.fixture(scope="module")
def token(keys) -> dict[str, str]:
    """The environment in which SoftHSM has a token "build" with the key "key" and PIN 1234; its PEM
    file is gone."""
    (keys / "tokens").mkdir()
    settings = f"directories.tokendir = {keys}/tokens\nobjectstore.backend = file\n"
    (keys / "softhsm2.conf").write_text(settings)
    (keys / "pin").write_text("1234")
    environment = {"SOFTHSM2_CONF": str(keys / "softhsm2.conf")}

    def softhsm(*words: object) -> None:
        sh("softhsm2-util", *words, "--pin", "1234", env=os.environ | environment)

    softhsm("--init-token", "--free", "--label", "build", "--so-pin", "5678")
    softhsm("--import", keys / "hsm", "--token", "build", "--label", "key", "--id", "01")
    (keys / "hsm").unlink()
    return environment


@pytest.fixture
def copy(small, tmp_path) -> Path:
    return Path(shutil.copy(small, tmp_path / small.name))


def sign(file: Path, key: object, environment: dict[str, str] | None = None) -> Finished:
    return finish(command("package", "sign", file, package_key=key), environment)


def refused(done: Finished, *words: str) -> None:
    assert done.rc == 8, done.out + done.err
    for word in words:
        assert word in done.out + done.err


def test_rotation_of_keys(copy, keys, sources, tmp_path):
    """Signed by the old key, then by both; who trusts either or both takes it, the second reader
    too; others do not."""
    options = {"store": tmp_path / "store", "source_dir": sources}
    trust = {name: f"--trust={keys / name}.pub" for name in ("old", "new", "wrong")}

    def verify(*names: str) -> Finished:
        return run("package", "verify", *map(trust.get, names), copy, source_dir=sources)

    def imported(name: str) -> Finished:
        return run("package", "import", trust[name], copy, **options)

    refused(verify("old"), "is not signed")
    refused(imported("old"), "is not signed")
    with pytest.raises(second_reader.Refused):
        second_reader.require_signed(copy, [keys / "old.pub"], tmp_path)
    assert sign(copy, keys / "old").rc == 0
    refused(verify("new"), "signed by no trusted key")
    assert verify("old").rc == 0
    assert verify("new", "old").rc == 0
    assert sign(copy, keys / "new").rc == 0
    for name in ("old", "new"):
        assert verify(name).rc == 0
        trusted = [keys / "wrong.pub", keys / f"{name}.pub"]
        second_reader.require_signed(copy, trusted, tmp_path)
    refused(verify("wrong"), "signed by no trusted key")
    refused(imported("wrong"), "signed by no trusted key")
    assert not options["store"].exists()
    assert imported("new").rc == 0
    with pytest.raises(second_reader.Refused):
        second_reader.require_signed(copy, [keys / "wrong.pub"], tmp_path)


def test_damaged_signature(copy, keys, sources):
    assert sign(copy, keys / "old").rc == 0
    whole = copy.read_bytes()
    at = whole.index(b'"signature": "') + 20
    another = b"A" if whole[at : at + 1] != b"A" else b"B"
    for new, words in (
        (another, "signed by no trusted key"),
        (b"?", "signature.json is not valid"),
    ):
        copy.write_bytes(whole[:at] + new + whole[at + 1 :])
        trust = public(keys / "old")
        refused(run("package", "verify", copy, trust=trust, source_dir=sources), words)


def test_key_in_a_token(copy, keys, token, sources, tmp_path):
    uri = "pkcs11:token=build;object=key;type=private"
    done = sign(copy, f"{uri}?pin-value=1234", environment=token)
    assert done.rc == 0, done.err
    second_reader.require_signed(copy, [keys / "hsm.pub"], tmp_path)
    once = copy.read_bytes()
    assert sign(copy, f"{uri}?pin-source=file:{keys}/pin", environment=token).rc == 0
    assert copy.read_bytes() == once
    trust = public(keys / "hsm")
    assert run("package", "verify", copy, trust=trust, source_dir=sources).rc == 0
    done = sign(copy, f"{uri}?pin-value=9999", environment=token)
    assert done.rc == 1 and "cannot load the private key pkcs11:token=build" in done.err
    assert "9999" not in done.err
    done = sign(copy, "pkcs11:token=none;object=key?pin-value=1234", environment=token)
    assert done.rc == 1 and "cannot load the private key" in done.err
    assert copy.read_bytes() == once


def test_every_key_of_a_trust_file_counts(make, hand_sources, tmp_path):
    file = make(tmp_path / "p.tar")
    first, second = key_pair(tmp_path / "first"), key_pair(tmp_path / "second")
    both = tmp_path / "both.pem"

    def verify(trust: Path) -> Finished:
        return run("package", "verify", file, trust=trust, source_dir=hand_sources)

    assert sign(file, second).rc == 0
    both.write_text(public(first).read_text() + public(second).read_text())
    assert verify(both).rc == 0
    both.write_text(public(first).read_text() + second.read_text())
    done = verify(both)
    assert done.rc == 2 and "PRIVATE KEY" in done.err
    weak = key_pair(tmp_path / "weak", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    for done in (sign(file, weak), verify(public(weak))):
        assert done.rc == 2 and "RSA with 1024 bits" in done.err


def test_sign_keeps_mode_and_link_and_names_an_exposed_key(make, tmp_path):
    file = make(tmp_path / "p.tar")
    file.chmod(0o600)
    link = tmp_path / "link.tar"
    link.symlink_to("p.tar")
    secret = key_pair(tmp_path / "secret")
    secret.chmod(0o600)
    done = sign(link, secret)
    assert done.rc == 0 and done.err == ""
    assert link.is_symlink() and file.stat().st_mode & 0o7777 == 0o600
    assert json.loads(run("package", "inspect", "--json", file).out)["signed_by"]
    secret.chmod(0o644)
    done = sign(file, secret)
    assert done.rc == 0 and "can be read by everybody" in done.err and "0644" in done.err
