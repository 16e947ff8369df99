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

from harness.driverctl import Finished, command, finish, run
from harness.packages import flipped_member
from harness.shell import program, sh

STORE = "var/lib/driverctl/packages"
NAME = "localhost/driver:535"


@dataclass
class Engine:
    """podman and buildah on a storage of their own."""

    storage: Path
    run: str  # podman wants it short

    def __call__(self, program: str, *argv: object) -> str:
        place = ("--root", self.storage / "root", "--runroot", self.run)
        words = (*place, "--storage-driver", "vfs", *argv)
        return sh(program, *words, stderr=subprocess.DEVNULL)

    def unpack(self, archive: Path) -> Path:
        """The archive's image as a directory, loaded and mounted by podman."""
        self("podman", "load", "--input", archive)
        return Path(self("podman", "image", "mount", NAME))


def add_packages(image: Path, *packages: Path, **options: object) -> Finished:
    return run("image", "add-packages", image, *packages, **options)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with tempfile.TemporaryDirectory(prefix="podman-", dir="/run") as directory:
        engine = Engine(tmp_path_factory.mktemp("engine"), directory)
        yield engine
        engine("podman", "image", "unmount", "--all")
        engine("podman", "rmi", "--all", "--force")


@pytest.fixture(scope="module")
def images(engine):
    """A small image as `podman save` writes it, as a layout, and as a docker-archive."""
    root = engine.storage / "rootfs"
    (root / STORE).mkdir(parents=True)
    (root / "bin").mkdir()
    shutil.copy(program("busybox"), root / "bin/busybox")
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
    more = image.stat().st_size - (images / "image.tar").stat().st_size
    assert more < sum(file.stat().st_size for file in packages) * 1.01

    root = engine.unpack(image)
    for package in packages:
        inside = root / STORE / package.parent.name / package.name
        status = inside.stat()
        assert inside.read_bytes() == package.read_bytes()
        assert (status.st_uid, status.st_gid, status.st_mode) == (0, 0, 0o100644)
        assert inside.parent.stat().st_mode == 0o40755
    assert (root / "var/lib").stat().st_mode == 0o40750 and (root / "bin/busybox").exists()
    listed = run("package", "list", "--json", store=root / STORE)
    assert len(json.loads(listed.out)["packages"]) == len(packages)

    config = json.loads(engine("podman", "image", "inspect", NAME))[0]
    assert config["Config"]["Entrypoint"] == ["/bin/busybox"], "the rest of the image is as it was"
    assert config["Digest"] == done.out.strip(), "by the digest that was printed engines know it"


def test_the_same_again_gives_the_same_bytes_and_adds_nothing(images, packages, sources, tmp_path):
    image, first, second = images / "image.tar", tmp_path / "1.tar", tmp_path / "2.tar"
    assert add_packages(image, *packages, output=first, source_dir=sources).rc == 0
    assert add_packages(image, *reversed(packages), output=second, source_dir=sources).rc == 0
    assert first.read_bytes() == second.read_bytes()
    before = first.stat()
    done = add_packages(first, *packages, source_dir=sources)
    assert done.rc == 0 and "was there already" in done.err
    assert first.stat() == before, "it was not even written"


def test_a_layout_is_changed_in_place(engine, images, packages, sources, tmp_path):
    layout = tmp_path / "layout"
    shutil.copytree(images / "layout", layout)
    before = {file: file.read_bytes() for file in layout.rglob("blobs/sha256/*")}
    argv = command("image", "add-packages", layout, packages[0], source_dir=sources)
    done = finish(argv, {"SOURCE_DATE_EPOCH": "1700000000"})
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
    options = {"source_dir": sources, "output": tmp_path / "out.tar"}
    done = add_packages(images / "docker.tar", packages[0], **options)
    assert done.rc == 2 and "is no OCI image layout" in done.err
    assert "skopeo copy docker-archive:" in done.err
    done = add_packages(packages[0], packages[0], **options)
    assert done.rc == 2 and "is no OCI image layout" in done.err
    assert not list(tmp_path.iterdir())


def test_what_is_no_sound_package_is_not_added(images, packages, sources, tmp_path):
    damaged = tmp_path / packages[0].name
    damaged.write_bytes(flipped_member(packages[0], "nvidia-uvm.ko.zst"))
    output = tmp_path / "out.tar"
    for file in (damaged, images / "image.tar"):
        done = add_packages(images / "image.tar", file, source_dir=sources, output=output)
        assert done.rc == 8 and str(file) in done.err and not output.exists()
