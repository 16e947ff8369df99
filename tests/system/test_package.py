"""The commands below `package`, on the packages that `update` really built."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import jsonschema
import pytest
from harness import second_reader
from conftest import BINARY, DRIVER, FLAVOURS, RELEASES, ROOT, Finished, clean_environment, sh


def package(command: str, *argv, environment={}, **options) -> Finished:
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    done = subprocess.run(
        [BINARY, "package", command, *words, *map(str, argv)],
        text=True,
        capture_output=True,
        env=clean_environment() | environment,
        timeout=300,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def small(built, kernels):
    """The open package for kernel 6.1: the smallest."""
    return (
        built.store
        / f"flatcar-{RELEASES['6.1']}-x86_64"
        / f"nvidia-modules-{DRIVER}-open-{kernels['6.1']}.tar"
    )


def test_list_shows_every_package_of_the_store(built, kernels):
    listed = json.loads(package("list", "--json", store=built.store).out)["packages"]
    assert {(entry["kernel"], entry["flavour"], entry["driver"]) for entry in listed} == {
        (kernel, flavour, DRIVER) for kernel in kernels.values() for flavour in FLAVOURS
    }
    table = package("list", store=built.store).out.splitlines()
    assert table[0].startswith("DRIVER") and len(table) == 5
    for command in ("list", "verify", "prune"):
        missing = package(command, store="/does/not/exist")
        assert missing.rc == 2 and missing.out == "" and "/does/not/exist" in missing.err


def test_inspect_tells_the_manifest(small):
    done = json.loads(package("inspect", "--json", small).out)
    assert done["size"] == small.stat().st_size
    assert [module["name"] for module in done["manifest"]["modules"]][0] == "nvidia"
    text = package("inspect", small).out
    assert f"driver        {DRIVER}\n" in text and "compiler      gcc" in text


def test_verify_restores_everything(built, sources):
    done = package("verify", "--json", store=built.store, source_dir=sources)
    assert done.rc == 0, done.out
    report = json.loads(done.out)
    assert report["good"] is True and len(report["packages"]) == 4
    assert {module["state"] for entry in report["packages"] for module in entry["modules"]} == {
        "good"
    }


def test_verify_says_what_it_could_not_check(small, tmp_path):
    done = package("verify", "--json", small, source_dir=tmp_path)
    assert done.rc == 8 and json.loads(done.out)["good"] is False
    assert "were not compared with their SHA-256" in done.err
    states = {
        module["name"]: module["state"] for module in json.loads(done.out)["packages"][0]["modules"]
    }
    assert states["nvidia"] == "unchecked" and states["nvidia-uvm"] == "good"


def test_damage_is_found_and_not_imported(small, sources, tmp_path):
    with tarfile.open(small) as archive:
        member = archive.getmember("nvidia-uvm.ko.zst")
    data = bytearray(small.read_bytes())
    data[member.offset_data + member.size // 2] ^= 1
    damaged = tmp_path / small.name
    damaged.write_bytes(data)
    done = package("verify", damaged, source_dir=sources)
    assert done.rc == 8 and "damaged    nvidia-uvm: " in done.out
    done = package("import", damaged, store=tmp_path / "store", source_dir=sources)
    assert done.rc == 8 and not (tmp_path / "store").exists()


def test_member_too_many_or_too_few(small, sources, tmp_path):
    def rebuilt(name: str, keep) -> str:
        with tarfile.open(small) as old, tarfile.open(tmp_path / name, "w") as new:
            for member in old.getmembers():
                if keep(member.name):
                    new.addfile(member, old.extractfile(member))
            if name == "more.tar":
                new.addfile(tarfile.TarInfo("extra"))
        return tmp_path / name

    done = package(
        "verify", rebuilt("less.tar", lambda name: name != "nvidia-drm.ko.zst"), source_dir=sources
    )
    assert done.rc == 8 and "lacks the member nvidia-drm.ko.zst" in done.out
    done = package("verify", rebuilt("more.tar", lambda name: True), source_dir=sources)
    assert done.rc == 8 and "has no use for the member extra" in done.out


def test_diff_names_what_differs(built, small, kernels):
    assert package("diff", small, small).rc == 0
    other = small.with_name(small.name.replace("-open-", "-proprietary-"))
    done = package("diff", "--json", small, other)
    assert done.rc == 9
    fields = {
        difference["field"]: (difference["left"], difference["right"])
        for difference in json.loads(done.out)["differences"]
    }
    assert fields["/flavour"] == ("open", "proprietary")
    assert "/modules/0/sha256" in fields and "/kernel" not in fields


def test_export_then_import_gives_the_same_bytes(built, small, sources, tmp_path):
    done = package("export", small, output=tmp_path / "out", store=built.store)
    exported = tmp_path / "out" / small.parent.name / small.name
    assert done.rc == 0 and done.out == f"{exported}\n", done.err
    done = package("import", exported, "--json", store=tmp_path / "store", source_dir=sources)
    assert done.rc == 0, done.err
    assert [entry["file"] for entry in json.loads(done.out)["packages"]] == [
        str(tmp_path / "store" / small.parent.name / small.name)
    ]
    assert (tmp_path / "store" / small.parent.name / small.name).read_bytes() == small.read_bytes()
    assert package("export", small, store=built.store).rc == 2


def test_prune_keeps_the_newest_of_each_kind(built, tmp_path):
    store = tmp_path / "store"
    assert package("export", output=store, store=built.store).rc == 0
    dry = json.loads(
        package("prune", "--dry-run", "--json", store=store, keep=1, run_dir=tmp_path).out
    )
    assert len(dry["removed"]) == 2 and len(list(store.rglob("*.tar"))) == 4
    done = package("prune", store=store, keep=1, run_dir=tmp_path)
    assert done.rc == 0 and done.out.count("removed ") == 2
    left = json.loads(package("list", "--json", store=store).out)["packages"]
    assert sorted(entry["flavour"] for entry in left) == ["open", "proprietary"]


def test_manifests_fit_the_schema(built):
    schema = json.loads((ROOT / "docs/manifest.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    manifests = [second_reader.manifest_of(file) for file in built.packages()]
    assert len(manifests) == 4
    for manifest in manifests:
        validator.validate(manifest)
        assert len(manifest["attachments"]) == 2
    broken = {
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
    for path, value in broken.items():
        manifest = json.loads(json.dumps(manifests[0]))
        *way, last = path
        inner = manifest
        for key in way:
            inner = inner[key]
        inner[last] = value
        assert not validator.is_valid(manifest), path


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
    manifest = json.loads(package("inspect", small, show="manifest").out)
    digests = {f"{module['name']}.ko": module["sha256"] for module in manifest["modules"]}
    statement = json.loads(package("inspect", small, show="provenance").out)
    assert {
        subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]
    } == digests
    objects = {
        entry["name"]: entry["digest"]["sha256"]
        for entry in statement["predicate"]["runDetails"]["byproducts"]
    }
    assert len(objects) > 100 and {"nvidia/nv.o", "nvidia-uvm/uvm.o"} < objects.keys()
    assert (
        manifest["modules"][0]["core"]["sha256"]
        == manifest["inputs"]["driver-core/nvidia/nv-kernel.o_binary"]
    )
    sbom = json.loads(package("inspect", small, show="sbom").out)
    assert (
        sbom["spdxVersion"] == "SPDX-2.3"
        and sbom["creationInfo"]["created"] == "2023-11-14T22:13:20Z"
    )
    assert {file["fileName"]: file["checksums"][1]["checksumValue"] for file in sbom["files"]} == {
        f"./{name}": digest for name, digest in digests.items()
    }


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    """Key pairs NAME and NAME.pub, and a SoftHSM token with another: hsm.pub."""
    directory = tmp_path_factory.mktemp("keys")
    for name, kind in (
        ("old", ["ED25519"]),
        ("new", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
        ("wrong", ["ED25519"]),
        ("hsm", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
    ):
        sh(
            "openssl",
            "genpkey",
            "-algorithm",
            *kind,
            "-out",
            directory / name,
            stderr=subprocess.DEVNULL,
        )
        sh("openssl", "pkey", "-in", directory / name, "-pubout", "-out", directory / f"{name}.pub")
    return directory


@pytest.fixture(scope="module")
def token(keys) -> dict[str, str]:
    """The environment in which there is a token "build" with the key "key" and PIN 1234; its PEM
    file is gone."""
    (keys / "tokens").mkdir()
    (keys / "softhsm2.conf").write_text(
        f"directories.tokendir = {keys}/tokens\nobjectstore.backend = file\n"
    )
    (keys / "pin").write_text("1234")
    environment = {"SOFTHSM2_CONF": str(keys / "softhsm2.conf")}
    sh(
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        "build",
        "--pin",
        "1234",
        "--so-pin",
        "5678",
        env=os.environ | environment,
    )
    sh(
        "softhsm2-util",
        "--import",
        keys / "hsm",
        "--token",
        "build",
        "--label",
        "key",
        "--id",
        "01",
        "--pin",
        "1234",
        env=os.environ | environment,
    )
    (keys / "hsm").unlink()
    return environment


@pytest.fixture
def copy(small, tmp_path) -> Path:
    return Path(shutil.copy(small, tmp_path / small.name))


def refused(done: Finished, *words: str):
    assert done.rc == 8, done.out + done.err
    for word in words:
        assert word in done.out + done.err


def test_rotation_of_keys(copy, keys, sources, tmp_path):
    """Signed by the old key, then by both; who trusts either or both takes it, the second reader
    too; others do not."""
    store = tmp_path / "store"
    trust = {name: f"--trust={keys / name}.pub" for name in ("old", "new", "wrong")}

    def verify(*names: str) -> Finished:
        return package("verify", *(trust[name] for name in names), copy, source_dir=sources)

    refused(verify("old"), "is not signed")
    refused(package("import", trust["old"], copy, store=store, source_dir=sources), "is not signed")
    with pytest.raises(second_reader.Refused):
        second_reader.require_signed(copy, [keys / "old.pub"], tmp_path)
    assert package("sign", copy, package_key=keys / "old").rc == 0
    refused(verify("new"), "signed by no trusted key")
    assert verify("old").rc == 0
    assert verify("new", "old").rc == 0
    assert package("sign", copy, package_key=keys / "new").rc == 0
    for name in ("old", "new"):
        assert verify(name).rc == 0
        second_reader.require_signed(copy, [keys / "wrong.pub", keys / f"{name}.pub"], tmp_path)
    refused(verify("wrong"), "signed by no trusted key")
    refused(
        package("import", trust["wrong"], copy, store=store, source_dir=sources),
        "signed by no trusted key",
    )
    assert not store.exists()
    assert package("import", trust["new"], copy, store=store, source_dir=sources).rc == 0
    with pytest.raises(second_reader.Refused):
        second_reader.require_signed(copy, [keys / "wrong.pub"], tmp_path)


def test_damaged_signature(copy, keys, sources):
    assert package("sign", copy, package_key=keys / "old").rc == 0
    whole = copy.read_bytes()
    at = whole.index(b'"signature": "') + 20
    for new, word in (
        (b"A" if whole[at : at + 1] != b"A" else b"B", "signed by no trusted key"),
        (b"?", "signature.json is not valid"),
    ):
        copy.write_bytes(whole[:at] + new + whole[at + 1 :])
        refused(package("verify", copy, trust=f"{keys}/old.pub", source_dir=sources), word)


def test_key_in_a_token(copy, keys, token, sources, tmp_path):
    uri = "pkcs11:token=build;object=key;type=private"
    done = package("sign", copy, package_key=f"{uri}?pin-value=1234", environment=token)
    assert done.rc == 0, done.err
    second_reader.require_signed(copy, [keys / "hsm.pub"], tmp_path)
    once = copy.read_bytes()
    assert (
        package("sign", copy, package_key=f"{uri}?pin-source=file:{keys}/pin", environment=token).rc
        == 0
    )
    assert copy.read_bytes() == once
    assert package("verify", copy, trust=f"{keys}/hsm.pub", source_dir=sources).rc == 0
    done = package("sign", copy, package_key=f"{uri}?pin-value=9999", environment=token)
    assert (
        done.rc == 1
        and "cannot load the private key pkcs11:token=build" in done.err
        and "9999" not in done.err
    )
    done = package(
        "sign", copy, package_key="pkcs11:token=none;object=key?pin-value=1234", environment=token
    )
    assert done.rc == 1 and "cannot load the private key" in done.err
    assert copy.read_bytes() == once
