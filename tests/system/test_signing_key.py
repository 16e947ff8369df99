"""Where the release signing key comes from when no keyring is installed."""

import shutil
import subprocess

import pytest
from conftest import BINARY, TINY_DRIVER, clean_environment, serve

DEAD = "http://127.0.0.1:9/key.asc"


@pytest.fixture
def update(tmp_path, skeletons, tiny_sources):
    """Runs update without a keyring."""
    fingerprint = (skeletons / "image-signing-key.fingerprint").read_text().strip()

    def run(mirror: str, key: str, release: str, *more: str):
        argv = [
            BINARY,
            "update",
            "--release",
            release,
            "--channel",
            "stable",
            "--board",
            "amd64-usr",
            "--mirror",
            mirror + "/{channel}",
            "--driver",
            TINY_DRIVER,
            "--flavour",
            "proprietary",
            "--source-dir",
            tiny_sources,
            "--work-dir",
            tmp_path / "work",
            "--store",
            tmp_path / "store",
            "--signing-key",
            fingerprint,
            "--signing-key-url",
            key,
            *more,
        ]
        return subprocess.run(
            [str(word) for word in argv], text=True, capture_output=True, env=clean_environment()
        )

    return run


def test_key_is_fetched_once_and_kept(update, skeletons, tmp_path):
    with serve(skeletons) as url:
        done = update(url, url + "/image-signing-key.asc", "1.2.1")
        assert "no partition 9" in done.stderr, done.stderr  # the image was fetched and verified
        assert (tmp_path / "work/cache/signing-key.asc").exists()
        done = update(url, DEAD, "1.2.0", "--kernel", "6.1.0-x")
    assert "0.0.0-other" in done.stderr, done.stderr


def test_another_key_does_not_count(update, skeletons, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", ""]
    subprocess.run([*gpg, "--quick-generate-key", "a@example.invalid", "ed25519"], check=True)
    with (tmp_path / "other.asc").open("wb") as file:
        subprocess.run([*gpg, "--armor", "--export"], check=True, stdout=file)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)
    shutil.copytree(skeletons, tmp_path / "mirror", symlinks=True)
    shutil.copy(tmp_path / "other.asc", tmp_path / "mirror/other.asc")
    with serve(tmp_path / "mirror") as url:
        done = update(url, url + "/other.asc", "1.2.0")
    assert done.returncode == 8, done.stderr
    assert "lacks the pinned key" in done.stderr
    assert not list((tmp_path / "work").rglob("*.bz2")), "nothing is fetched before"


def test_no_key_to_be_had_says_where_it_is_asked_for(update, skeletons):
    with serve(skeletons) as url:
        done = update(url, url + "/missing.asc", "1.2.0")
    assert done.returncode == 1, done.stderr
    assert "no keyring" in done.stderr and "missing.asc" in done.stderr
    assert "--keyring" in done.stderr and "--signing-key-url" in done.stderr


def test_keyring_that_was_named_is_not_replaced(update, skeletons):
    with serve(skeletons) as url:
        done = update(url, url + "/image-signing-key.asc", "1.2.0", "--keyring", "/missing.asc")
    assert done.returncode == 8, done.stderr
    assert "no keyring /missing.asc" in done.stderr
