"""`driverctl matrix`: the run that made the packages of all the other tests, and runs beside those
packages that compile nothing."""

import json
import re
import signal
import time
from pathlib import Path

import pytest

from harness.driverctl import Finished, start
from harness.drivers import DRIVER, FLAVOURS, package_name, store_folder
from harness.limits import LIMIT
from harness.releases import IMAGE, RELEASES, Mirror, serve

MISSING = "9999.2.0"
EVERYTHING = sorted(
    (release, DRIVER, flavour) for release in RELEASES.values() for flavour in FLAVOURS
)


def cells(done: Finished | str) -> dict[tuple[str, str, str], dict]:
    document = json.loads(done if isinstance(done, str) else done.out)
    found = {(cell["release"], cell["driver"], cell["flavour"]): cell for cell in document["cells"]}
    assert len(found) == len(document["cells"]), "a cell is there twice"
    failing = {cell["state"] for cell in found.values()} - {"build", "cached", "built"}
    assert document["good"] == (not failing)
    return found


def states(done: Finished) -> dict[tuple[str, str], str]:
    return {
        (release, flavour): cell["state"] for (release, _, flavour), cell in cells(done).items()
    }


def test_the_run_that_built_them_all(built, built_base, kernels):
    report = cells((built_base / "matrix.json").read_text())
    assert sorted(report) == EVERYTHING
    for (release, _, flavour), cell in report.items():
        package = Path(cell["package"])
        assert cell["kernel"] in kernels.values()
        assert package.name == package_name(DRIVER, flavour, cell["kernel"])
        assert Path(built_base, *package.parts[-3:]).is_file()
        if cell["state"] != "cached":  # by a run that was broken off
            assert cell["state"] == "built" and cell["seconds"] > 0
            log = (built.work / "logs/matrix" / Path(cell["log"]).name).read_text()
            assert f"Compiling the {flavour} kernel modules" in log
    assert "built" in {cell["state"] for cell in report.values()}


def test_second_flavour_does_not_test_the_kernel_again(built):
    """That the modules are the same is test_restored_modules_equal_kbuilds_own's. The proprietary
    one was built first (harness/builds.py), for kernel 6.1 after the demo has built it in its
    container with the same work directory."""

    def tests(release: str, flavour: str) -> int:
        logs = (built.work / "logs" / store_folder(release)).glob(f"*-{flavour}-*.log")
        return sum(
            len(re.findall(r"^ *CONFTEST: (?!.*_check$)", log.read_text(), re.MULTILINE))
            for log in logs
        )

    assert tests(RELEASES["6.12"], "proprietary") > 300
    assert tests(RELEASES["6.12"], "open") == 0
    assert tests(RELEASES["6.1"], "open") == 0


def test_second_run_finds_everything_and_fetches_nothing(built):
    done = built.matrix("--json", mirror="http://127.0.0.1:9", jobs="2")  # nobody listens there
    assert done.rc == 0, done.err
    assert sorted(cells(done)) == EVERYTHING
    assert all(
        cell["state"] == "cached" and Path(cell["package"]).is_file() and cell["log"] == ""
        for cell in cells(done).values()
    )
    table = built.matrix(mirror="http://127.0.0.1:9").out.splitlines()
    assert table[0].split() == ["RELEASE", "KERNEL", "DRIVER", "FLAVOUR", "RESULT", "DETAIL"]
    assert len(table) == 6 and table[-1] == "4 cached"


def test_plan_says_why_and_fetches_small_files_only(built, mirror, tmp_path):
    log = tmp_path / "access.log"
    work = tmp_path / "work"
    with serve(mirror.root, "--log", log) as address:
        releases = f"{RELEASES['6.1']},1.2.0,{MISSING}"
        options = {"releases": releases, "flavours": "open", "mirror": address + "/{channel}"}
        done = built.matrix("--plan", "--json", work_dir=work, **options)
    assert done.rc == 1, done.err
    assert states(done) == {
        (RELEASES["6.1"], "open"): "cached",
        ("1.2.0", "open"): "build",
        (MISSING, "open"): "unavailable",
    }
    assert cells(done)[("1.2.0", DRIVER, "open")]["reason"] == "the store has no package"
    assert "404" in cells(done)[(MISSING, DRIVER, "open")]["reason"]
    small = (".DIGESTS", "_packages.txt")
    assert all(line.split()[6].endswith(small) for line in log.read_text().splitlines())
    assert not work.exists()


def test_every_cell_is_in_one_shard(built):
    shards = [
        sorted(cells(built.matrix("--plan", "--json", shard=f"{index}/3"))) for index in (0, 1, 2)
    ]
    assert sorted(cell for shard in shards for cell in shard) == EVERYTHING


def test_a_failure_keeps_the_rest_from_starting(built, tmp_path):
    done = built.matrix("--json", releases=f"{RELEASES['6.1']},{MISSING}", work_dir=str(tmp_path))
    assert done.rc == 1
    found = states(done)
    assert found == {(RELEASES["6.1"], flavour): "cached" for flavour in FLAVOURS} | {
        (MISSING, "open"): "failed",
        (MISSING, "proprietary"): "skipped",
    }
    failed = cells(done)[(MISSING, DRIVER, "open")]
    assert "404" in failed["reason"] and failed["reason"] in Path(failed["log"]).read_text()
    assert failed["reason"] in done.err


def test_keep_going_tries_all(built, tmp_path):
    done = built.matrix(
        "--keep-going", releases=f"{RELEASES['6.1']},{MISSING}", work_dir=str(tmp_path)
    )
    assert done.rc == 1
    assert done.out.splitlines()[-1] == "2 cached, 2 failed"
    assert len(re.findall(r" failed +\d+ s: cannot fetch .*404", done.out)) == 2


def test_what_cannot_be_meant_is_refused(built, tmp_path):
    for words, changes in [
        (["driver 1.2.3 is not in", DRIVER, "--drivers"], {"drivers": "1.2.3"}),
        (["'closed' is no module flavour"], {"flavours": "closed"}),
        (["'4/3' is no shard"], {"shard": "4/3"}),
        (["release 'newest'"], {"releases": "newest"}),
        (["no release to build for", "--releases", "--channels"], {"releases": None}),
        (["--jobs cannot be 0"], {"jobs": "0"}),
        (["no driver sources in"], {"drivers": None, "source_dir": str(tmp_path)}),
    ]:
        done = built.matrix("--plan", **changes)
        assert done.rc == 2 and done.out == "", (changes, done)
        for word in words:
            assert word in done.err, done.err


def test_builds_of_one_release_share_one_download(driverctl, mirror, tmp_path, untouched):
    """Release 1.2.0 holds no compiler: both builds come as far as that, at the same time."""
    log = tmp_path / "access.log"
    with serve(mirror.root, "--log", log) as address:
        options = {"releases": "1.2.0", "jobs": 2, "mirror": address + "/{channel}"}
        done = driverctl.matrix("--json", "--keep-going", **options)
    assert done.rc == 1
    assert set(states(done).values()) == {"failed"}
    assert sum(line.split()[6].endswith(IMAGE) for line in log.read_text().splitlines()) == 1


def test_refused_image_decides_the_exit_code(driverctl):
    done = driverctl.matrix(
        "--keep-going",
        releases=f"1.2.0,{MISSING}",
        flavours="open",
        signing_key="F88CFEDEFF29A5B4D9523864E25D9AED0593B34A",
    )
    assert done.rc == 8
    assert "lacks the pinned key F88CFEDE" in done.out


def test_a_signal_stops_all_of_them_and_reports(driverctl, mirror, untouched):
    with serve(mirror.root, "--rate", 2_000_000) as slow:
        process = start(driverctl.matrix_command("--json", mirror=slow + "/{channel}", jobs=2))
        children: list[str] = []
        while len(children) < 2:
            assert process.poll() is None, process.communicate(timeout=LIMIT)
            time.sleep(0.05)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 128 + signal.SIGTERM, err
    assert len(children) == 2 and not any(Path(f"/proc/{child}").exists() for child in children)
    found = states(Finished(0, out, err))
    assert set(found.values()) == {"skipped"} and len(found) == 4
    assert driverctl.packages() == []


@pytest.fixture
def current(mirror, tmp_path) -> Mirror:
    """A mirror whose channel stable is at release 3815.2.5, says its version.txt, which is
    signed."""
    copy = Mirror(tmp_path / "mirror")
    copy.folder("current").mkdir(parents=True)
    release = RELEASES["6.1"]
    copy.folder(release).symlink_to(mirror.folder(release))
    version = copy.folder("current") / "version.txt"
    version.write_bytes((mirror.folder(release) / "version.txt").read_bytes())
    mirror.sign(version)
    return copy


def test_channel_means_its_current_release(built, current):
    with serve(current.root) as address:
        options = {"releases": None, "channels": "stable", "mirror": address + "/{channel}"}
        done = built.matrix("--json", **options)
        assert done.rc == 0, done.err
        assert states(done) == {(RELEASES["6.1"], flavour): "cached" for flavour in FLAVOURS}
        version = current.folder("current") / "version.txt"
        version.write_text(version.read_text().replace("3815.2.5", "3815.2.4"))
        done = built.matrix("--plan", **options)
        assert done.rc == 8 and "version.txt" in done.err
