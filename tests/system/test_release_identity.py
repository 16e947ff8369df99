"""A signature says who made an image, not which release it is: signed images under other names."""

import shutil
import subprocess

import pytest
from conftest import BINARY, TINY_DRIVER, clean_environment, serve

FLATCAR = "stable/amd64-usr"


@pytest.fixture
def update(tmp_path, skeletons, tiny_sources):
    """Runs update for a release of a mirror."""
    fingerprint = (skeletons / "image-signing-key.fingerprint").read_text().strip()

    def run(url: str, release: str, board: str = "amd64-usr", kernel: str = ""):
        argv = [
            BINARY,
            "update",
            "--release",
            release,
            "--board",
            board,
            "--channel",
            "stable",
            "--mirror",
            url + "/{channel}",
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
            "--keyring",
            skeletons / "image-signing-key.asc",
            "--signing-key",
            fingerprint,
            *(["--kernel", kernel] if kernel else []),
        ]
        return subprocess.run(
            [str(word) for word in argv], text=True, capture_output=True, env=clean_environment()
        )

    return run


@pytest.mark.parametrize(
    "release, board",
    [("1.2.7", "amd64-usr"), ("1.2.0", "arm64-usr"), ("1.2.0+nightly-1", "amd64-usr")],
)
def test_signed_image_of_another_release_or_board(update, skeletons, tmp_path, release, board):
    served = tmp_path / "mirror/stable" / board / release
    shutil.copytree(skeletons / FLATCAR / "1.2.0", served)
    with serve(tmp_path / "mirror") as url:
        done = update(url, release, board)
    assert done.returncode == 8, done.stderr
    assert release in done.stderr and board in done.stderr and "is another one" in done.stderr
    assert not list((tmp_path / "work").rglob("*.bin")), "no mirror could mend it from the cache"


def test_image_that_was_put_into_the_cache_under_another_name(update, skeletons, tmp_path):
    with serve(skeletons) as url:
        assert update(url, "1.2.0", kernel="6.1.0-x").returncode == 1  # another kernel; cached now
        cache = tmp_path / "work/cache"
        shutil.move(cache / "amd64-usr-1.2.0", cache / "amd64-usr-1.2.7")
        done = update(url, "1.2.7")
    assert done.returncode == 8, done.stderr
    assert "is another one" in done.stderr


def test_release_itself_gets_past_it(update, skeletons):
    with serve(skeletons) as url:
        done = update(url, "1.2.0", kernel="6.1.0-x")
    assert done.returncode == 1 and "0.0.0-other" in done.stderr, done.stderr
