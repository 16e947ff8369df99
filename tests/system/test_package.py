"""The commands below `package`, on the packages that `update` really built."""

import json
import tarfile
from pathlib import Path

import jsonschema
import pytest

from harness import second_reader
from harness.driverctl import run
from harness.drivers import DRIVER, FLAVOURS
from harness.packages import flipped_member
from harness.paths import ROOT


def test_list_shows_every_package_of_the_store(built, kernels):
    done = run("package", "list", "--json", store=built.store)
    listed = json.loads(done.out)["packages"]
    assert {(entry["kernel"], entry["flavour"], entry["driver"]) for entry in listed} == {
        (kernel, flavour, DRIVER) for kernel in kernels.values() for flavour in FLAVOURS
    }
    table = run("package", "list", store=built.store).out.splitlines()
    assert table[0].startswith("DRIVER") and len(table) == 5
    for command in ("list", "verify", "prune"):
        missing = run("package", command, store="/does/not/exist")
        assert missing.rc == 2 and missing.out == "" and "/does/not/exist" in missing.err


def test_inspect_tells_the_manifest(small):
    done = json.loads(run("package", "inspect", "--json", small).out)
    assert done["size"] == small.stat().st_size
    assert [module["name"] for module in done["manifest"]["modules"]][0] == "nvidia"
    text = run("package", "inspect", small).out
    assert f"driver        {DRIVER}\n" in text and "compiler      gcc" in text


def test_verify_restores_everything(built, sources):
    done = run("package", "verify", "--json", store=built.store, source_dir=sources)
    assert done.rc == 0, done.out
    report = json.loads(done.out)
    assert report["good"] is True and len(report["packages"]) == 4
    modules = [module for entry in report["packages"] for module in entry["modules"]]
    assert {module["state"] for module in modules} == {"good"}


def test_verify_says_what_it_could_not_check(small, tmp_path):
    done = run("package", "verify", "--json", small, source_dir=tmp_path)
    assert done.rc == 8 and json.loads(done.out)["good"] is False
    assert "were not compared with their SHA-256" in done.err
    modules = json.loads(done.out)["packages"][0]["modules"]
    states = {module["name"]: module["state"] for module in modules}
    assert states["nvidia"] == "unchecked" and states["nvidia-uvm"] == "good"


def test_damage_is_found_and_not_imported(small, sources, tmp_path):
    damaged = tmp_path / small.name
    damaged.write_bytes(flipped_member(small, "nvidia-uvm.ko.zst"))
    done = run("package", "verify", damaged, source_dir=sources)
    assert done.rc == 8 and "damaged    nvidia-uvm: " in done.out
    done = run("package", "import", damaged, store=tmp_path / "store", source_dir=sources)
    assert done.rc == 8 and not (tmp_path / "store").exists()


def rebuilt(package: Path, output: Path, without: str = "", extra: str = "") -> Path:
    with tarfile.open(package) as old, tarfile.open(output, "w") as new:
        for member in old.getmembers():
            if member.name != without:
                new.addfile(member, old.extractfile(member))
        if extra:
            new.addfile(tarfile.TarInfo(extra))
    return output


def test_member_too_many_or_too_few(small, sources, tmp_path):
    less = rebuilt(small, tmp_path / "less.tar", without="nvidia-drm.ko.zst")
    done = run("package", "verify", less, source_dir=sources)
    assert done.rc == 8 and "lacks the member nvidia-drm.ko.zst" in done.out
    more = rebuilt(small, tmp_path / "more.tar", extra="extra")
    done = run("package", "verify", more, source_dir=sources)
    assert done.rc == 8 and "has no use for the member extra" in done.out


def test_diff_names_what_differs(built, small):
    assert run("package", "diff", small, small).rc == 0
    done = run("package", "diff", "--json", small, built.package("6.1", "proprietary"))
    assert done.rc == 9
    differences = json.loads(done.out)["differences"]
    fields = {found["field"]: (found["left"], found["right"]) for found in differences}
    assert fields["/flavour"] == ("open", "proprietary")
    assert "/modules/0/sha256" in fields and "/kernel" not in fields


def test_export_then_import_gives_the_same_bytes(built, small, sources, tmp_path):
    name = small.relative_to(built.store)
    done = run("package", "export", small, output=tmp_path / "out", store=built.store)
    exported = tmp_path / "out" / name
    assert done.rc == 0 and done.out == f"{exported}\n", done.err
    options = {"store": tmp_path / "store", "source_dir": sources}
    done = run("package", "import", exported, "--json", **options)
    assert done.rc == 0, done.err
    (entry,) = json.loads(done.out)["packages"]
    assert entry["file"] == str(tmp_path / "store" / name)
    assert (tmp_path / "store" / name).read_bytes() == small.read_bytes()
    assert run("package", "export", small, store=built.store).rc == 2


def test_prune_keeps_the_newest_of_each_kind(built, tmp_path):
    store = tmp_path / "store"
    assert run("package", "export", output=store, store=built.store).rc == 0
    options = {"store": store, "keep": 1, "run_dir": tmp_path}
    dry = json.loads(run("package", "prune", "--dry-run", "--json", **options).out)
    assert len(dry["removed"]) == 2 and len(list(store.rglob("*.tar"))) == 4
    done = run("package", "prune", **options)
    assert done.rc == 0 and done.out.count("removed ") == 2
    left = json.loads(run("package", "list", "--json", store=store).out)["packages"]
    assert sorted(entry["flavour"] for entry in left) == ["open", "proprietary"]


@pytest.fixture(scope="module")
def manifests(built) -> list[dict]:
    return [second_reader.manifest_of(file) for file in built.packages()]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs/schemas/manifest.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_manifests_fit_the_schema(manifests, validator):
    assert len(manifests) == 4
    for manifest in manifests:
        validator.validate(manifest)
        assert len(manifest["attachments"]) == 2


BROKEN = {  # the way to a field, and what it must not be
    ("format",): 2,
    ("driver",): "..",
    ("flavour",): "closed",
    ("built_by",): "\x1b[2J",
    ("inputs", "driver-source"): "abc",
    ("modules",): [],
    ("modules", 0, "core", "object"): "../x",
    ("modules", 0, "encoding"): "zstd",
    ("modules", 1, "encoding"): "zstd-delta",
    ("modules", 1, "size"): 1 << 40,
    ("attachments", 0, "sha256"): "abc",
}


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: "/".join(map(str, path)))
def test_schema_refuses(path, manifests, validator):
    manifest = json.loads(json.dumps(manifests[0]))
    *way, last = path
    inner = manifest
    for key in way:
        inner = inner[key]
    inner[last] = BROKEN[path]
    assert not validator.is_valid(manifest)


def test_second_reader_restores_every_module(built, sources, tmp_path):
    """And no module holds a path of this machine."""
    for file in built.packages():
        restored = dict(second_reader.modules(file, sources, tmp_path))
        assert set(restored) >= {"nvidia", "nvidia-uvm", "nvidia-modeset", "nvidia-drm"}
        for name, content in restored.items():
            assert content.startswith(b"\x7fELF")
            for path in (ROOT, built.work, sources):
                assert str(path).encode() not in content, (file.name, name)


def test_provenance_and_sbom_tell_of_these_modules(small):
    def shown(what: str) -> dict:
        return json.loads(run("package", "inspect", small, show=what).out)

    manifest, statement, sbom = shown("manifest"), shown("provenance"), shown("sbom")
    digests = {f"{module['name']}.ko": module["sha256"] for module in manifest["modules"]}
    subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    assert subjects == digests
    byproducts = statement["predicate"]["runDetails"]["byproducts"]
    objects = {entry["name"] for entry in byproducts if entry["digest"]["sha256"]}
    assert len(objects) > 100 and {"nvidia/nv.o", "nvidia-uvm/uvm.o"} < objects
    core = manifest["modules"][0]["core"]["sha256"]
    assert core == manifest["inputs"]["driver-core/nvidia/nv-kernel.o_binary"]
    assert sbom["spdxVersion"] == "SPDX-2.3"
    assert sbom["creationInfo"]["created"] == "2023-11-14T22:13:20Z"
    files = {file["fileName"]: file["checksums"][1]["checksumValue"] for file in sbom["files"]}
    assert files == {f"./{name}": digest for name, digest in digests.items()}
