"""A node's whole life in the VM with kernel 6.1 and NVIDIA's real modules: steps that fail, kills,
one life after the other."""

import pytest
from harness.node import CLEAN, OPEN, killed, probe, ready, refused, stopped, system


@pytest.fixture(scope="module")
def vm(vm):
    vm.put(b"modeset=banana\n", "/var/bad/nvidia-drm.conf")
    vm.put(b"NVreg_DeviceFileMode=432\n", "/var/drivers/nvidia.conf")
    vm.put(b"", "/var/empty")
    return vm


FAILURES = {  # step: (exit code, words of the message, init's options, mounts, what breaks it on the host, what heals it)
    "record": (1, "driverctl", [], [], "touch /run/nvidia/driverctl", "rm /run/nvidia/driverctl"),
    "firmware path": (
        1,
        "parameters/path",
        [],
        [("/var/empty", "/sys/module/firmware_class/parameters/path", "ro")],
        "",
        "",
    ),
    "modules": (6, "nvidia-drm", [], [("/var/bad", "/drivers", "ro")], "", ""),
    "device nodes": (
        1,
        "Read-only file system",
        ["--dev-root", "/drivers"],
        [("/var/drivers", "/drivers", "ro")],
        "",
        "",
    ),
    "driver root": (
        1,
        "/run/nvidia/driver",
        [],
        [],
        "rmdir /run/nvidia/driver; touch /run/nvidia/driver",
        "rm /run/nvidia/driver",
    ),
    "daemons": (
        1,
        "validations",
        [],
        [],
        "rm -rf /run/nvidia/validations; touch /run/nvidia/validations",
        "rm /run/nvidia/validations",
    ),
    "ready": (
        1,
        "nvidia-driver.state",
        ["--config-digest", "x"],
        [],
        "mkdir -p /run/nvidia/nvidia-driver.state/x",
        "rm -rf /run/nvidia/nvidia-driver.state",
    ),
}


@pytest.mark.parametrize("step", FAILURES)
def test_step_that_fails_undoes_the_steps_before(vm, step):
    code, word, options, mounts, break_it, heal = FAILURES[step]
    vm.run("rm -rf /run/nvidia/driverctl")
    if break_it:
        vm.check(break_it)
    try:
        container = vm.container(
            ["driverctl", "init", *OPEN, *options],
            name=f"fails-{step.replace(' ', '-')}",
            mounts=mounts,
        )
        assert container.wait(120) == code, container.log()
        assert word in container.log()
    finally:
        if heal:
            vm.check(heal)
    assert system(vm) == CLEAN


KILLS = [  # what the log says first, and how many seconds after that the kill comes
    pytest.param("Starting installation", 0, marks=pytest.mark.long),
    pytest.param("Stopping NVIDIA persistence daemon", 0, marks=pytest.mark.long),
    pytest.param("Unloading NVIDIA driver kernel modules", 0, marks=pytest.mark.long),
    ("Installing NVIDIA", 0),
    pytest.param("Loading NVIDIA driver kernel modules", 0, marks=pytest.mark.long),
    ("Loading NVIDIA driver kernel modules", 0.5),
    ("Mounting NVIDIA driver rootfs", 0),
    pytest.param("Starting NVIDIA persistence daemon", 0.2, marks=pytest.mark.long),
    ("Done, now waiting", 0),
]


@pytest.mark.parametrize("line,delay", KILLS)
def test_sigkill_then_a_new_init(vm, line, delay):
    """The kill is sent inside the VM, in the moment in which the log shows the line."""
    name = "kill-" + "".join(filter(str.isalpha, line)).lower() + str(delay)
    container = vm.container(["driverctl", "init", *OPEN], name=name)
    vm.check(
        f"until grep -q '{line}' {container.bundle}/log; do sleep 0.02; done; sleep {delay}; runc kill {name} KILL",
        timeout=60,
    )
    assert container.wait(60) == 137
    heir = ready(vm, f"{name}-heir")
    assert probe(heir, "readiness") == (0, "ready")
    stopped(vm, heir)


# Kernel threads have no command line. The list is made before the first process that makes it.
PROCESSES = r"""set -- /proc/[0-9]*; for p do tr -d '\0' 2>/dev/null <$p/cmdline | grep -q . && echo $p; done; true"""


def test_many_lives_leak_nothing(vm, long):
    """One container, one life after the other, as fast as they go; counted before and after from
    the host's side."""
    lives = 50 if long else 5  # an emulated life takes some seconds
    script = f"""
        set -eu
        for life in $(seq {lives}); do
            [ $life -le 10 ] && daemon=optional || daemon=off  # a daemon takes long to start under emulation
            : >/tmp/log  # or the line of the life before would be found
            driverctl init --no-build --persistence $daemon --flavour open 2>/tmp/log &
            until grep -q 'waiting for signal' /tmp/log; do kill -0 $!; sleep 0.1; done
            kill -TERM $!
            wait $!
            [ $life -gt 1 ] || touch /tmp/warm
        done
        echo {lives} lives
        sleep 1000"""

    def counts() -> dict[str, int]:
        return {
            "mounts": len(vm.check("cat /proc/self/mountinfo").splitlines()),
            "loop devices": len(
                vm.run("find /sys/block/loop*/loop/backing_file 2>/dev/null").out.split()
            ),
            "processes": len(vm.check(PROCESSES).splitlines()),
            "open files": int(vm.check("cat /proc/sys/fs/file-nr").split()[0]),
        }

    def memory() -> int:  # MiB
        vm.check("echo 3 >/proc/sys/vm/drop_caches")
        fields = dict(line.split()[:2] for line in vm.check("cat /proc/meminfo").splitlines())
        return int(fields["MemAvailable:"]) // 1024

    container = vm.container(["sh", "-c", script], name="lives")
    container._poll(
        lambda: container.run(["test", "-e", "/tmp/warm"]).rc == 0 or None, 120, "did not live once"
    )
    warm = memory()
    container.wait_for(f"{lives} lives", timeout=1200)
    vm.check("sleep 1")
    after = counts()
    zombies = [line for line in vm.check("cat /proc/[0-9]*/stat").splitlines() if ") Z " in line]
    left = memory()
    print(
        f"\nafter {lives} lives: {after}, available memory {warm} MiB after the first life, {left} MiB after the last"
    )
    killed(container)
    fresh = vm.container(["sleep", "1000"], name="fresh")
    vm.check("sleep 1")
    reference = counts()
    killed(fresh)
    assert zombies == []
    assert after["mounts"] == reference["mounts"]
    assert after["loop devices"] == reference["loop devices"] == 0
    assert after["processes"] <= reference["processes"] + 1  # the shell around them
    assert after["open files"] <= reference["open files"] + 100
    assert left > warm - 64  # modules that stayed would be 20 MiB each time
    assert system(vm) == CLEAN


def test_unsigned_modules_where_signatures_are_enforced(vm):
    """Last: the kernel does not take it back."""
    vm.check("echo Y >/sys/module/module/parameters/sig_enforce")
    log = refused(
        vm,
        "unsigned",
        OPEN,
        6,
        "loads signed modules only, and these have no signature: nvidia, nvidia-uvm",
    )
    assert "Unloading NVIDIA" not in log
    doctor = vm.container(["driverctl", "doctor"], name="doctor-unsigned")
    assert doctor.wait(60) == 6
    assert "modules have to be signed" in doctor.log()


def test_kernel_that_loads_and_removes_no_modules(vm):
    """Behind the last: the kernel does not take this back either."""
    vm.check("echo 1 >/proc/sys/kernel/modules_disabled")
    refused(vm, "disabled", OPEN, 6, "kernel.modules_disabled is 1")
    for command in (["plan", "--flavour", "open"], ["doctor"]):
        container = vm.container(["driverctl", *command], name=f"disabled-{command[0]}")
        assert container.wait(60) == 6, container.log()
        assert "kernel.modules_disabled is 1" in container.log()
