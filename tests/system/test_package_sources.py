"""Where `pull` looks for a package, and in which order: the store, HTTP servers, directories."""

import hashlib
import json
import shutil

import pytest

from harness.driverctl import command, finish, packages_in, run
from harness.drivers import DRIVER
from harness.keys import key_pair, public
from harness.packages import flip
from harness.releases import serve
from harness.transfers import fetched


@pytest.fixture(scope="module")
def web(built, tmp_path_factory):
    """A copy of the store with an index, on nginx."""
    directory = tmp_path_factory.mktemp("web")
    shutil.copytree(built.store, directory, dirs_exist_ok=True)
    done = run("package", "index", directory)
    assert done.rc == 0 and done.out.strip() == str(directory / "index.json"), done.err
    with serve(directory) as url:
        yield directory, url


def test_index_has_every_package(web):
    directory, _ = web
    index = json.loads((directory / "index.json").read_text())
    files = [entry["file"] for entry in index["packages"]]
    assert index["format"] == 1 and len(files) == 4 and files == sorted(files)
    for entry in index["packages"]:
        data = (directory / entry["file"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert (entry["os"], entry["driver"]) == ("flatcar", DRIVER)
        assert (entry["tag"], entry["signed_by"]) == ("", [])


def test_sources_are_asked_in_order_and_the_store_first(web, built, small, wanted, tmp_path):
    _, url = web
    store = tmp_path / "store"
    (tmp_path / "empty").mkdir()
    sources = f"{tmp_path}/empty,{url}/missing,{url},{built.store}"
    environment = {"DRIVERCTL_PACKAGE_SOURCE": sources}
    done = finish(command("pull", store=store, **wanted), environment)
    fetched(done, small)
    assert f"{tmp_path}/empty has no package for driver {DRIVER} (open)" in done.err
    answered = f"{url}/missing/index.json answered HTTP status 404"
    assert f"{url}/missing failed: {answered}" in done.err
    assert f"from {url}\n" in done.err and done.err.count("warn") == 2
    # Now nothing is asked any more.
    offline = run("pull", "http://127.0.0.1:1/", store=store, **wanted)
    fetched(offline, small)
    assert offline.err == ""


def test_attack_is_not_papered_over_by_the_next_source(web, built, small, wanted, tmp_path):
    directory, _ = web
    bad = tmp_path / "bad"
    shutil.copytree(directory, bad)
    target = bad / small.relative_to(built.store)
    flip(target)
    store = tmp_path / "store"
    with serve(bad) as url:
        done = run("pull", url, built.store, store=store, **wanted)
        assert done.rc == 8 and "does not have the size and SHA-256" in done.err
        # An index that was made for the damaged package does not help it.
        index = json.loads((bad / "index.json").read_text())
        (entry,) = [one for one in index["packages"] if bad / one["file"] == target]
        entry["sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
        (bad / "index.json").write_text(json.dumps(index))
        done = run("pull", url, built.store, store=store, **wanted)
        assert done.rc == 8 and url in done.err, done.err
    trust = public(key_pair(tmp_path / "key"))
    done = run("pull", built.store, store=store, trust=trust, **wanted)
    assert done.rc == 8 and "is not signed" in done.err
    assert not packages_in(store)


def test_store_that_cannot_be_written(built, wanted):
    done = run("pull", built.store, store="/proc/none/store", **wanted)
    assert done.rc == 1 and "is used from" in done.err
    assert "the store cannot be written" in done.err


def test_wrong_sources_are_wrong_usage(tmp_path):
    for source in ("ftp://127.0.0.1/", "http://me:secret@127.0.0.1/", "oci://127.0.0.1"):
        done = run("pull", source, store=tmp_path, driver=DRIVER)
        assert done.rc == 2, done.err
    assert run("pull", store=tmp_path, driver=DRIVER).rc == 2
