"""docs/schemas says what each `--json` prints: checked with the unit tests' golden files, and with
what the program prints here."""

import json
from pathlib import Path

import jsonschema
import pytest

from harness.driverctl import run
from harness.paths import ROOT

SCHEMAS = {
    file.name.removesuffix(".schema.json"): json.loads(file.read_text())
    for file in (ROOT / "docs/schemas").glob("*.schema.json")
}
GOLDEN = sorted((ROOT / "tests/unit").glob("**/golden/*.json"))


def schema_of(golden: Path) -> str:
    """The longest name of a schema that the file's name begins with."""
    fitting = [name for name in SCHEMAS if golden.stem.startswith(name + "-")]
    assert fitting, f"no schema in docs/schemas is called as {golden.name} begins"
    return max(fitting, key=len)


def check(name: str, document: object) -> None:
    store = {f"{other}.schema.json": schema for other, schema in SCHEMAS.items()}
    resolver = jsonschema.RefResolver("", SCHEMAS[name], store=store)
    jsonschema.Draft202012Validator(SCHEMAS[name], resolver=resolver).validate(document)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda file: file.stem)
def test_golden_files_fit(golden):
    check(schema_of(golden), json.loads(golden.read_text()))


def test_every_schema_has_a_golden_file():
    assert {schema_of(golden) for golden in GOLDEN} == set(SCHEMAS) - {"manifest", "known-breaks"}


def test_table_of_known_breaks_fits():
    table = ROOT / "precompile/compatibility/known_breaks.json"
    check("known-breaks", json.loads(table.read_text()))


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda file: file.stem)
def test_unknown_and_missing_fields_are_refused(golden):
    document = json.loads(golden.read_text())
    wrong = [document | {"more": 1}]
    wrong += [{key: value for key, value in document.items() if key != left} for left in document]
    for changed in wrong:
        if "steps" in document and "steps" not in changed and schema_of(golden) == "plan":
            continue  # the one that need not be there
        with pytest.raises(jsonschema.ValidationError):
            check(schema_of(golden), changed)


def test_what_is_printed_fits(built, small, sources, tmp_path):
    store = {"store": built.store}
    other = built.package("6.1", "proprietary")
    copies = {"output": tmp_path / "copies"}
    node = {"run_dir": tmp_path / "run"}
    cases: dict[tuple, tuple[str, dict]] = {
        ("package", "list"): ("packages", store),
        ("package", "inspect", small): ("package-inspect", {}),
        ("package", "verify", small): ("package-verify", {"source_dir": sources}),
        ("package", "diff", small, other): ("package-diff", {}),
        ("package", "export", small): ("packages", copies),
        ("package", "prune", "--dry-run"): ("package-prune", store | node | {"keep": 1}),
        ("image", "tag"): ("tags", {"source_dir": sources}),
        ("cdi", "list"): ("cdi-list", {}),
        ("cdi", "validate", "--for=podman-4.3"): ("cdi-validate", {}),
        ("status",): ("status", node),
        ("doctor",): ("doctor", node | store),
    }
    for words, (schema, options) in cases.items():
        done = run(*words, "--json", **options)
        assert done.out, f"{words}: {done.err}"
        check(schema, json.loads(done.out))
    check("matrix", json.loads(built.matrix("--plan", "--json", mirror="http://127.0.0.1:9").out))
