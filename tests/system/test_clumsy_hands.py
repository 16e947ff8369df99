"""What typing errors, closed descriptors, full disks, foreign text and secrets do to the release
build. No root, no releases."""

import io
import json
import os
import pty
import subprocess
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import BINARY, Finished, clean_environment


def run(*argv, env=None, **options) -> Finished:
    done = subprocess.run(
        [BINARY, *map(str, argv)],
        capture_output=True,
        timeout=60,
        env=clean_environment() | (env or {}),
        **options,
    )
    return Finished(
        done.returncode,
        done.stdout.decode(errors="surrogateescape"),
        done.stderr.decode(errors="surrogateescape"),
    )


def shell(script: str, *argv) -> Finished:
    """With redirections; "$0" is driverctl."""
    done = subprocess.run(
        ["sh", "-c", script, BINARY, *map(str, argv)],
        text=True,
        capture_output=True,
        timeout=60,
        env=clean_environment(),
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def store(tmp_path):
    directory = tmp_path / "store"
    directory.mkdir()
    return directory


PRINTING = [
    "--help",
    "update --help",
    "--version",
    "--print-config",
    "package list --store=$1",
    "package list --json --store=$1",
    "package verify --json --store=$1",
]


@pytest.mark.parametrize("command", PRINTING)
def test_output_that_does_not_arrive_is_a_failure(command, store):
    assert shell(f'"$0" {command}', store).rc == 0
    for where in (">/dev/full", ">&-"):
        done = shell(f'"$0" {command} {where}', store)
        assert done.rc == 1 and "cannot write standard output" in done.err, (where, done)


def test_closed_descriptors_are_no_files_of_ours(store):
    """What is opened first must not become stderr: nothing is written into it."""
    index = shell('"$0" package index "$1" <&- 2>&-', store)
    assert index.rc == 0 and json.loads((store / "index.json").read_text())
    assert shell('"$0" nonsense >&- 2>&-').rc == 2


def test_wrong_usage_names_the_nearest_word_and_the_commands_own_help():
    for argv, words, help_of in (
        (["updaet"], "unknown command 'updaet' (did you mean 'update'?)", "driverctl"),
        (
            ["package", "verfiy"],
            "unknown command 'verfiy' (did you mean 'verify'?)",
            "driverctl package",
        ),
        (
            ["init", "--persistance=off"],
            "unknown option '--persistance' (did you mean '--persistence'?)",
            "driverctl init",
        ),
        (["init", "--persistence=of"], "persistence cannot be 'of' (did you mean 'off'?)", None),
    ):
        done = run(*argv)
        assert done.rc == 2 and words in done.err, done
        assert help_of is None or f"See '{help_of} --help'." in done.err, done


def test_errors_of_usage_and_configuration_are_json_where_json_is_wanted(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('log-format = "json"\nnonsense = 1\n')
    for argv, env in (
        (["--log-format", "json", "nonsense"], {}),
        (["update", "--nonsense", "--log-format=json"], {}),
        (["update", "--flavour=x"], {"DRIVERCTL_LOG_FORMAT": "json"}),
        (["status", "--config", bad], {}),
        (["status"], {"DRIVERCTL_CONFIG": str(bad)}),
        (["status", "--config", tmp_path / "missing", "--log-format", "json"], {}),
    ):
        done = run(*argv, env=env)
        assert done.rc == 2, done
        line = json.loads(done.err)
        assert (
            line["level"] == "error" and line["exit_code"] == 2 and line["cause"] and line["remedy"]
        )


def test_configuration_is_toml_and_round_trips(tmp_path, store):
    file = tmp_path / "f.toml"
    file.write_text('store="/a#b"\nmirror = [\'http://a\', "http://b"] # two\n')
    listing = run("--print-config", "--config", file)
    assert (
        listing.rc == 0
        and 'store = "/a#b"  # file ' in listing.out
        and 'mirror = ["http://a", "http://b"]' in listing.out
    )
    assert "dry-run" not in listing.out and "packages" not in {
        line.split(" ")[0] for line in listing.out.splitlines()
    }
    again = tmp_path / "again.toml"
    again.write_text(listing.out)
    values = lambda text: [line.split("  # ")[0] for line in text.splitlines()]  # noqa: E731
    assert values(run("--print-config", "--config", again).out) == values(listing.out)
    for text, place in (
        ("store = { a = 1 }", "1:9"),
        ("\nforce", "2:"),
        ("dry-run = true", "1:1"),
        ("\n  stroe = 'x'", "2:3"),
        ("trust = []", "1:9"),
    ):
        file.write_text(text)
        done = run("--print-config", "--config", file)
        assert done.rc == 2 and f"{file}:{place}" in done.err, done


def test_what_guards_cannot_be_switched_off_by_an_empty_value(store):
    for variable in (
        "DRIVERCTL_TRUST",
        "DRIVERCTL_KEYRING",
        "DRIVERCTL_SIGNING_KEY",
        "DRIVERCTL_SIGN",
        "DRIVERCTL_PACKAGE_KEY",
    ):
        for value in ("", ",") if variable == "DRIVERCTL_TRUST" else ("",):
            done = run("package", "verify", "--store", store, env={variable: value})
            assert done.rc == 2 and variable in done.err, done
    assert run("package", "verify", "--store", store, "--trust", "").rc == 2


def test_variables_that_nobody_knows_warn(store):
    done = run(
        "package",
        "list",
        "--store",
        store,
        env={"DRIVERCTL_STROE": "/x", "DRIVERCTL_SERVICE_HOST": "10.0.0.1"},
    )
    assert (
        done.rc == 0
        and done.err
        == "warning: the environment's DRIVERCTL_STROE is no setting (did you mean 'DRIVERCTL_STORE'?).\n"
    )


def test_a_missing_file_is_wrong_usage_everywhere(tmp_path):
    missing = tmp_path / "missing"
    for argv in (
        ["package", "inspect", missing],
        ["package", "verify", missing],
        ["package", "diff", missing, missing],
        ["package", "sign", "--package-key", missing, "/dev/null"],
        ["package", "import", missing],
        ["package", "export", "--output", tmp_path / "out", missing],
        ["package", "index", missing],
        ["image", "add-packages", missing, "/dev/null"],
        ["push", "oci://127.0.0.1:1/a", missing],
        ["pull", "--trust", missing, "oci://127.0.0.1:1/a"],
        ["update", "--sign", missing, "--driver", "1.2"],
        ["status", "--config", missing],
    ):
        done = run(*argv)
        assert done.rc == 2 and str(missing) in done.err, (argv, done)


SECRET = "hunter2"


@pytest.mark.parametrize("form", [[], ["--log-format", "json"]])
def test_secrets_are_in_no_message(form, tmp_path):
    for argv in (
        [
            "--print-config",
            "update",
            f"--mirror=https://me:{SECRET}@127.0.0.1:1",
            f"--sign=PKCS11:object=k?PIN-VALUE={SECRET}",
        ],
        ["update", f"--mirrorr=https://me:{SECRET}@h"],
        ["update", f"https://me:{SECRET}@h"],
        ["package", "sign", f"--package-key=PKCS11:object=k?PIN-VALUE={SECRET}", "/dev/null"],
        [
            "package",
            "sign",
            "--package-key=pkcs11:object=k?pin-value=" + SECRET + "7" * 40000,
            "/dev/null",
        ],
        ["tags", "--plain-http", f"oci://me:{SECRET}@127.0.0.1:1/a"],
        [
            "pull",
            f"http://me:{SECRET}@127.0.0.1:1/",
            "--driver",
            "1.2",
            "--kernel",
            "6.1",
            "--release",
            "1.2.3",
            "--flavour",
            "open",
        ],
        [
            "pull",
            f"htp://me:{SECRET}@127.0.0.1:1/",
            "--driver",
            "1.2",
            "--kernel",
            "6.1",
            "--release",
            "1.2.3",
            "--flavour",
            "open",
        ],
    ):
        done = run(*argv, *form, f"--store={tmp_path}") if argv[0] == "pull" else run(*argv, *form)
        assert SECRET not in done.out + done.err, (argv, done)


def hostile_package(file, **changes):
    """A tar whose first member is a manifest with what a terminal obeys, in every text."""
    evil = "x\x1b[2J\x9b31m\u202e\nerror: forged\r"
    manifest = {"format": 1, "os": evil, "release": evil, evil: evil} | changes
    with tarfile.open(file, "w") as archive:
        for name, content in (
            ("manifest.json", json.dumps(manifest, ensure_ascii=False).encode()),
            (evil, b""),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def assert_harmless(text: str):
    assert not any(
        ord(character) < 32
        and character != "\n"
        or 127 <= ord(character) < 160
        or character == "\u202e"
        for character in text
    ), text
    assert not any(line.startswith("error: forged") for line in text.splitlines()), text


def test_foreign_text_steers_no_terminal_and_forges_no_line(tmp_path):
    file = tmp_path / "evil\x1b[2J\nerror: forged.tar"
    for changes in ({}, {"format": 99}, {"format": "\x1b[31m\nerror: forged"}):
        hostile_package(file, **changes)
        for argv in (
            ["package", "inspect", file],
            ["package", "verify", file],
            ["package", "verify", "--json", file],
            ["package", "index", tmp_path],
            ["package", "list", "--store", tmp_path],
        ):
            for form in ([], ["--log-format", "json"]):
                done = run(*argv, *form)
                assert_harmless(done.out)
                assert_harmless(done.err)


@pytest.fixture
def evil_registry():
    """Every answer, good or bad, has in it what a terminal obeys."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = self.path.endswith("/tags/list")
            body = (
                {"name": "a", "tags": ["good", "x\x1b[2J\nerror: forged\u009b"]}
                if found
                else {"errors": [{"code": "X", "message": "\x1b[31m\nerror: forged\u202e"}]}
            )
            self.send_response(200 if found else 403)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body, ensure_ascii=False).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"oci://127.0.0.1:{server.server_port}/a"
    server.shutdown()


def test_a_servers_words_are_printed_and_not_obeyed(evil_registry):
    for argv in (
        ["tags", evil_registry],
        ["tags", "--json", evil_registry],
        ["pull", evil_registry + ":1"],
    ):
        done = run(*argv, "--plain-http")
        assert_harmless(done.out)
        assert_harmless(done.err)


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_terminals_get_what_they_can_show(env, coloured):
    master, slave = pty.openpty()
    done = subprocess.run(
        [BINARY, "nonsense"], stderr=slave, timeout=60, env=clean_environment() | env
    )
    os.close(slave)
    text = os.read(master, 10000).decode()
    os.close(master)
    assert (
        done.returncode == 2 and "unknown command" in text and ("\x1b[" in text) == coloured
    ), text
