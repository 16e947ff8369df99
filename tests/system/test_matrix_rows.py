"""`driverctl matrix` where nothing is built: rows that fail, and what counts as a package that is
there."""

import json

import pytest

from harness.driverctl import Finished, run
from harness.keys import RSA, key_pair
from harness.packages import RELEASE
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
        return run("matrix", "--json", *words, **options, **more)

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
