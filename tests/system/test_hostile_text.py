"""Secrets, and text that comes from elsewhere: neither gets into messages as it is. No root, no
releases."""

import json

import pytest

from harness.driverctl import run
from harness.packages import write_tar
from harness.servers import server

FORMS = [[], ["--log-format", "json"]]

SECRET = "hunter2"
USER = f"me:{SECRET}@"
PIN = f"PKCS11:object=k?PIN-VALUE={SECRET}"
LONG_PIN = f"pkcs11:object=k?pin-value={SECRET}" + "7" * 40000
TARGET = ["--driver", "1.2", "--kernel", "6.1", "--release", "1.2.3", "--flavour", "open"]
WITH_SECRETS = {
    "configuration": ["--print-config", "update", f"--mirror=https://{USER}127.0.0.1:1"],
    "key": ["--print-config", "update", f"--sign={PIN}"],
    "unknown option": ["update", f"--mirrorr=https://{USER}h"],
    "unknown argument": ["update", f"https://{USER}h"],
    "key that is not there": ["package", "sign", f"--package-key={PIN}", "/dev/null"],
    "long key": ["package", "sign", f"--package-key={LONG_PIN}", "/dev/null"],
    "registry": ["tags", "--plain-http", f"oci://{USER}127.0.0.1:1/a"],
    "source": ["pull", f"http://{USER}127.0.0.1:1/", "--store=STORE", *TARGET],
    "unknown scheme": ["pull", f"htp://{USER}127.0.0.1:1/", "--store=STORE", *TARGET],
}


@pytest.mark.parametrize("form", FORMS, ids=["text", "json"])
@pytest.mark.parametrize("words", WITH_SECRETS.values(), ids=WITH_SECRETS.keys())
def test_secrets_are_in_no_message(words, form, tmp_path):
    done = run(*(word.replace("STORE", str(tmp_path)) for word in words), *form)
    assert SECRET not in done.out + done.err, done


def assert_harmless(text: str) -> None:
    def steers(character: str) -> bool:
        code = ord(character)
        return code < 32 and character != "\n" or 127 <= code < 160 or character == "\u202e"

    assert not any(map(steers, text)), text
    assert not any(line.startswith("error: forged") for line in text.splitlines()), text


EVIL = "x\x1b[2J\x9b31m\u202e\nerror: forged\r"
COMMANDS = [
    "package inspect FILE",
    "package verify FILE",
    "package verify --json FILE",
    "package index FOLDER",
    "package list --store FOLDER",
]


@pytest.mark.parametrize("form", FORMS, ids=["text", "json"])
@pytest.mark.parametrize("typed", COMMANDS)
@pytest.mark.parametrize("version", [1, 99, "\x1b[31m\nerror: forged"], ids=["1", "99", "text"])
def test_foreign_text_steers_no_terminal_and_forges_no_line(version, typed, form, tmp_path):
    """A package whose manifest has what a terminal obeys in every text, and whose name has it."""
    file = tmp_path / "evil\x1b[2J\nerror: forged.tar"
    manifest = {"format": version, "os": EVIL, "release": EVIL, EVIL: EVIL}
    content = json.dumps(manifest, ensure_ascii=False).encode()
    write_tar(file, {"manifest.json": content, EVIL: b""})
    places = {"FILE": file, "FOLDER": tmp_path}
    done = run(*(places.get(word, word) for word in typed.split()), *form)
    assert_harmless(done.out)
    assert_harmless(done.err)


@pytest.fixture
def evil_registry():
    """Every answer, good or bad, has in it what a terminal obeys."""
    tags = {"name": "a", "tags": ["good", "x\x1b[2J\nerror: forged\u009b"]}
    errors = {"errors": [{"code": "X", "message": "\x1b[31m\nerror: forged\u202e"}]}

    def answer(request):
        found = request.path.endswith("/tags/list")
        body = json.dumps(tags if found else errors, ensure_ascii=False)
        kind = {"Content_Type": "application/json"}
        request.reply(200 if found else 403, body.encode(), **kind)

    with server(answer) as address:
        yield f"oci://{address}/a"


@pytest.mark.parametrize("words", [["tags"], ["tags", "--json"], ["pull"]], ids=" ".join)
def test_a_servers_words_are_printed_and_not_obeyed(words, evil_registry):
    tag = ":1" if words == ["pull"] else ""
    done = run(*words, evil_registry + tag, "--plain-http")
    assert_harmless(done.out)
    assert_harmless(done.err)
