"""Typing errors, settings and their files: what wrong usage says, and that it does nothing. No
root, no releases."""

import json

import pytest

from harness.driverctl import command, finish, run


@pytest.fixture
def store(tmp_path):
    directory = tmp_path / "store"
    directory.mkdir()
    return directory


NEAREST = {  # what is typed, what is said, and whose help is named
    "command": ("updaet", "unknown command 'updaet' (did you mean 'update'?)", "driverctl"),
    "command of package": (
        "package verfiy",
        "unknown command 'verfiy' (did you mean 'verify'?)",
        "driverctl package",
    ),
    "option": (
        "init --persistance=off",
        "unknown option '--persistance' (did you mean '--persistence'?)",
        "driverctl init",
    ),
    "value": ("init --persistence=of", "persistence cannot be 'of' (did you mean 'off'?)", ""),
}


@pytest.mark.parametrize(("typed", "said", "help_of"), NEAREST.values(), ids=NEAREST.keys())
def test_wrong_usage_names_the_nearest_word_and_the_commands_own_help(typed, said, help_of):
    done = run(*typed.split())
    assert done.rc == 2 and said in done.err, done
    assert not help_of or f"See '{help_of} --help'." in done.err, done


def test_errors_of_usage_and_configuration_are_json_where_json_is_wanted(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('log-format = "json"\nnonsense = 1\n')
    missing = tmp_path / "missing"
    cases: list[tuple[list[str], dict[str, str]]] = [
        (command("--log-format", "json", "nonsense"), {}),
        (command("update", "--nonsense", "--log-format=json"), {}),
        (command("update", "--flavour=x"), {"DRIVERCTL_LOG_FORMAT": "json"}),
        (command("status", config=bad), {}),
        (command("status"), {"DRIVERCTL_CONFIG": str(bad)}),
        (command("status", "--log-format=json", config=missing), {}),
    ]
    for argv, environment in cases:
        done = finish(argv, environment)
        assert done.rc == 2, done
        line = json.loads(done.err)
        assert line["level"] == "error" and line["exit_code"] == 2
        assert line["cause"] and line["remedy"]


def test_configuration_is_toml_and_round_trips(tmp_path):
    def values(text: str) -> list[str]:
        """Without what each line says of its origin."""
        return [line.split("  # ")[0] for line in text.splitlines()]

    file = tmp_path / "f.toml"
    file.write_text('store="/a#b"\nmirror = [\'http://a\', "http://b"] # two\n')
    listing = run("--print-config", "--config", file)
    assert listing.rc == 0 and 'store = "/a#b"  # file ' in listing.out
    assert 'mirror = ["http://a", "http://b"]' in listing.out
    names = {line.split(" ")[0] for line in listing.out.splitlines()}
    assert "dry-run" not in listing.out and "packages" not in names
    again = tmp_path / "again.toml"
    again.write_text(listing.out)
    assert values(run("--print-config", "--config", again).out) == values(listing.out)


REFUSED_FILES = {  # what a file holds, and where it is refused
    "store = { a = 1 }": "1:9",
    "\nforce": "2:",
    "dry-run = true": "1:1",
    "\n  stroe = 'x'": "2:3",
    "trust = []": "1:9",
}


@pytest.mark.parametrize("text", REFUSED_FILES)
def test_what_no_file_may_say_is_refused_by_its_place(text, tmp_path):
    file = tmp_path / "f.toml"
    file.write_text(text)
    done = run("--print-config", "--config", file)
    assert done.rc == 2 and f"{file}:{REFUSED_FILES[text]}" in done.err, done


GUARDS = ("TRUST", "KEYRING", "SIGNING_KEY", "SIGN", "PACKAGE_KEY")


@pytest.mark.parametrize("name, value", [*((name, "") for name in GUARDS), ("TRUST", ",")])
def test_what_guards_cannot_be_switched_off_by_an_empty_value(name, value, store):
    variable = f"DRIVERCTL_{name}"
    done = finish(command("package", "verify", store=store), {variable: value})
    assert done.rc == 2 and variable in done.err, done


def test_an_empty_option_switches_no_check_off(store):
    assert run("package", "verify", store=store, trust="").rc == 2


def test_variables_that_nobody_knows_warn(store):
    environment = {"DRIVERCTL_STROE": "/x", "DRIVERCTL_SERVICE_HOST": "10.0.0.1"}
    done = finish(command("package", "list", store=store), environment)
    said = "the environment's DRIVERCTL_STROE is no setting (did you mean 'DRIVERCTL_STORE'?)."
    assert done.rc == 0 and done.err == f"warning: {said}\n"


def test_variables_of_other_programs_are_judged_where_they_are_read(store):
    environment = {"RUNTIME": "python3.12", "ROOT": ""}
    assert finish(command("package", "list", store=store), environment).rc == 0
    done = finish(command("runtime", "configure", "--dry-run"), environment)
    assert done.rc == 2 and "environment RUNTIME: runtime cannot be 'python3.12'" in done.err, done


MISSING = [
    "package inspect MISSING",
    "package verify MISSING",
    "package diff MISSING MISSING",
    "package sign --package-key MISSING /dev/null",
    "package import MISSING",
    "package export --output OUT MISSING",
    "package index MISSING",
    "image add-packages MISSING /dev/null",
    "push oci://127.0.0.1:1/a MISSING",
    "pull --trust MISSING oci://127.0.0.1:1/a",
    "update --sign MISSING --driver 1.2",
    "status --config MISSING",
]


@pytest.mark.parametrize("typed", MISSING)
def test_a_missing_file_is_wrong_usage_everywhere(typed, tmp_path):
    missing = str(tmp_path / "missing")
    places = {"MISSING": missing, "OUT": str(tmp_path / "out")}
    done = run(*(places.get(word, word) for word in typed.split()))
    assert done.rc == 2 and missing in done.err, done
