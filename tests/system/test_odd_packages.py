"""Packages made by hand: what is accepted, what is only said to be, and what hides the rest of a
store.

Needs the release build, zstd and openssl; no packages that compiled.
"""

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import tarfile
import time
from pathlib import Path

import pytest
from conftest import BINARY, Finished, clean_environment, serve

DRIVER = "999.1"
CORE = random.Random(1).randbytes(20_000)
MODULES = {"nvidia": b"head" + CORE + b"tail", "nvidia-uvm": random.Random(2).randbytes(600)}


def run(*argv, **options) -> Finished:
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    done = subprocess.run(
        [BINARY, *map(str, argv), *words],
        text=True,
        errors="replace",
        capture_output=True,
        env=clean_environment(),
        timeout=60,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def package(command: str, *argv, **options) -> Finished:
    return run("package", command, *argv, **options)


@pytest.fixture
def sources(tmp_path) -> Path:
    """/usr/src of an image: nvidia's core, and what else has to be there."""
    directory = tmp_path / "src"
    for flavour in ("kernel", "kernel-open"):
        for name, content in (
            ("Makefile", b""),
            ("Kbuild", b""),
            ("nvidia/nv-kernel.o_binary", CORE),
            ("nvidia-modeset/nv-modeset-kernel.o_binary", CORE),
        ):
            file = directory / f"nvidia-{DRIVER}" / flavour / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return directory


@pytest.fixture
def make(tmp_path):
    """make(FILE, name=value, ...): a package; what is named replaces what the manifest would
    say."""
    (tmp_path / "core").write_bytes(CORE)

    def compressed(name: str, content: bytes) -> bytes:
        (tmp_path / "module").write_bytes(content)
        against = [f"--patch-from={tmp_path / 'core'}"] if name == "nvidia" else []
        subprocess.run(
            [
                "zstd",
                "-q",
                "-f",
                "--check",
                *against,
                tmp_path / "module",
                "-o",
                tmp_path / "module.zst",
            ],
            check=True,
        )
        return (tmp_path / "module.zst").read_bytes()

    def entry(name: str, content: bytes) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        made = {
            "name": name,
            "member": f"{name}.ko.zst",
            "encoding": "zstd",
            "size": len(content),
            "sha256": digest,
            "vermagic": "6.1.0 SMP",
            "srcversion": "",
            "depends": [],
        }
        if name == "nvidia":
            made |= {
                "encoding": "zstd-delta",
                "core": {
                    "object": "nvidia/nv-kernel.o_binary",
                    "sha256": hashlib.sha256(CORE).hexdigest(),
                },
            }
        return made

    def write(file: Path, false_digest: bool = False, signature: bytes = b"", **changes) -> Path:
        manifest = {
            "format": 1,
            "os": {"id": "flatcar", "release": "1.2.3"},
            "architecture": "x86_64",
            "kernel": "6.1.0",
            "driver": DRIVER,
            "flavour": "open",
            "tag": "",
            "compiler": "gcc",
            "linker": "ld",
            "built_by": "hand",
            "built_at": 1700000000,
            "inputs": {},
            "modules": [entry(name, content) for name, content in MODULES.items()],
        } | changes
        if false_digest:
            manifest["modules"][0]["sha256"] = "0" * 64
        members = {"manifest.json": json.dumps(manifest).encode()}
        if signature:
            members["signature.json"] = signature
        members |= {
            f"{name}.ko.zst": compressed(name, content) for name, content in MODULES.items()
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return file

    return write


@pytest.fixture
def key(tmp_path):
    """key(NAME, kind...): a private key NAME and NAME.pub."""

    def make(name: str, *kind: str) -> Path:
        file = tmp_path / name
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", *(kind or ["ED25519"]), "-out", file],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        subprocess.run(
            ["openssl", "pkey", "-in", file, "-pubout", "-out", f"{file}.pub"], check=True
        )
        return file

    return make


def test_package_by_hand_is_good(make, sources, tmp_path):
    good = make(tmp_path / "good.tar")
    done = package("verify", good, source_dir=sources)
    assert done.rc == 0, done.out + done.err
    assert (
        package("verify", make(tmp_path / "false.tar", false_digest=True), source_dir=sources).rc
        == 8
    )


def test_nothing_is_good_that_was_not_compared(make, tmp_path):
    """Without the driver's sources nobody can say what a delta restores to."""
    for file in (make(tmp_path / "good.tar"), make(tmp_path / "false.tar", false_digest=True)):
        done = package("verify", file, source_dir=tmp_path / "none")
        assert done.rc == 8 and "unchecked" in done.out
        assert [
            line
            for line in done.err.splitlines()
            if "1 of 2 modules of" in line and "not compared" in line
        ]
        assert (
            json.loads(package("verify", "--json", file, source_dir=tmp_path / "none").out)["good"]
            is False
        )
    done = package(
        "import", tmp_path / "false.tar", store=tmp_path / "store", source_dir=tmp_path / "none"
    )
    assert done.rc == 0 and done.err.count("not compared") == 1
    (tmp_path / "repository").mkdir()
    make(tmp_path / "repository" / "false.tar", false_digest=True)
    done = run(
        "pull",
        tmp_path / "repository",
        store=tmp_path / "pulled",
        source_dir=tmp_path / "none",
        release="1.2.3",
        kernel="6.1.0",
        driver=DRIVER,
        flavour="open",
    )
    assert done.rc == 0 and done.err.count("not compared") == 1, done.err


def test_bytes_behind_the_end(make, sources, tmp_path):
    good = make(tmp_path / "good.tar")
    for more in (b"x", good.read_bytes(), bytes(100_000)):
        file = tmp_path / "more.tar"
        file.write_bytes(good.read_bytes() + more)
        for done in (
            package("verify", file, source_dir=sources),
            package("import", file, source_dir=sources, store=tmp_path / "store"),
        ):
            assert done.rc == 8 and "bytes behind the archive's end" in done.out + done.err
    assert not (tmp_path / "store").exists()


def test_one_odd_entry_hides_no_other(make, sources, tmp_path):
    store = tmp_path / "store"
    for number in range(4):
        make(
            store / f"flatcar-1.2.{number}-x86_64/nvidia-modules-{DRIVER}-open-6.1.0.tar",
            os={"id": "flatcar", "release": f"1.2.{number}"},
            built_at=number,
        )
    odd = store / "odd"
    make(odd / "late.tar", built_at=10**17)
    make(odd / "early.tar", built_at=-1)
    make(odd / "signature.tar", signature=b"{", tag="s")
    os.rename(make(odd / "caf", tag="u"), os.fsencode(odd) + b"/caf\xe9.tar")
    (odd / "loop.tar").symlink_to("loop.tar")
    (odd / "dangling.tar").symlink_to("nowhere")
    (odd / "damaged.tar").write_bytes(b"nonsense")
    names = ("late.tar", "early.tar", "caf", "loop.tar", "dangling.tar", "damaged.tar")

    done = package("list", "--json", store=store)
    assert done.rc == 0 and len(json.loads(done.out)["packages"]) == 5, done.err
    assert all(done.err.count(f"odd/{name}") >= 1 for name in names) and len(
        done.err.splitlines()
    ) == len(names)
    assert package("list", store=store).rc == 0
    done = package("verify", "--json", store=store, source_dir=sources)
    found = json.loads(done.out)["packages"]
    assert done.rc == 8 and len(found) == 4 + 1 + len(names)
    assert (
        sum(
            entry["error"] == "" and all(module["state"] == "good" for module in entry["modules"])
            for entry in found
        )
        == 4
    )
    assert package("verify", store=store, source_dir=sources).rc == 8
    done = package("index", store, "--html")
    assert done.rc == 8 and len(json.loads((store / "index.json").read_text())["packages"]) == 4
    done = package("export", store=store, output=tmp_path / "out")
    assert done.rc == 8 and len(list((tmp_path / "out").rglob("*.tar"))) == 5
    done = package("prune", store=store, keep=2)
    assert done.rc == 0 and len(done.out.splitlines()) == 3, done.out + done.err


def test_only_own_temporaries_are_removed(make, sources, tmp_path):
    store = tmp_path / "store/flatcar-1.2.3-x86_64"
    store.mkdir(parents=True)
    mine = [
        f"nvidia-modules-{DRIVER}-open-6.1.0.tar.backup",
        "notes.tar.gz",
        "x.tar.Ab12Cd",
        "x.tar.sha256",
        ".driverctl-notes",
    ]
    for name in (*mine, ".driverctl-tmp-Ab12Cd"):
        (store / name).write_text("mine")
    good = make(tmp_path / "good.tar")
    assert package("import", good, store=tmp_path / "store", source_dir=sources).rc == 0
    assert package("export", good, output=tmp_path / "store").rc == 0
    assert sorted(path.name for path in store.iterdir()) == sorted(
        [*mine, ".lock", f"nvidia-modules-{DRIVER}-open-6.1.0.tar"]
    )


def test_every_key_of_a_trust_file_counts(make, key, sources, tmp_path):
    file = make(tmp_path / "p.tar")
    first, second = key("first"), key("second")
    assert package("sign", file, package_key=second).rc == 0
    both = tmp_path / "both.pem"
    both.write_text(Path(f"{first}.pub").read_text() + Path(f"{second}.pub").read_text())
    assert package("verify", file, trust=both, source_dir=sources).rc == 0
    both.write_text(Path(f"{first}.pub").read_text() + second.read_text())
    done = package("verify", file, trust=both, source_dir=sources)
    assert done.rc == 2 and "PRIVATE KEY" in done.err
    weak = key("weak", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    for done in (
        package("sign", file, package_key=weak),
        package("verify", file, trust=f"{weak}.pub", source_dir=sources),
    ):
        assert done.rc == 2 and "RSA with 1024 bits" in done.err


def test_sign_keeps_mode_and_link_and_names_an_exposed_key(make, key, tmp_path):
    file = make(tmp_path / "p.tar")
    file.chmod(0o600)
    link = tmp_path / "link.tar"
    link.symlink_to("p.tar")
    secret = key("secret")
    secret.chmod(0o600)
    done = package("sign", link, package_key=secret)
    assert (
        done.rc == 0
        and done.err == ""
        and link.is_symlink()
        and file.stat().st_mode & 0o7777 == 0o600
    )
    assert json.loads(package("inspect", "--json", file).out)["signed_by"]
    secret.chmod(0o644)
    done = package("sign", file, package_key=secret)
    assert done.rc == 0 and "can be read by everybody" in done.err and "0644" in done.err


@pytest.fixture
def empty_mirror(tmp_path):
    """A server that has nothing: each answer is 404."""
    (tmp_path / "mirror").mkdir()
    with serve(tmp_path / "mirror") as address:
        yield address


def matrix(*argv, **options) -> Finished:
    return run("matrix", "--json", *argv, **options)


def test_dead_channel_is_a_failed_row(sources, make, empty_mirror, tmp_path):
    store = tmp_path / "store"
    make(store / "x.tar", os={"id": "flatcar", "release": "1.2.3"})
    options = {
        "releases": "1.2.3",
        "channels": "lts,beta",
        "flavours": "open",
        "mirror": empty_mirror,
        "source_dir": sources,
        "store": store,
        "work_dir": tmp_path / "work",
        "signing_key_url": "http://127.0.0.1:9/key",
    }
    for plan in (["--plan"], []):
        done = matrix(*plan, "--keep-going", **options)
        assert done.rc == 1, done.err
        cells = json.loads(done.out)["cells"]
        assert [(cell["channel"], cell["state"]) for cell in cells if not cell["release"]] == [
            ("lts", "failed"),
            ("beta", "failed"),
        ]
        assert [cell["state"] for cell in cells if cell["release"]] == ["cached"]
        assert all(cell["reason"] for cell in cells if cell["state"] == "failed")
        assert matrix(*plan, **options).out == ""


def test_matrix_asks_what_update_asks(sources, make, key, empty_mirror, tmp_path):
    store = tmp_path / "store"
    file = make(store / "x.tar", os={"id": "flatcar", "release": "1.2.3"})
    options = {
        "releases": "1.2.3",
        "flavours": "open",
        "mirror": empty_mirror,
        "source_dir": sources,
        "store": store,
        "work_dir": tmp_path / "work",
    }

    def state(**more) -> tuple[str, str]:
        (cell,) = json.loads(matrix("--plan", **options, **more).out)["cells"]
        return cell["state"], cell["reason"]

    assert state() == ("cached", "")
    modules = key("modules", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    certificate = tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-key", modules, "-subj", "/CN=test", "-out", certificate],
        check=True,
    )
    # Nobody has the release, which is what a build would need.
    assert state(sign=modules, sign_certificate=certificate)[0] == "unavailable"
    assert matrix("--plan", **options, sign=modules).rc == 2
    secret = key("secret")
    assert state(package_key=secret)[0] == "unavailable"
    assert package("sign", file, package_key=secret).rc == 0
    assert state(package_key=secret) == ("cached", "")


def test_killed_run_leaves_nothing_for_long(make, sources, tmp_path):
    """image add-packages on a large archive, killed in the middle; the next run clears up."""
    file = make(tmp_path / "p.tar")
    layer = bytes(64 << 20)
    blobs = {}

    def add(content: bytes) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"digest": f"sha256:{digest}", "size": len(content)}

    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [add(layer)["digest"]]},
        "history": [{}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            **add(json.dumps(config).encode()),
        },
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **add(layer)}],
    }
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        **add(json.dumps(manifest).encode()),
    }
    files = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode(),
        **blobs,
    }
    place = tmp_path / "place"
    place.mkdir()
    image = place / "image.tar"
    with tarfile.open(image, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    before = image.read_bytes()
    command = [BINARY, "image", "add-packages", image, file, f"--source-dir={sources}"]
    for delay in (0.02, 0.05, 0.1, 0.2):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment()
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert sum(path.stat().st_size for path in place.rglob("*") if path != image) < 1 << 20
    image.write_bytes(before)
    done = subprocess.run(
        command, text=True, capture_output=True, env=clean_environment(), check=False
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in place.iterdir()] == ["image.tar"]
