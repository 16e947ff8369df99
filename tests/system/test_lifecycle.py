"""A node's whole life in the VM with kernel 6.1 and NVIDIA's real modules: steps that fail, a kill,
one life after the other."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from harness.container import Mount
from harness.limits import LONG_LIMIT
from harness.node import CLEAN, OPEN, killed, probe, ready, stopped, system
from harness.vm import Vm


@pytest.fixture(scope="module", autouse=True)
def parameter_files(vm):
    vm.put(b"modeset=banana\n", "/var/bad/nvidia-drm.conf")
    vm.put(b"NVreg_DeviceFileMode=432\n", "/var/drivers/nvidia.conf")
    vm.put(b"", "/var/empty")


FIRMWARE_PATH = "/sys/module/firmware_class/parameters/path"
VALIDATIONS = "/run/nvidia/validations"
STATE = "/run/nvidia/nvidia-driver.state"


@dataclass(frozen=True)
class Failure:
    """How a step of init is made to fail, and how init ends."""

    code: int
    word: str  # of the message
    options: list[str] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)
    breaks: str = "true"  # on the host
    heals: str = "true"


FAILURES = {
    "record": Failure(
        code=1,
        word="driverctl",
        breaks="touch /run/nvidia/driverctl",
        heals="rm /run/nvidia/driverctl",
    ),
    "firmware path": Failure(
        code=1, word="parameters/path", mounts=[("/var/empty", FIRMWARE_PATH, "ro")]
    ),
    "modules": Failure(code=6, word="nvidia-drm", mounts=[("/var/bad", "/drivers", "ro")]),
    "device nodes": Failure(
        code=1,
        word="Read-only file system",
        options=["--dev-root", "/drivers"],
        mounts=[("/var/drivers", "/drivers", "ro")],
    ),
    "driver root": Failure(
        code=1,
        word="/run/nvidia/driver",
        breaks="rmdir /run/nvidia/driver; touch /run/nvidia/driver",
        heals="rm /run/nvidia/driver",
    ),
    "daemons": Failure(
        code=1,
        word="validations",
        breaks=f"rm -rf {VALIDATIONS}; touch {VALIDATIONS}",
        heals=f"rm {VALIDATIONS}",
    ),
    "containers": Failure(
        code=1,
        word="containers cannot be told of the driver",
        options=["--cdi", "/proc/cdi"],
    ),
    "stale marker": Failure(
        code=1,
        word="nvidia-driver.state",
        breaks=f"mkdir -p {STATE}/x",
        heals=f"rm -rf {STATE}",
    ),
}


@pytest.mark.parametrize("step", FAILURES)
def test_step_that_fails_undoes_the_steps_before(vm, step):
    failure = FAILURES[step]
    vm.run("rm -rf /run/nvidia/driverctl")
    vm.check(failure.breaks)
    try:
        argv = ["driverctl", "init", *OPEN, *failure.options]
        name = f"fails-{step.replace(' ', '-')}"
        container = vm.container(argv, name=name, mounts=failure.mounts)
        assert container.wait() == failure.code, container.log()
        assert failure.word in container.log()
    finally:
        vm.check(failure.heals)
    assert system(vm) == CLEAN


def test_sigkill_then_init_of_a_new_container(vm):
    """test_init_killed.py has the other moments, in one container."""
    container = ready(vm, "kill")
    killed(container)
    heir = ready(vm, "heir")
    assert probe(heir, "readiness") == (0, "ready")
    stopped(vm, heir)


# Kernel threads have no command line. The list is made before the first process that makes it.
PROCESSES = r"""
set -- /proc/[0-9]*
for p do tr -d '\0' 2>/dev/null <$p/cmdline | grep -q . && echo $p; done
true
"""
LIVES = """
set -eu
for life in $(seq COUNT); do
    # A daemon takes long to start under emulation.
    [ $life -le 10 ] && daemon=optional || daemon=off
    : >/tmp/log  # or the line of the life before would be found
    driverctl init --no-build --persistence $daemon --flavour open 2>/tmp/log &
    until grep -q 'waiting for signal' /tmp/log; do kill -0 $!; sleep 0.1; done
    kill -TERM $!
    wait $!
    [ $life -gt 1 ] || touch /tmp/warm
done
echo COUNT lives
sleep 1000
"""


class Counts(NamedTuple):
    """What a node must not have more of after each life; counted from the host's side."""

    mounts: int
    loop_devices: int
    processes: int
    open_files: int


def count(vm: Vm) -> Counts:
    loops = vm.run("find /sys/block/loop*/loop/backing_file 2>/dev/null").out
    return Counts(
        mounts=len(vm.check("cat /proc/self/mountinfo").splitlines()),
        loop_devices=len(loops.split()),
        processes=len(vm.check(PROCESSES).splitlines()),
        open_files=int(vm.check("cat /proc/sys/fs/file-nr").split()[0]),
    )


def available_memory(vm: Vm) -> int:
    """MiB."""
    vm.check("echo 3 >/proc/sys/vm/drop_caches")
    lines = [line.split() for line in vm.check("cat /proc/meminfo").splitlines()]
    return next(int(line[1]) // 1024 for line in lines if line[0] == "MemAvailable:")


def test_many_lives_leak_nothing(vm, long):
    """One container, one life after the other, as fast as they go."""
    lives = 50 if long else 5  # an emulated life takes some seconds
    script = LIVES.replace("COUNT", str(lives))
    container = vm.container(["sh", "-c", script], name="lives")
    has_lived = ["test", "-e", "/tmp/warm"]
    container.wait_until(lambda: container.run(has_lived).rc == 0 or None, "did not live")
    warm = available_memory(vm)
    container.wait_for(f"{lives} lives", LONG_LIMIT)
    vm.check("sleep 1")
    after = count(vm)
    zombies = [line for line in vm.check("cat /proc/[0-9]*/stat").splitlines() if ") Z " in line]
    left = available_memory(vm)
    print(f"\nafter {lives} lives: {after}; of {warm} MiB after the first, {left} MiB are left")
    killed(container)
    fresh = vm.container(["sleep", "1000"], name="fresh")
    vm.check("sleep 1")
    reference = count(vm)
    killed(fresh)
    assert zombies == []
    assert after.mounts == reference.mounts
    assert after.loop_devices == reference.loop_devices == 0
    assert after.processes <= reference.processes + 1  # the shell around them
    assert after.open_files <= reference.open_files + 100
    assert left > warm - 64  # modules that stayed would be 20 MiB each time
    assert system(vm) == CLEAN
