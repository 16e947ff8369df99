"""What the commands say of the machine that the tests run on, which needs no GPU and no driver."""

import json
import subprocess

import pytest

from harness.driverctl import command, finish, run


SCRIPT = r"""
import mmap, sys
file = open(sys.argv[1])
held = mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ)
open("/proc/self/comm", "wb").write(b"a\x1b\xff\n")
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def stranger(tmp_path):
    """A process of odd name that holds and has mapped a file whose name looks like a node's."""
    file = tmp_path / "dev/nvidia0"
    file.parent.mkdir()
    file.write_bytes(b"x" * 4096)
    argv = ["python3", "-c", SCRIPT, str(file)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"up\n"
        yield process
        process.stdin.close()


def test_a_file_with_the_name_of_a_node_holds_nothing(stranger, tmp_path):
    done = run("status", "--json", run_dir=tmp_path / "run")
    assert done.rc == 0, done.err
    users = json.loads(done.out)["users"]["processes"]
    assert stranger.pid not in [user["pid"] for user in users]
    assert str(stranger.pid) not in run("status", run_dir=tmp_path / "run").out


def test_status_with_a_damaged_record_says_what_is_loaded_all_the_same(tmp_path):
    record = tmp_path / "run/driverctl/state.json"
    record.parent.mkdir(parents=True)
    record.write_text("{")
    done = run("status", "--json", run_dir=tmp_path / "run")
    assert done.rc == 0, done.err
    assert f"{record} is damaged" in done.err and "it counts as none" in done.err
    report = json.loads(done.out)
    assert "loaded" in report and report["init"] is None


def test_unload_dry_run_makes_nothing(tmp_path):
    done = run("unload", "--dry-run", run_dir=tmp_path / "run/nvidia")
    assert done.rc in (0, 4, 6), done.err  # what is loaded here, and used, is not ours
    assert list(tmp_path.iterdir()) == []


TAKES_NOTHING = {
    "full": (
        "mount -t tmpfs -o size=16k none $RUN; head -c 1M /dev/zero >$RUN/fill 2>&1",
        "cannot write {run}/nvidia-driver.pid: No space left on device. Make room",
    ),
    "read-only": (
        "mount -t tmpfs -o ro none $RUN",
        "cannot open {run}/nvidia-driver.pid: Read-only file system. Mount",
    ),
}


@pytest.mark.parametrize("state", TAKES_NOTHING)
def test_a_run_directory_that_takes_nothing_has_a_remedy(state, tmp_path):
    mount, says = TAKES_NOTHING[state]
    script = f'RUN=$1; shift; {mount}; exec "$@"'
    words = ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path)]
    done = finish([*words, *command("unload", run_dir=tmp_path)])
    assert done.rc == 1 and says.format(run=tmp_path) in done.err, done


def test_doctor_without_the_privilege_to_load_modules():
    done = finish(["setpriv", "--bounding-set=-sys_module", *command("doctor", "--json")])
    findings = json.loads(done.out)["findings"]
    ours = [finding for finding in findings if "it lacks CAP_SYS_MODULE" in finding["text"]]
    assert [finding["severity"] for finding in ours] == ["problem"]


DAMAGED = """
set -e
mount -t tmpfs tmpfs /usr/share
mkdir /usr/share/nvidia
echo damaged > /usr/share/nvidia/supported-gpus.json
exec "$@"
"""


def with_a_damaged_table_of_gpus(*words: str):
    return finish(["unshare", "--mount", "sh", "-c", DAMAGED, "sh", *command(*words)])


def test_only_commands_that_choose_a_driver_read_what_the_node_says_of_gpus(tmp_path):
    (tmp_path / "store").mkdir()
    store = f"--store={tmp_path / 'store'}"
    for words in (["package", "list", store], ["package", "verify", store], ["status"]):
        done = with_a_damaged_table_of_gpus(*words)
        assert done.rc == 0, (words, done)
    refused = with_a_damaged_table_of_gpus("tags", "oci://127.0.0.1:1/r")
    assert refused.rc == 1 and "supported-gpus.json" not in refused.err, refused
    found = with_a_damaged_table_of_gpus("doctor", "--json", "--driver=535.1")
    findings = json.loads(found.out)["findings"]
    assert any("supported-gpus.json is damaged" in finding["text"] for finding in findings)
    assert with_a_damaged_table_of_gpus("plan", "--driver=535.1").rc == 1
