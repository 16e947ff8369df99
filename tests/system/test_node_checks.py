"""What the commands say of the machine that the tests run on, which needs no GPU and no driver."""

import json
import subprocess

import pytest
from conftest import BINARY, clean_environment


def run(*argv, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        argv, capture_output=True, env=clean_environment(), timeout=60, check=False, **options
    )


@pytest.fixture
def stranger(tmp_path):
    """A process of odd name that holds and has mapped a file whose name looks like a node's."""
    file = tmp_path / "dev/nvidia0"
    file.parent.mkdir()
    file.write_bytes(b"x" * 4096)
    script = (
        "import mmap, sys; file = open(sys.argv[1]); "
        "held = mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ); "
        "open('/proc/self/comm', 'wb').write(b'a\\x1b\\xff\\n'); print('up', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        ["python3", "-c", script, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"up\n"
        yield process
        process.stdin.close()


def test_a_file_with_the_name_of_a_node_holds_nothing(stranger, tmp_path):
    done = run(BINARY, "status", "--json", "--run-dir", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    users = json.loads(done.stdout)["users"]["processes"]
    assert stranger.pid not in [user["pid"] for user in users]
    done = run(BINARY, "status", "--run-dir", tmp_path / "run")
    assert str(stranger.pid) not in done.stdout.decode()


def test_unload_dry_run_makes_nothing(tmp_path):
    done = run(BINARY, "unload", "--dry-run", "--run-dir", tmp_path / "run/nvidia")
    assert done.returncode in (0, 4, 6), done.stderr  # what is loaded here, and used, is not ours
    assert list(tmp_path.iterdir()) == []


def test_doctor_without_the_privilege_to_load_modules():
    done = run("setpriv", "--bounding-set=-sys_module", BINARY, "doctor", "--json")
    findings = json.loads(done.stdout)["findings"]
    assert [
        finding["severity"] for finding in findings if "it lacks CAP_SYS_MODULE" in finding["text"]
    ] == ["problem"]
