"""`push`, `pull` and `tags` with a real OCI registry that asks for nothing. `pull` finds packages
with the function that `init` uses."""

import hashlib
import json
import shutil

import pytest

from harness.driverctl import packages_in, run
from harness.drivers import DRIVER
from harness.keys import key_pair
from harness.packages import flipped
from harness.registry import registry
from harness.releases import RELEASES
from harness.transfers import fetched, pushed_digest
from harness.servers import wire


@pytest.fixture(scope="module")
def oci(tmp_path_factory):
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


def test_push_tags_pull(oci, built, small, wanted, kernels, tmp_path):
    repository = f"oci://{oci.host}/gpu/modules"
    pushed = run("push", repository, "--plain-http", store=built.store)
    assert pushed.rc == 0, pushed.err
    assert pushed.out.count(f"{repository}@sha256:") == 4

    tags = run("tags", repository, "--plain-http").out.split()
    kernel = kernels["6.1"].replace("+", "_")
    ours = f"{DRIVER}-open-{kernel}-flatcar-{RELEASES['6.1']}-x86_64"
    assert len(tags) == 4 and ours in tags
    assert json.loads(run("tags", repository, "--plain-http", "--json").out) == {"tags": tags}
    assert run("tags", f"oci://{oci.host}/nobody", "--plain-http").out == ""

    by_node = run("pull", repository, "--plain-http", store=tmp_path / "by-node", **wanted)
    fetched(by_node, small)
    options = {"store": tmp_path / "by-tag", "source_dir": wanted["source_dir"]}
    fetched(run("pull", f"{repository}:{ours}", "--plain-http", **options), small)

    # The second time nothing but manifests goes over the wire.
    before = len(oci.requests())
    again = run("push", repository, "--plain-http", store=built.store)
    assert again.out == pushed.out and again.err.count("was there already") == 4
    blobs = [access.method for access in oci.requests()[before:] if "/blobs/" in access.path]
    assert set(blobs) == {"HEAD"}


def test_pull_by_digest_and_what_is_not_there(oci, small, wanted, tmp_path):
    repository = f"oci://{oci.host}/digest"
    digest = pushed_digest(run("push", f"{repository}:mine", small, "--plain-http"))
    options = {"store": tmp_path / "store", "source_dir": wanted["source_dir"]}
    fetched(run("pull", f"{repository}@{digest}", "--plain-http", **options), small)

    none = run("pull", f"{repository}:other", "--plain-http", store=tmp_path / "store")
    assert none.rc == 3 and "no source has the package" in none.err
    # It is there, but under another tag.
    none = run("pull", repository, "--plain-http", store=tmp_path / "empty", **wanted)
    assert none.rc == 3 and not packages_in(tmp_path / "empty")


def test_mount_from_another_repository(oci, small):
    pushed_digest(run("push", f"oci://{oci.host}/first/home", small, "--plain-http"))
    before = len(oci.requests())
    second, third = f"oci://{oci.host}/second/home", f"oci://{oci.host}/third"
    done = run("push", second, small, "--plain-http", mount_from="first/home")
    assert done.rc == 0 and f"{small.name} mounted" in done.err
    requests = oci.requests()[before:]
    assert [access.status for access in requests if "mount=" in access.path] == [201, 201]
    sent = [access for access in requests if access.method in ("PATCH", "PUT")]
    assert not [access for access in sent if "/blobs/" in access.path]
    wrong = run("push", third, small, "--plain-http", mount_from="first:tag")
    assert wrong.rc == 2 and "is no repository" in wrong.err


def test_corrupted_blob_is_refused(oci, small, wanted, tmp_path):
    copy = tmp_path / small.name
    # Another package, so that the blob is not that of other tests: the same modules, signed.
    shutil.copy(small, copy)
    assert run("package", "sign", copy, package_key=key_pair(tmp_path / "key")).rc == 0
    reference = f"oci://{oci.host}/corrupted:x"
    pushed_digest(run("push", reference, copy, "--plain-http"))
    blob = oci.blob(hashlib.sha256(copy.read_bytes()).hexdigest())
    damaged = flipped(blob.read_bytes())
    options = {"store": tmp_path / "store", "source_dir": wanted["source_dir"]}
    for data in (damaged, damaged[:-512], damaged + b"more"):
        blob.write_bytes(data)
        done = run("pull", reference, "--plain-http", **options)
        assert done.rc == 8, done.err
        assert not packages_in(tmp_path / "store")


def test_upload_that_breaks(oci, small):
    with wire(lambda: oci.port, "up", small.stat().st_size // 2) as weak:
        reference = f"oci://{weak.host}/broken/upload:x"
        pushed_digest(run("push", reference, small, "--plain-http"))
        assert weak.cut.is_set()
