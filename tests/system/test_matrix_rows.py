"""`driverctl matrix` where nothing is built: rows that fail, and what counts as a package that is
there."""

import json
import shutil

import pytest

from harness.driverctl import Finished, packages_in, run
from harness.keys import RSA, key_pair, public
from harness.packages import RELEASE, flip
from harness.releases import serve
from harness.shell import sh


@pytest.fixture
def empty_mirror(tmp_path):
    """A server that has nothing: each answer is 404."""
    (tmp_path / "mirror").mkdir()
    with serve(tmp_path / "mirror") as address:
        yield address


@pytest.fixture
def package(make, tmp_path):
    """The open package of release 1.2.3, in the store."""
    return make(tmp_path / "store/x.tar", os={"id": "flatcar", "release": RELEASE})


@pytest.fixture
def matrix(package, empty_mirror, hand_sources, tmp_path):
    """Runs matrix for the package's release and flavour."""

    def run_it(*words: str, **more: object) -> Finished:
        options = {
            "releases": RELEASE,
            "flavours": "open",
            "mirror": empty_mirror,
            "source_dir": hand_sources,
            "store": package.parent,
            "work_dir": tmp_path / "work",
        }
        return run("matrix", "--json", *words, **(options | more))

    return run_it


def test_dead_channel_is_a_failed_row(matrix):
    options = {"channels": "lts,beta", "signing_key_url": "http://127.0.0.1:9/key"}
    for plan in (["--plan"], []):
        done = matrix(*plan, "--keep-going", **options)
        assert done.rc == 1, done.err
        cells = json.loads(done.out)["cells"]
        channels = [cell for cell in cells if not cell["release"]]
        states = [(cell["channel"], cell["state"]) for cell in channels]
        assert states == [("lts", "failed"), ("beta", "failed")]
        assert [cell["state"] for cell in cells if cell["release"]] == ["cached"]
        assert all(cell["reason"] for cell in channels)
        assert matrix(*plan, **options).out == ""


def test_matrix_asks_what_update_asks(matrix, package, tmp_path):
    def state(**more: object) -> tuple[str, str]:
        (cell,) = json.loads(matrix("--plan", **more).out)["cells"]
        return cell["state"], cell["reason"]

    assert state() == ("cached", "")
    modules = key_pair(tmp_path / "modules", *RSA)
    certificate = tmp_path / "certificate.pem"
    request = ("req", "-x509", "-key", modules, "-subj", "/CN=test", "-out", certificate)
    sh("openssl", *request)
    # Nobody has the release, which is what a build would need.
    assert state(sign=modules, sign_certificate=certificate)[0] == "unavailable"
    assert matrix("--plan", sign=modules).rc == 2
    secret = key_pair(tmp_path / "secret")
    assert state(package_key=secret)[0] == "unavailable"
    assert run("package", "sign", package, package_key=secret).rc == 0
    assert state(package_key=secret) == ("cached", "")


@pytest.fixture
def sources(package, make, tmp_path) -> dict[str, str]:
    """By what the only package is there: whole, patched, damaged, not at all; and a source that is
    dead."""
    whole, patched, bad, empty = (tmp_path / name for name in ("whole", "patched", "bad", "empty"))
    inputs = {"patch/one.patch": "1" * 64}
    make(patched / "x.tar", os={"id": "flatcar", "release": RELEASE}, inputs=inputs)
    shutil.copytree(package.parent, whole)
    shutil.copytree(package.parent, bad)
    flip(bad / package.name)
    empty.mkdir()
    return {
        "whole": str(whole),
        "patched": str(patched),
        "bad": str(bad),
        "empty": str(empty),
        "dead": "http://127.0.0.1:9/",
    }


# The row's state and the exit code.
ASKED = [
    (["whole"], ["--plan"], ("fetch", 0)),
    (["empty", "whole"], ["--plan", "--no-build"], ("fetch", 0)),
    (["dead", "whole"], ["--plan", "--no-build"], ("fetch", 0)),
    (["empty"], ["--plan"], ("unavailable", 1)),  # that is, it would be built
    (["empty"], ["--plan", "--no-build"], ("missing", 3)),
    (["dead"], ["--plan", "--no-build"], ("failed", 1)),
    (["whole"], [], ("fetched", 0)),
    (["empty", "whole"], ["--no-build"], ("fetched", 0)),
    (["empty"], ["--no-build"], ("missing", 3)),
    (["dead"], ["--no-build"], ("failed", 1)),
    (["bad", "whole"], [], ("failed", 8)),
    (["bad"], ["--no-build"], ("failed", 8)),
    (["patched"], [], ("fetched", 0)),
    (["patched", "whole"], ["--no-patches"], ("failed", 8)),
    (["patched"], ["--no-patches", "--no-build"], ("failed", 8)),
    (["whole"], ["--plan", "--force"], ("unavailable", 1)),
]


@pytest.mark.parametrize(("asked", "words", "ended"), ASKED)
def test_sources_are_asked_before_anything_is_built(asked, words, ended, matrix, sources, tmp_path):
    store = tmp_path / "new-store"
    named = ",".join(sources[name] for name in asked)
    done = matrix(*words, store=store, package_source=named)
    (cell,) = json.loads(done.out)["cells"]
    assert (cell["state"], done.rc) == ended, done.err
    assert len(packages_in(store)) == (1 if cell["state"] == "fetched" else 0)
    if cell["state"] == "fetched":
        assert cell["package"] == str(packages_in(store)[0]) and cell["kernel"]
    elif cell["state"] != "fetch":
        assert cell["reason"]


def test_what_others_signed_is_not_taken_for_ours(matrix, sources, tmp_path):
    """A trusted key has to have signed it; one that our key has not signed is built anew."""
    store, secret = tmp_path / "new-store", key_pair(tmp_path / "secret")
    trusted = matrix(store=store, package_source=sources["whole"], trust=public(secret))
    (cell,) = json.loads(trusted.out)["cells"]
    assert trusted.rc == 8 and cell["state"] == "failed" and "sign" in cell["reason"]
    wanted = {"package_source": sources["whole"], "package_key": secret}
    ours = matrix(store=store, signing_key_url="", **wanted)
    (cell,) = json.loads(ours.out)["cells"]
    assert cell["state"] == "failed" and "keyring" in cell["reason"], "what a build needs"


def test_what_cannot_be_meant(matrix):
    done = matrix("--plan", "--force", "--no-build")
    assert done.rc == 2 and "--force builds what --no-build forbids" in done.err
    done = matrix("--plan", package_source="oci://registry.example/gpu/modules:latest")
    assert done.rc == 2 and "modules:latest is one package" in done.err
