"""Where the release signing key comes from when no keyring is installed."""

import shutil
import subprocess

import pytest

from harness.driverctl import Finished, run
from harness.drivers import TINY_DRIVER
from harness.releases import serve

DEAD = "http://127.0.0.1:9/key.asc"


@pytest.fixture
def update(tmp_path, skeletons, tiny_sources):
    """Runs update without a keyring."""

    def run_it(mirror: str, key: str, release: str, **more: str) -> Finished:
        return run(
            "update",
            release=release,
            channel="stable",
            board="amd64-usr",
            mirror=mirror + "/{channel}",
            driver=TINY_DRIVER,
            flavour="proprietary",
            source_dir=tiny_sources,
            work_dir=tmp_path / "work",
            store=tmp_path / "store",
            signing_key=skeletons.fingerprint,
            signing_key_url=key,
            **more,
        )

    return run_it


def test_key_is_fetched_once_and_kept(update, skeletons, tmp_path):
    with serve(skeletons.root) as url:
        done = update(url, url + "/image-signing-key.asc", "1.2.1")
        assert "no partition 9" in done.err, done.err  # the image was fetched and verified
        assert (tmp_path / "work/cache/signing-key.asc").exists()
        done = update(url, DEAD, "1.2.0", kernel="6.1.0-x")
    assert "0.0.0-other" in done.err, done.err


def test_another_key_does_not_count(update, skeletons, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", ""]
    subprocess.run([*gpg, "--quick-generate-key", "a@example.invalid", "ed25519"], check=True)
    with (tmp_path / "other.asc").open("wb") as file:
        subprocess.run([*gpg, "--armor", "--export"], check=True, stdout=file)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)
    shutil.copytree(skeletons.root, tmp_path / "mirror", symlinks=True)
    shutil.copy(tmp_path / "other.asc", tmp_path / "mirror/other.asc")
    with serve(tmp_path / "mirror") as url:
        done = update(url, url + "/other.asc", "1.2.0")
    assert done.rc == 8, done.err
    assert "lacks the pinned key" in done.err
    assert not list((tmp_path / "work").rglob("*.bz2")), "nothing is fetched before"


def test_no_key_to_be_had_says_where_it_is_asked_for(update, skeletons):
    with serve(skeletons.root) as url:
        done = update(url, url + "/missing.asc", "1.2.0")
    assert done.rc == 1, done.err
    assert "no keyring" in done.err and "missing.asc" in done.err
    assert "--keyring" in done.err and "--signing-key-url" in done.err


def test_keyring_that_was_named_is_not_replaced(update, skeletons):
    with serve(skeletons.root) as url:
        done = update(url, url + "/image-signing-key.asc", "1.2.0", keyring="/missing.asc")
    assert done.rc == 8, done.err
    assert "no keyring /missing.asc" in done.err
