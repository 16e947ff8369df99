"""The commands below `package`, on the packages that `update` really built."""

import json
import subprocess
import tarfile

import pytest
from conftest import DRIVER, FLAVOURS, RELEASES, ROOT, Finished, clean_environment

BINARY = ROOT / "build/release/bin/driverctl"


def package(command: str, *argv, **options) -> Finished:
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    done = subprocess.run([BINARY, "package", command, *words, *map(str, argv)], text=True, capture_output=True, env=clean_environment(), timeout=300)
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def small(built, kernels):
    """The open package for kernel 6.1: the smallest."""
    return built.store / f"flatcar-{RELEASES['6.1']}-x86_64" / f"nvidia-modules-{DRIVER}-open-{kernels['6.1']}.tar"


def test_list_shows_every_package_of_the_store(built, kernels):
    listed = json.loads(package("list", "--json", store=built.store).out)["packages"]
    assert {(entry["kernel"], entry["flavour"], entry["driver"]) for entry in listed} == {
        (kernel, flavour, DRIVER) for kernel in kernels.values() for flavour in FLAVOURS
    }
    table = package("list", store=built.store).out.splitlines()
    assert table[0].startswith("DRIVER") and len(table) == 5
    assert package("list", store="/does/not/exist").out.splitlines() == table[:1]


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
    assert {module["state"] for entry in report["packages"] for module in entry["modules"]} == {"good"}


def test_verify_says_what_it_could_not_check(small, tmp_path):
    done = package("verify", "--json", small, source_dir=tmp_path)
    assert done.rc == 0
    states = {module["name"]: module["state"] for module in json.loads(done.out)["packages"][0]["modules"]}
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

    done = package("verify", rebuilt("less.tar", lambda name: name != "nvidia-drm.ko.zst"), source_dir=sources)
    assert done.rc == 8 and "lacks the member nvidia-drm.ko.zst" in done.out
    done = package("verify", rebuilt("more.tar", lambda name: True), source_dir=sources)
    assert done.rc == 8 and "has no use for the member extra" in done.out


def test_diff_names_what_differs(built, small, kernels):
    assert package("diff", small, small).rc == 0
    other = small.with_name(small.name.replace("-open-", "-proprietary-"))
    done = package("diff", "--json", small, other)
    assert done.rc == 1
    fields = {difference["field"]: (difference["left"], difference["right"]) for difference in json.loads(done.out)["differences"]}
    assert fields["/flavour"] == ("open", "proprietary")
    assert "/modules/0/sha256" in fields and "/kernel" not in fields


def test_export_then_import_gives_the_same_bytes(built, small, sources, tmp_path):
    done = package("export", small, output=tmp_path / "out", store=built.store)
    assert done.rc == 0, done.err
    exported = tmp_path / "out" / small.parent.name / small.name
    done = package("import", exported, store=tmp_path / "store", source_dir=sources)
    assert done.rc == 0, done.err
    assert (tmp_path / "store" / small.parent.name / small.name).read_bytes() == small.read_bytes()
    assert package("export", small, store=built.store).rc == 2


def test_prune_keeps_the_newest_of_each_kind(built, tmp_path):
    store = tmp_path / "store"
    assert package("export", output=store, store=built.store).rc == 0
    dry = json.loads(package("prune", "--dry-run", "--json", store=store, keep=1, run_dir=tmp_path).out)
    assert len(dry["removed"]) == 2 and len(list(store.rglob("*.tar"))) == 4
    done = package("prune", store=store, keep=1, run_dir=tmp_path)
    assert done.rc == 0 and done.out.count("removed ") == 2
    left = json.loads(package("list", "--json", store=store).out)["packages"]
    assert sorted(entry["flavour"] for entry in left) == ["open", "proprietary"]
