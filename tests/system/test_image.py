"""`driverctl image add-packages` on images that buildah and podman made, read back by them."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import BINARY, Finished, clean_environment, sh

STORE = "var/lib/driverctl/packages"
NAME = "localhost/driver:535"


@dataclass
class Engine:
    """podman and buildah on a storage of their own."""

    storage: Path
    run: str  # podman wants it short

    def __call__(self, program: str, *argv) -> str:
        return sh(
            program,
            "--root",
            self.storage / "root",
            "--runroot",
            self.run,
            "--storage-driver",
            "vfs",
            *argv,
            stderr=subprocess.DEVNULL,
        )

    def unpack(self, archive: Path) -> Path:
        """The archive's image as a directory, loaded and mounted by podman."""
        self("podman", "load", "--input", archive)
        return Path(self("podman", "image", "mount", NAME))


def add_packages(image: Path, *packages, environment: dict | None = None, **options) -> Finished:
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    done = subprocess.run(
        [BINARY, "image", "add-packages", *words, image, *packages],
        text=True,
        capture_output=True,
        timeout=300,
        env=clean_environment() | (environment or {}),
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with tempfile.TemporaryDirectory(prefix="podman-", dir="/run") as run:
        engine = Engine(tmp_path_factory.mktemp("engine"), run)
        yield engine
        engine("podman", "image", "unmount", "--all")
        engine("podman", "rmi", "--all", "--force")


@pytest.fixture(scope="module")
def images(engine):
    """A small image as `podman save` writes it, as a layout, and as a docker-archive."""
    root = engine.storage / "rootfs"
    (root / STORE).mkdir(parents=True)
    (root / "bin").mkdir()
    shutil.copy(shutil.which("busybox"), root / "bin/busybox")
    os.chmod(root / "var/lib", 0o750)  # the new layer has to leave it so
    container = engine("buildah", "from", "scratch")
    engine("buildah", "copy", container, root, "/")
    engine("buildah", "config", "--entrypoint", '["/bin/busybox"]', container)
    engine("buildah", "commit", container, NAME)
    directory = engine.storage / "images"
    directory.mkdir()
    engine("podman", "save", "--format", "oci-archive", "--output", directory / "image.tar", NAME)
    engine(
        "podman", "save", "--format", "docker-archive", "--output", directory / "docker.tar", NAME
    )
    engine("buildah", "push", NAME, f"oci:{directory}/layout:driver")
    return directory


@pytest.fixture(scope="module")
def packages(built) -> list[Path]:
    return sorted(built.store.rglob("*.tar"))


def test_podman_finds_the_packages_in_the_image(engine, images, packages, sources, tmp_path):
    image = tmp_path / "fleet.tar"
    done = add_packages(images / "image.tar", *packages, output=image, source_dir=sources)
    assert done.rc == 0, done.err
    assert (
        image.stat().st_size - (images / "image.tar").stat().st_size
        < sum(file.stat().st_size for file in packages) * 1.01
    )

    root = engine.unpack(image)
    for package in packages:
        inside = root / STORE / package.parent.name / package.name
        status = inside.stat()
        assert inside.read_bytes() == package.read_bytes()
        assert (status.st_uid, status.st_gid, status.st_mode) == (0, 0, 0o100644)
        assert inside.parent.stat().st_mode == 0o40755
    assert (root / "var/lib").stat().st_mode == 0o40750 and (root / "bin/busybox").exists()
    listed = subprocess.run(
        [BINARY, "package", "list", "--json", "--store", root / STORE],
        capture_output=True,
        text=True,
        env=clean_environment(),
        check=True,
    )
    assert len(json.loads(listed.stdout)["packages"]) == len(packages)

    config = json.loads(engine("podman", "image", "inspect", NAME))[0]
    assert config["Config"]["Entrypoint"] == ["/bin/busybox"], "the rest of the image is as it was"
    assert (
        config["Digest"] == done.out.strip()
    ), "the digest that was printed is the one by which engines know the image"


def test_the_same_again_gives_the_same_bytes_and_adds_nothing(images, packages, sources, tmp_path):
    first, second = tmp_path / "1.tar", tmp_path / "2.tar"
    assert add_packages(images / "image.tar", *packages, output=first, source_dir=sources).rc == 0
    assert (
        add_packages(
            images / "image.tar", *reversed(packages), output=second, source_dir=sources
        ).rc
        == 0
    )
    assert first.read_bytes() == second.read_bytes()
    before = first.stat()
    done = add_packages(first, *packages, source_dir=sources)
    assert done.rc == 0 and "was there already" in done.err
    assert first.stat() == before, "it was not even written"


def test_a_layout_is_changed_in_place(engine, images, packages, sources, tmp_path):
    layout = tmp_path / "layout"
    shutil.copytree(images / "layout", layout)
    before = {file: file.read_bytes() for file in layout.rglob("blobs/sha256/*")}
    done = add_packages(
        layout, packages[0], source_dir=sources, environment={"SOURCE_DATE_EPOCH": "1700000000"}
    )
    assert done.rc == 0, done.err
    assert {file: file.read_bytes() for file in before} == before
    assert sorted(file.name for file in layout.iterdir()) == ["blobs", "index.json", "oci-layout"]
    pulled = engine("buildah", "pull", f"oci:{layout}:driver")
    config = json.loads(engine("buildah", "inspect", "--type", "image", pulled))["OCIv1"]
    assert config["history"][-1]["created"] == "2023-11-14T22:13:20Z"
    assert len(config["rootfs"]["diff_ids"]) == 2


def test_an_archive_that_tar_made_of_a_layout(images, packages, sources, tmp_path):
    image = tmp_path / "image.tar"
    sh("tar", "-C", images / "layout", "-cf", image, ".")
    assert add_packages(image, packages[0], source_dir=sources).rc == 0
    with tarfile.open(image) as archive:
        assert "index.json" in archive.getnames()


def test_what_is_no_oci_image_is_refused(images, packages, sources, tmp_path):
    done = add_packages(
        images / "docker.tar", packages[0], source_dir=sources, output=tmp_path / "out.tar"
    )
    assert (
        done.rc == 2
        and "is no OCI image layout" in done.err
        and "skopeo copy docker-archive:" in done.err
    )
    done = add_packages(packages[0], packages[0], source_dir=sources, output=tmp_path / "out.tar")
    assert done.rc == 2 and "is no OCI image layout" in done.err
    assert not list(tmp_path.iterdir())


def test_what_is_no_sound_package_is_not_added(images, packages, sources, tmp_path):
    data = bytearray(packages[0].read_bytes())
    with tarfile.open(packages[0]) as archive:
        member = archive.getmember("nvidia-uvm.ko.zst")
    data[member.offset_data + member.size // 2] ^= 1
    damaged = tmp_path / packages[0].name
    damaged.write_bytes(data)
    output = tmp_path / "out.tar"
    done = add_packages(images / "image.tar", damaged, source_dir=sources, output=output)
    assert done.rc == 8 and str(damaged) in done.err and not output.exists()
    assert (
        add_packages(
            images / "image.tar", images / "image.tar", source_dir=sources, output=output
        ).rc
        == 8
        and not output.exists()
    )
