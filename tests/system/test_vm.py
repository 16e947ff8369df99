"""Tests of the VM harness itself; NVIDIA's modules and driverctl have theirs elsewhere."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.paths import ROOT
from harness.releases import RELEASES
from harness.shell import program, wait_until
from harness.vm import Vm, VmError, booted, make_container_disk, make_host

FUNCTION = "/sys/bus/pci/devices/0001:01:00.0"


@pytest.fixture(scope="module", params=["6.1", "6.12"])
def host(request) -> Path:
    return make_host(request.param, release=RELEASES[request.param])


@pytest.fixture(scope="module")
def container_disk(tmp_path_factory) -> Path:
    """An image with nothing but busybox."""
    rootfs = tmp_path_factory.mktemp("image") / "rootfs"
    (rootfs / "bin").mkdir(parents=True)
    shutil.copy(program("busybox"), rootfs / "bin")
    for applet in subprocess.check_output(["busybox", "--list"], text=True).split():
        if applet != "busybox":
            (rootfs / "bin" / applet).symlink_to("busybox")
    (rootfs / "owned").touch()
    os.chown(rootfs / "owned", 12, 34)
    (rootfs / "owned").chmod(0o4750)
    tar = rootfs.with_suffix(".tar")
    subprocess.run(["tar", "-C", rootfs, "-cf", tar, "."], check=True)
    return make_container_disk(tar, rootfs.with_suffix(".ext4"))


@pytest.fixture(scope="module")
def vm(host, container_disk, tmp_path_factory):
    log = tmp_path_factory.mktemp("vm") / "console.log"
    with Vm(host, container_disk, log=log, parameters="driverctl.test=1") as machine:
        yield machine


def test_host_is_shaped_like_flatcar(vm, host):
    assert vm.check("uname -r").strip() == (host / "kernel-release").read_text().strip()
    assert "ID=flatcar\n" in vm.check("cat /etc/os-release")
    release = RELEASES["6.12" if "6.12" in host.name else "6.1"]
    assert f"VERSION_ID={release}\n" in vm.check("cat /usr/lib/os-release")
    assert vm.check("cat /usr/share/flatcar/update.conf") == "GROUP=stable\n"
    assert "Read-only file system" in vm.run("touch /usr/x").out
    vm.check("touch /var/x /etc/x /run/x /tmp/x")
    assert "driverctl.test=1" in vm.check("cat /proc/cmdline")


def test_modules_that_nvidia_asks_for_are_there(vm):
    vm.check(
        "modprobe -a ipmi_msghandler ipmi_devintf i2c_core video wmi ttm drm drm_kms_helper loop"
    )
    assert "ipmi_devintf" in vm.check("lsmod")


def test_run_reports_exit_status_and_both_streams(vm):
    result = vm.run("echo one; echo two >&2; exit 3")
    assert (result.rc, result.out) == (3, "one\ntwo\n")
    assert vm.run(["echo", "a  b", "$HOME"]).out == "a  b $HOME\n"
    with pytest.raises(VmError, match="exited 1"):
        vm.check("false")


def test_run_kills_the_command_and_its_children_when_time_is_up(vm):
    result = vm.run("echo begun; sleep 1234 & sleep 1234", timeout=2)
    assert result.rc == 137
    assert "begun" in result.out
    assert "sleep 1234" not in vm.check("ps -o args | grep -v grep")


def test_put_keeps_every_byte(vm):
    data = os.urandom(5_000_001)
    vm.put(data, "/var/some where/data")
    digest = vm.check("sha256sum < '/var/some where/data'").split()[0]
    assert digest == hashlib.sha256(data).hexdigest()
    vm.put(b"", "/var/empty")
    assert vm.check("stat -c %s /var/empty").strip() == "0"
    with pytest.raises(VmError, match="/usr/x"):
        vm.put(b"x", "/usr/x")
    assert vm.run("true").rc == 0


def test_emulated_function_comes_and_goes(vm):
    assert vm.run(f"ls {FUNCTION}").rc != 0
    for parameters, device, kind in [
        ({}, "0x1eb8", "0x030200"),
        ({"device": 0x22A3, "class": 0x068000}, "0x22a3", "0x068000"),
    ]:
        vm.gpu(**parameters)
        assert vm.check(f"cd {FUNCTION} && cat vendor device class").split() == [
            "0x10de",
            device,
            kind,
        ]
        vm.check("rmmod fakegpu")
        assert vm.run(f"ls {FUNCTION}").rc != 0


def test_emulated_function_spares_the_kernels_ram(vm):
    result = vm.run("insmod /usr/lib/vm/fakegpu.ko window=0x10000000")
    assert result.rc != 0
    assert "the kernel uses RAM" in vm.kernel_log()


def test_image_keeps_owners_and_modes(vm):
    assert vm.check("stat -c '%u %g %a' /var/lib/vm/image/owned").strip() == "12 34 4750"
    assert vm.check("ls /var/lib/vm/image").split() == ["bin", "owned"]


def test_container_is_privileged_and_its_driver_root_propagates(vm):
    program = """
        mkdir -p /run/nvidia/driver && mount --rbind / /run/nvidia/driver
        trap 'umount -l /run/nvidia/driver; exit 5' TERM
        echo ready "$GREETING"
        while :; do sleep 0.1; done"""
    vm.put(b"for the container", "/var/store/file")
    container = vm.container(
        ["sh", "-c", program],
        name="root",
        env={"GREETING": "hello"},
        mounts=[("/var/store", "/var/store", "ro")],
    )
    assert container.wait_for("ready hello")
    assert container.running

    # What the container sees.
    assert container.run(["cat", "/var/store/file"]).out == "for the container"
    assert container.run(["touch", "/var/store/file"]).rc != 0
    assert "ID=flatcar" in container.run(["cat", "/host-etc/os-release"]).out
    assert container.run(["ls", "/lib/modules"]).out == vm.check("ls /lib/modules")
    assert container.run(["touch", "/lib/modules/x"]).rc != 0
    status = dict(
        line.split(":\t", 1) for line in container.run(["cat", "/proc/1/status"]).out.splitlines()
    )
    assert status["Name"] == "init", "/proc/1 is the host's"
    capabilities = vm.check("grep CapEff /proc/1/status")
    assert container.run(["grep", "CapEff", "/proc/self/status"]).out == capabilities
    assert container.run(["mknod", "/dev/made", "c", "1", "3"]).rc == 0
    assert container.run(["test", "-b", "/dev/vda"]).rc == 0
    path = "/sys/module/firmware_class/parameters/path"
    assert container.run(["sh", "-c", f"echo -n /x > {path}"]).rc == 0
    assert vm.check(f"cat {path}") == "/x\n"

    # What the host sees of it.
    assert vm.check("ls /run/nvidia/driver/bin") == vm.check("ls /var/lib/vm/image/bin")
    assert vm.run("test -c /run/nvidia/driver/dev/made").rc == 0
    assert vm.run("test -e /dev/made").rc == 1

    container.signal("TERM")
    assert container.wait() == 5
    assert not container.running
    mounts = vm.check("cat /proc/mounts")
    assert "/run/nvidia/driver" not in mounts
    assert "overlay" not in mounts


def test_container_keeps_its_files_for_the_next_start(vm):
    assert vm.container(["sh", "-c", "echo kept > /file"], name="twice").wait() == 0
    again = vm.container(["cat", "/file"], name="twice")
    assert again.wait() == 0
    assert again.log() == "kept\n"
    other = vm.container(["cat", "/file"], name="other")
    assert other.wait() == 1


def test_waiting_for_a_container_has_an_end(vm):
    ended = vm.container(["sh", "-c", "echo bye; exit 4"], name="ended")
    with pytest.raises(AssertionError, match=r"ended \(4\) without 'never'"):
        ended.wait_for("never")
    endless = vm.container(["sleep", "1000"], name="endless")
    with pytest.raises(TimeoutError, match="did not end"):
        endless.wait(timeout=1)
    with pytest.raises(VmError, match="container endless is running"):
        vm.container(["true"], name="endless")
    endless.signal("KILL")
    assert endless.wait() == 137


def test_kernel_can_be_told_to_refuse_unsigned_modules(host, container_disk, tmp_path):
    """It cannot be undone: on a machine of its own."""
    state = booted(host, container_disk)
    with Vm(host, container_disk, log=tmp_path / "console.log", state=state) as vm:
        vm.check("rmmod fakegpu; echo 1 > /sys/module/module/parameters/sig_enforce")
        with pytest.raises(VmError, match="Key was rejected|Required key not available"):
            vm.gpu()
        vm.check("modprobe drm")
        vm.check("echo integrity > /sys/kernel/security/lockdown")
        assert "[integrity]" in vm.check("cat /sys/kernel/security/lockdown")


def test_a_saved_state_goes_on_as_often_as_it_is_wanted(host, container_disk, tmp_path):
    """Booted, with the GPU; what one machine does with it the next one does not see."""
    state = booted(host, container_disk)
    assert booted(host, container_disk) == state
    before = [(file.name, file.stat().st_mtime_ns) for file in sorted(state.iterdir())]
    for number in range(2):
        log = tmp_path / f"{number}.log"
        with Vm(host, container_disk, log=log, state=state) as machine:
            machine.check(f"test -e {FUNCTION} && ! test -e /var/x && touch /var/x /run/x && sync")
            again = machine.container(["sh", "-c", "echo from the image"])
            assert again.wait() == 0 and again.log() == "from the image\n"
    assert [(file.name, file.stat().st_mtime_ns) for file in sorted(state.iterdir())] == before


def test_a_state_stays_when_another_disk_gets_one(container_disk, tmp_path):
    host = make_host("6.12", release=RELEASES["6.12"])
    other = Path(shutil.copyfile(container_disk, tmp_path / "other.ext4"))
    states = [booted(host, container_disk), booted(host, other)]
    assert states[0] != states[1] and all(state.exists() for state in states)


def test_disks_are_not_written_to_and_a_panic_is_reported(host, container_disk, tmp_path):
    disks = [host / "host.ext4", container_disk]
    before = [os.stat(disk).st_mtime_ns for disk in disks]
    with Vm(host, container_disk, log=tmp_path / "console.log") as machine:
        assert machine.run("test -e /var/x").rc == 1, "left from another machine"
        machine.check("touch /var/x; sync")
        with pytest.raises(VmError, match="Kernel panic - not syncing: sysrq"):
            machine.run("echo c > /proc/sysrq-trigger")
        with pytest.raises(VmError, match="switched off"):
            machine.run("true")
    assert [os.stat(disk).st_mtime_ns for disk in disks] == before


def test_a_qemu_that_does_not_answer_is_switched_off(host, container_disk, tmp_path, monkeypatch):
    state = booted(host, container_disk)
    monkeypatch.setattr("harness.channels.LIMIT", 1)
    with Vm(host, container_disk, log=tmp_path / "console.log", state=state) as machine:
        monkeypatch.setattr("harness.vm.LIMIT", 1)
        os.kill(machine.pid, signal.SIGSTOP)
        with pytest.raises(VmError, match=r"no answer within 2 s\nqemu's monitor gives no reg"):
            machine.run("true", timeout=1)
        with pytest.raises(VmError, match="switched off"):
            machine.run("true")


def test_a_guest_that_does_not_answer_is_shown(host, container_disk, tmp_path, monkeypatch):
    state = booted(host, container_disk)
    with Vm(host, container_disk, log=tmp_path / "console.log", state=state) as machine:
        monkeypatch.setattr("harness.vm.LIMIT", 1)
        with pytest.raises(VmError, match=r"no answer within 2 s\n(.*HLT=[01]\r?\n){2}"):
            machine.run("read -r _ _ _ agent _ </proc/$PPID/stat; kill -STOP $agent", timeout=1)
        with pytest.raises(VmError, match="switched off"):
            machine.run("true")


OWNER = """
import pathlib, sys, time
from harness.vm import Vm, booted
host, disk, log = map(pathlib.Path, sys.argv[1:])
machine = Vm(host, disk, log=log, state=booted(host, disk))
machine.start()
print(machine.pid, flush=True)
time.sleep(1000)
"""


def test_machine_ends_with_its_process(host, container_disk, tmp_path):
    argv = [sys.executable, "-c", OWNER, host, container_disk, tmp_path / "console.log"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout
        qemu = int(owner.stdout.readline())
        os.kill(qemu, 0)
        owner.send_signal(signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{qemu}").exists())
