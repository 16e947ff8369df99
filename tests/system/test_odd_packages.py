"""Packages made by hand: what is accepted, what is only said to be, and what hides the rest of a
store."""

import json
import os
import tarfile
from pathlib import Path

import pytest

from harness.driverctl import run
from harness.drivers import store_folder
from harness.module_image import module_image
from harness.packages import DRIVER, FOLDER, KERNEL, NAME, RELEASE


def test_package_by_hand_is_good(make, hand_sources, tmp_path):
    good = make(tmp_path / "good.tar")
    done = run("package", "verify", good, source_dir=hand_sources)
    assert done.rc == 0, done.out + done.err
    false = make(tmp_path / "false.tar", false_digest=True)
    assert run("package", "verify", false, source_dir=hand_sources).rc == 8


UNFIT = {
    "driver": (module_image("nvidia-uvm", KERNEL, "470.1"), "it is of driver 470.1, not 999.1"),
    "kernel": (module_image("nvidia-uvm", "6.2.0", DRIVER), "the kernel is 6.1.0"),
    "name": (module_image("nvidia-drm", KERNEL, DRIVER), "its .modinfo names it 'nvidia_drm'"),
    "none": (b"no module", "is no kernel module, or a damaged one"),
    "interface": (
        module_image("nvidia-uvm", KERNEL, DRIVER, needs={"printk": 1, "rm_init": 0}),
        "it needs rm_init: neither the kernel nor a module before it exports it",
    ),
}


@pytest.mark.parametrize("what", UNFIT)
def test_module_is_what_it_says(what, make, hand_sources, tmp_path):
    """Whole and of the right digest, but no module that a node could load."""
    module, reason = UNFIT[what]
    file = make(tmp_path / "unfit.tar", replaced={"nvidia-uvm": module})
    done = run("package", "verify", file, source_dir=hand_sources)
    assert done.rc == 8 and "good       nvidia\n" in done.out, done.out + done.err
    assert "unfit      nvidia-uvm: " in done.out and reason in done.out
    store = tmp_path / "store"
    done = run("package", "import", file, source_dir=hand_sources, store=store)
    assert done.rc == 8 and reason in done.err and str(file) in done.err and not store.exists()


def test_nothing_is_good_that_was_not_compared(make, tmp_path):
    """Without the driver's sources nobody can say what a delta restores to."""
    none = tmp_path / "none"
    false = make(tmp_path / "false.tar", false_digest=True)
    for file in (make(tmp_path / "good.tar"), false):
        done = run("package", "verify", file, source_dir=none)
        assert done.rc == 8 and "unchecked" in done.out
        (line,) = [line for line in done.err.splitlines() if "not compared" in line]
        assert "1 of 2 modules of" in line
        done = run("package", "verify", "--json", file, source_dir=none)
        assert json.loads(done.out)["good"] is False
    done = run("package", "import", false, store=tmp_path / "store", source_dir=none)
    assert done.rc == 0 and done.err.count("not compared") == 1
    make(tmp_path / "repository/false.tar", false_digest=True)
    wanted = {"release": RELEASE, "kernel": KERNEL, "driver": DRIVER, "flavour": "open"}
    options = {"store": tmp_path / "pulled", "source_dir": none}
    done = run("pull", tmp_path / "repository", **wanted, **options)
    assert done.rc == 0 and done.err.count("not compared") == 1, done.err


def test_bytes_behind_the_end(make, hand_sources, tmp_path):
    good = make(tmp_path / "good.tar")
    store = tmp_path / "store"
    for more in (b"x", good.read_bytes(), bytes(100_000)):
        file = tmp_path / "more.tar"
        file.write_bytes(good.read_bytes() + more)
        for done in (
            run("package", "verify", file, source_dir=hand_sources),
            run("package", "import", file, source_dir=hand_sources, store=store),
        ):
            assert done.rc == 8 and "bytes behind the archive's end" in done.out + done.err
    assert not store.exists()


def last_member(package: Path) -> tarfile.TarInfo:
    with tarfile.open(package) as archive:
        return archive.getmembers()[-1]


def torn(package: Path) -> bytes:
    """It ends in the middle of its last module."""
    last = last_member(package)
    return package.read_bytes()[: last.offset_data + last.size // 2]


def doubled(package: Path) -> bytes:
    """Its last member is there twice."""
    data, last = package.read_bytes(), last_member(package)
    end = last.offset_data + -(-last.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
    return data[:end] + data[last.offset :]


@pytest.mark.parametrize(("spoil", "said"), [(torn, "Truncated"), (doubled, "is there twice")])
def test_what_is_not_whole_is_not_handed_on(spoil, said, make, tmp_path):
    """Its manifest is sound. A node that fetched it would refuse it, and ask nobody else."""
    store, out = tmp_path / "store", tmp_path / "out"
    file = make(store / "x.tar")
    file.write_bytes(spoil(file))
    good = make(store / "good.tar", tag="good")
    nobody = "oci://127.0.0.1:9/modules"
    for done in (
        run("package", "export", good, file, output=out),
        run("push", "--plain-http", nobody, good, file),
    ):
        assert done.rc == 8 and f"error: {file}" in done.err.replace("cannot read ", ""), done.err
        assert said in done.err and done.err.rstrip().endswith("Build or fetch the package again.")
    assert not out.exists(), "nothing, when one of those that were named cannot be had"
    done = run("package", "export", store=store, output=out)
    assert done.rc == 8 and said in done.err and len(list(out.rglob("*.tar"))) == 1
    done = run("package", "index", store)
    assert done.rc == 8 and said in done.err
    (entry,) = json.loads((store / "index.json").read_text())["packages"]
    assert entry["file"] == "good.tar"


def test_one_odd_entry_hides_no_other(make, hand_sources, tmp_path):
    store = tmp_path / "store"
    for number in range(4):
        release = f"1.2.{number}"
        file = store / store_folder(release) / NAME
        make(file, os={"id": "flatcar", "release": release}, built_at=number)
    odd = store / "odd"
    make(odd / "late.tar", built_at=10**17)
    make(odd / "early.tar", built_at=-1)
    make(odd / "signature.tar", signature=b"{", tag="s")
    os.rename(make(odd / "caf", tag="u"), os.fsencode(odd) + b"/caf\xe9.tar")
    (odd / "loop.tar").symlink_to("loop.tar")
    (odd / "dangling.tar").symlink_to("nowhere")
    (odd / "damaged.tar").write_bytes(b"nonsense")
    names = ("late.tar", "early.tar", "caf", "loop.tar", "dangling.tar", "damaged.tar")

    done = run("package", "list", "--json", store=store)
    assert done.rc == 0 and len(json.loads(done.out)["packages"]) == 5, done.err
    assert all(f"odd/{name}" in done.err for name in names)
    assert len(done.err.splitlines()) == len(names)
    assert run("package", "list", store=store).rc == 0
    done = run("package", "verify", "--json", store=store, source_dir=hand_sources)
    found = json.loads(done.out)["packages"]
    assert done.rc == 8 and len(found) == 4 + 1 + len(names)
    good = [entry for entry in found if entry["error"] == ""]
    states = [{module["state"] for module in entry["modules"]} for entry in good]
    assert states.count({"good"}) == 4
    assert run("package", "verify", store=store, source_dir=hand_sources).rc == 8
    done = run("package", "index", store, "--html")
    index = json.loads((store / "index.json").read_text())
    assert done.rc == 8 and len(index["packages"]) == 4
    done = run("package", "export", store=store, output=tmp_path / "out")
    assert done.rc == 8 and len(list((tmp_path / "out").rglob("*.tar"))) == 5
    done = run("package", "prune", store=store, keep=2)
    assert done.rc == 0 and len(done.out.splitlines()) == 3, done.out + done.err


def test_only_own_temporaries_are_removed(make, hand_sources, tmp_path):
    store = tmp_path / "store" / FOLDER
    store.mkdir(parents=True)
    mine = [f"{NAME}.backup", "notes.tar.gz", "x.tar.Ab12Cd", "x.tar.sha256", ".driverctl-notes"]
    for name in (*mine, ".driverctl-tmp-Ab12Cd"):
        (store / name).write_text("mine")
    good = make(tmp_path / "good.tar")
    options = {"store": store.parent, "source_dir": hand_sources}
    assert run("package", "import", good, **options).rc == 0
    assert run("package", "export", good, output=store.parent).rc == 0
    assert sorted(path.name for path in store.iterdir()) == sorted([*mine, ".lock", NAME])
