"""`driverctl update` and the mirrors of releases: servers that fail, images that are not what they
have to be, downloads that go on."""

import bz2
import shutil
import signal

import pytest

from harness.driverctl import Driverctl, Finished, finish, start
from harness.keys import loopback_certificate
from harness.limits import LIMIT
from harness.releases import IMAGE, RELEASES, Mirror, serve
from harness.shell import read_until, wait_until


def refused(driverctl: Driverctl, done: Finished, code: int, *words: str) -> None:
    assert done.rc == code, done.err
    for word in ("error: ", *words):
        assert word in done.err, done.err
    assert driverctl.packages() == []


def test_release_that_is_not_there(driverctl, untouched):
    done = driverctl.update(release="9999.2.0")
    refused(driverctl, done, 1, "9999.2.0", "404", "--mirror")


@pytest.mark.parametrize("code", [404, 503])
def test_mirror_that_answers_errors(driverctl, mirror, untouched, code):
    with serve(mirror.root, "--fail", f"{code}:.*bz2$") as bad:
        done = driverctl.update(mirror=bad + "/{channel}")
    refused(driverctl, done, 1, str(code), IMAGE)
    assert ("attempts" in done.err) == (code == 503)


def test_second_mirror_takes_over(driverctl, url, untouched):
    """A dead first mirror costs time, not the update; the image behind the second is refused for
    its kernel only after it was fetched."""
    options = {"mirror": "http://127.0.0.1:9", "release": "1.2.0", "kernel": "6.1.0-x"}
    done = finish([*driverctl.update_command(**options), f"--mirror={url}/{{channel}}"])
    refused(driverctl, done, 1, "0.0.0-other", "6.1.0-x")


def test_mirror_with_an_authority_of_its_own(driverctl, mirror, untouched, tmp_path):
    """A certificate that nobody vouches for is final; with --ca-file the image is fetched, and
    refused for its kernel only then."""
    cert, key = loopback_certificate(tmp_path)
    with serve(mirror.root, "--tls", f"{cert}:{key}") as closed:
        options = {"mirror": closed + "/{channel}", "release": "1.2.0", "kernel": "6.1.0-x"}
        done = driverctl.update(**options)
        refused(driverctl, done, 1, "certificate")
        assert "trying again" not in done.err
        refused(driverctl, driverctl.update(**options, ca_file=cert), 1, "0.0.0-other", "6.1.0-x")


def test_image_with_another_kernel_names_both(driverctl, untouched):
    done = driverctl.update(release="1.2.0", kernel="6.1.0-x")
    refused(driverctl, done, 1, "0.0.0-other", "6.1.0-x", "--kernel")


def test_image_without_partition_9(driverctl, untouched):
    done = driverctl.update(release="1.2.1")
    refused(driverctl, done, 1, "no partition 9 labelled ROOT", "1 'ROOT'")


def test_key_that_is_not_pinned(driverctl, untouched):
    other = "F88CFEDEFF29A5B4D9523864E25D9AED0593B34A"
    done = driverctl.update(release="1.2.0", signing_key=other)
    refused(driverctl, done, 8, "lacks the pinned key F88CFEDE")


def test_missing_keyring(driverctl, untouched):
    done = driverctl.update(release="1.2.0", keyring="/does/not/exist")
    refused(driverctl, done, 8, "no keyring /does/not/exist", "--keyring")


@pytest.fixture
def copied(tmp_path, mirror) -> Mirror:
    """A mirror whose small release 1.2.0 a test may damage."""
    copy = Mirror(tmp_path / "mirror")
    shutil.copytree(mirror.folder("1.2.0"), copy.folder("1.2.0"))
    return copy


def update_from(driverctl: Driverctl, mirror: Mirror) -> Finished:
    with serve(mirror.root) as address:
        return driverctl.update(release="1.2.0", mirror=address + "/{channel}")


def test_bad_signature(driverctl, copied, untouched):
    image = copied.image("1.2.0")
    image.write_bytes(image.read_bytes() + b"x")
    refused(driverctl, update_from(driverctl, copied), 8, "does not match the file")
    assert not list(driverctl.work.rglob("*.bz2")), "the next run has to fetch it anew"
    assert not list(driverctl.work.rglob("*.bin"))


def test_wrong_digest(driverctl, copied, untouched):
    digests = copied.folder("1.2.0") / (IMAGE + ".DIGESTS")
    lines = digests.read_text().splitlines()
    at = lines.index("# SHA512 HASH") + 1
    lines[at] = "0" * 128 + lines[at][128:]
    digests.write_text("\n".join(lines) + "\n")
    refused(driverctl, update_from(driverctl, copied), 8, "SHA-512")


def test_truncated_image_with_a_good_signature(driverctl, mirror, copied, untouched):
    """Signed as it is: bzip2 finds the truncation."""
    image = copied.image("1.2.0")
    image.write_bytes(image.read_bytes()[:-200])
    mirror.publish(image)
    refused(driverctl, update_from(driverctl, copied), 1, "cannot decompress")


def test_image_that_ends_inside_the_partition(driverctl, mirror, copied, untouched):
    image = copied.image("1.2.0")
    raw = bz2.decompress(image.read_bytes())
    image.write_bytes(bz2.compress(raw[: len(raw) // 2]))
    mirror.publish(image)
    refused(driverctl, update_from(driverctl, copied), 1, "partition")


def test_mirror_that_dies_half_way_is_resumed(driverctl, mirror, untouched):
    """The server is killed in the middle of the transfer; the next run goes on behind the bytes
    that are there."""
    release = RELEASES["6.1"]
    part = driverctl.work / f"cache/amd64-usr-{release}" / (IMAGE + ".part")
    with serve(mirror.root, "--rate", 20_000_000) as slow:
        process = start(driverctl.update_command(mirror=slow + "/{channel}"))
        wait_until(lambda: part.exists() and part.stat().st_size > 20_000_000)
    # The server is gone now; driverctl would try again for a while.
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 128 + signal.SIGINT
    size = part.stat().st_size
    total = mirror.image(release).stat().st_size
    assert 20_000_000 < size < total
    log = driverctl.work / "access.log"
    with serve(mirror.root, "--log", log) as whole:
        process = start(driverctl.update_command(mirror=whole + "/{channel}"))
        said = read_until(process, "Compiling the ")
        process.terminate()
        process.communicate(timeout=LIMIT)
    assert "Verifying" in said
    lines = [line.split() for line in log.read_text().splitlines()]
    sent = [fields for fields in lines if fields[6].endswith(IMAGE)]
    assert [fields[8] for fields in sent] == ["206"]
    assert int(sent[0][9]) == total - size
