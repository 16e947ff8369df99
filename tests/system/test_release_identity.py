"""A signature says who made an image, not which release it is: signed images under other names."""

import shutil

import pytest

from harness.driverctl import Finished, run
from harness.drivers import TINY_DRIVER
from harness.releases import serve


@pytest.fixture
def update(tmp_path, skeletons, tiny_sources):
    """Runs update for a release of a server; --force: of another machine's board, too."""

    def run_it(url: str, release: str, board: str = "amd64-usr", **more: str) -> Finished:
        return run(
            "update",
            "--force",
            release=release,
            board=board,
            channel="stable",
            mirror=url + "/{channel}",
            driver=TINY_DRIVER,
            flavour="proprietary",
            source_dir=tiny_sources,
            work_dir=tmp_path / "work",
            store=tmp_path / "store",
            keyring=skeletons.keyring,
            signing_key=skeletons.fingerprint,
            **more,
        )

    return run_it


@pytest.mark.parametrize(
    "release, board",
    [("1.2.7", "amd64-usr"), ("1.2.0", "arm64-usr"), ("1.2.0+nightly-1", "amd64-usr")],
)
def test_signed_image_of_another_release_or_board(update, skeletons, tmp_path, release, board):
    served = tmp_path / "mirror/stable" / board / release
    shutil.copytree(skeletons.folder("1.2.0"), served)
    with serve(tmp_path / "mirror") as url:
        done = update(url, release, board)
    assert done.rc == 8, done.err
    assert release in done.err and board in done.err and "is another one" in done.err
    assert not list((tmp_path / "work").rglob("*.bin")), "no mirror could mend it from the cache"


def test_image_that_was_put_into_the_cache_under_another_name(update, skeletons, tmp_path):
    with serve(skeletons.root) as url:
        assert update(url, "1.2.0", kernel="6.1.0-x").rc == 1  # another kernel; cached now
        cache = tmp_path / "work/cache"
        shutil.move(cache / "amd64-usr-1.2.0", cache / "amd64-usr-1.2.7")
        done = update(url, "1.2.7")
    assert done.rc == 8, done.err
    assert "is another one" in done.err


def test_release_itself_gets_past_it(update, skeletons):
    with serve(skeletons.root) as url:
        done = update(url, "1.2.0", kernel="6.1.0-x")
    assert done.rc == 1 and "0.0.0-other" in done.err, done.err
