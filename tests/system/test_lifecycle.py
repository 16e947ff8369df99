"""A node's whole life in the VM with kernel 6.1 and NVIDIA's real modules: steps that fail, kills, adoption, keeping, probes, daemons, metrics."""

import json
import os

import pytest
from conftest import DRIVER, RELEASES
from node import CLEAN, MODULES, OPEN, OPTIONAL, hold, killed, loaded, ready, refused, stopped, system
from vm import Vm, make_host

SERIES = "6.1"
CYCLES = int(os.environ.get("LIVES", "10"))  # LIVES=50 for the long run; an emulated life takes 6 seconds


@pytest.fixture(scope="module")
def vm(container_disk, tmp_path_factory):
    host = make_host(SERIES, release=RELEASES[SERIES])
    with Vm(host, host / "host.ext4", container_disk, log=tmp_path_factory.mktemp("vm") / "console.log") as machine:
        machine.gpu()
        machine.put(b"modeset=banana\n", "/var/bad/nvidia-drm.conf")
        machine.put(b"NVreg_DeviceFileMode=432\n", "/var/drivers/nvidia.conf")
        machine.put(b"", "/var/empty")
        yield machine


def probe(container, kind: str) -> tuple[int, str]:
    done = container.run(["driverctl", "probe", kind])
    return done.rc, done.out.strip()


def report(container, *command: str) -> dict:
    return json.loads(container.run(["driverctl", *command, "--json"]).out)


def module_instance(vm) -> str:
    """Changes when the module is loaded anew."""
    return vm.check("stat -c %i /sys/module/nvidia").strip()


# Steps that fail -----------------------------------------------------------------------------------------------------------------------------------

FAILURES = {  # step: (exit code, words of the message, init's options, mounts, what breaks it on the host, what heals it)
    "record": (1, "driverctl", [], [], "touch /run/nvidia/driverctl", "rm /run/nvidia/driverctl"),
    "firmware path": (1, "parameters/path", [], [("/var/empty", "/sys/module/firmware_class/parameters/path", "ro")], "", ""),
    "modules": (6, "nvidia-drm", [], [("/var/bad", "/drivers", "ro")], "", ""),
    "device nodes": (1, "Read-only file system", ["--dev-root", "/drivers"], [("/var/drivers", "/drivers", "ro")], "", ""),
    "driver root": (1, "/run/nvidia/driver", [], [], "rmdir /run/nvidia/driver; touch /run/nvidia/driver", "rm /run/nvidia/driver"),
    "daemons": (1, "validations", [], [], "rm -rf /run/nvidia/validations; touch /run/nvidia/validations", "rm /run/nvidia/validations"),
    "ready": (1, "nvidia-driver.state", ["--config-digest", "x"], [], "mkdir -p /run/nvidia/nvidia-driver.state/x", "rm -rf /run/nvidia/nvidia-driver.state"),
}


@pytest.mark.parametrize("step", FAILURES)
def test_step_that_fails_undoes_the_steps_before(vm, step):
    code, word, options, mounts, break_it, heal = FAILURES[step]
    vm.run("rm -rf /run/nvidia/driverctl")
    if break_it:
        vm.check(break_it)
    try:
        container = vm.container(["driverctl", "init", *OPEN, *options], name=f"fails-{step.replace(' ', '-')}", mounts=mounts)
        assert container.wait(120) == code, container.log()
        assert word in container.log()
    finally:
        if heal:
            vm.check(heal)
    assert system(vm) == CLEAN


KILLS = [  # what the log says first, and how many seconds after that the kill comes
    ("Starting installation", 0), ("Stopping NVIDIA persistence daemon", 0), ("Unloading NVIDIA driver kernel modules", 0), ("Installing NVIDIA", 0),
    ("Loading NVIDIA driver kernel modules", 0), ("Loading NVIDIA driver kernel modules", 0.5), ("Mounting NVIDIA driver rootfs", 0),
    ("Starting NVIDIA persistence daemon", 0.2), ("Done, now waiting", 0),
]


@pytest.mark.parametrize("line,delay", KILLS)
def test_sigkill_then_a_new_init(vm, line, delay):
    """The kill is sent inside the VM, in the moment in which the log shows the line."""
    name = f"kill-{KILLS.index((line, delay))}"
    container = vm.container(["driverctl", "init", *OPEN], name=name)
    vm.check(f"until grep -q '{line}' {container.bundle}/log; do sleep 0.02; done; sleep {delay}; runc kill {name} KILL", timeout=60)
    assert container.wait(60) == 137
    heir = ready(vm, f"{name}-heir")
    assert probe(heir, "readiness") == (0, "ready")
    stopped(vm, heir)


# Adoption ------------------------------------------------------------------------------------------------------------------------------------------


def test_restart_with_running_work_does_not_disturb_it(vm):
    first = ready(vm, "adopt-1")
    instance = module_instance(vm)
    pid = hold(vm)
    killed(first)

    second = ready(vm, "adopt-2")
    assert "it is adopted as it is" in second.log()
    assert module_instance(vm) == instance
    assert vm.run(f"test -e /proc/{pid}/fd/7").rc == 0
    assert probe(second, "readiness") == (0, "ready")
    assert report(second, "status")["init"]["adopted"] is True
    assert report(second, "status")["users"]["processes"][0]["pid"] == int(pid)

    second.signal("TERM")
    second.wait_for("the driver is in use", timeout=60)
    assert second.running
    vm.check(f"kill {pid}")
    stopped(vm, second)


def test_adoption_that_fails_leaves_the_driver_and_its_users(vm):
    first = ready(vm, "adopt-3")
    instance = module_instance(vm)
    pid = hold(vm)
    killed(first)
    vm.check("rm -rf /run/nvidia/validations; touch /run/nvidia/validations")
    broken = vm.container(["driverctl", "init", *OPEN], name="adopt-4")
    assert broken.wait(60) == 1, broken.log()
    assert module_instance(vm) == instance
    vm.check("rm /run/nvidia/validations")
    again = ready(vm, "adopt-5")
    assert "it is adopted as it is" in again.log()
    vm.check(f"kill {pid}")
    stopped(vm, again)


def test_keep_loaded_then_other_parameters(vm):
    first = ready(vm, "keep-1", "--keep-loaded")
    instance = module_instance(vm)
    first.signal("TERM")
    assert first.wait(60) == 0
    assert sorted(loaded(vm)) == sorted(MODULES)

    second = ready(vm, "keep-2", "--keep-loaded")
    assert module_instance(vm) == instance
    plan = report(second, "plan", "--flavour", "open")
    assert plan["action"] == "adopt" and plan["exit_code"] == 0
    second.signal("TERM")
    assert second.wait(60) == 0

    # A parameter file changed: everybody's work comes first, then it is loaded anew.
    pid = hold(vm)
    mounts = [("/var/drivers", "/drivers", "ro")]
    before = system(vm)
    log = refused(vm, "keep-3", OPEN, 4, f"process {pid} (sleep", "/dev/nvidiactl", left=before, mounts=mounts)
    assert "nvidia was loaded with the parameters '', wanted is 'NVreg_DeviceFileMode=432'" in log
    assert "nvidia is loaded with NVreg_DeviceFileMode=438, wanted is 432" in log
    vm.check(f"kill {pid}")
    third = ready(vm, "keep-4", "--keep-loaded", mounts=mounts)
    assert module_instance(vm) != instance
    third.signal("TERM")
    assert third.wait(60) == 0

    tool = vm.container(["driverctl", "unload", "--dry-run"], name="unload-dry")
    assert tool.wait(30) == 0
    assert "would remove module nvidia_drm\n" in tool.log() and sorted(loaded(vm)) == sorted(MODULES)
    tool = vm.container(["driverctl", "unload"], name="unload")
    assert tool.wait(60) == 0, tool.log()
    assert system(vm) == CLEAN


def test_another_configuration_digest_means_loading_anew(vm):
    first = ready(vm, "digest-1", env={"DRIVER_CONFIG_DIGEST": "a"})
    assert vm.check("cat /run/nvidia/nvidia-driver.state").strip() == "a"
    instance = module_instance(vm)
    killed(first)
    second = ready(vm, "digest-2", env={"DRIVER_CONFIG_DIGEST": "b"})
    assert "the configuration's digest was 'a', wanted is 'b'" in second.log()
    assert module_instance(vm) != instance
    stopped(vm, second)


# Readiness, daemons, metrics -----------------------------------------------------------------------------------------------------------------------


def test_probes_say_what_is_really_there(vm):
    looker = vm.container(["driverctl", "probe", "readiness"], name="probe-nothing")
    assert looker.wait(30) == 1 and looker.log().strip() == "no init has run on this node"

    driver = ready(vm, "probe")
    assert vm.check("cat /run/nvidia/validations/.driver-daemons-status").strip() == "Ready"
    assert probe(driver, "liveness") == (0, "alive")
    assert vm.run("ls /run/nvidia/validations/.driver-ctr-ready").rc != 0
    assert probe(driver, "startup") == (0, "started")
    assert vm.check("cat /run/nvidia/validations/.driver-ctr-ready").splitlines() == [
        "GDRCOPY_ENABLED: false", "GDS_ENABLED: false", "GPU_DIRECT_RDMA_ENABLED: false",
    ]
    assert probe(driver, "readiness") == (0, "ready")
    driver.run(["rm", "/dev/nvidiactl"])
    assert probe(driver, "readiness") == (1, "device node /dev/nvidiactl is missing")
    vm.check("rmmod nvidia_drm")
    rc, said = probe(driver, "readiness")
    assert rc == 1 and "module nvidia-drm is not loaded" in said
    assert probe(driver, "liveness") == (0, "alive")
    stopped(vm, driver)


def test_init_as_pid_1_reaps_and_restarts_its_daemon(vm):
    driver = ready(vm, "pid1", "--metrics-file", "/run/metrics.prom", "--metrics-listen", "127.0.0.1:9599", own_pids=True)
    assert report(driver, "status")["init"]["pid"] == 1
    daemon = report(driver, "status")["init"]["daemons"][0]
    assert daemon["name"] == "nvidia-persistenced" and daemon["running"] is True

    driver.run(["sh", "-c", "(sleep 0.2; exit 3) & exit 0"])  # an orphan
    driver.run(["sh", "-c", f"kill -9 {daemon['pid']}"])
    log = driver.wait_for("nvidia-persistenced runs again", timeout=60)
    assert "nvidia-persistenced has ended, it is started again in 1 s" in log
    vm.check("sleep 2")
    states = driver.run(["sh", "-c", "cat /proc/[0-9]*/stat"]).out
    assert [line for line in states.splitlines() if ") Z " in line] == []

    for text in (driver.run(["cat", "/run/metrics.prom"]).out, vm.check("wget -q -O - http://127.0.0.1:9599/metrics")):
        lines = text.splitlines()
        assert 'driverctl_daemon_restarts_total{daemon="nvidia-persistenced"} 1' in lines
        assert 'driverctl_state{state="ready"} 1' in lines
        assert 'driverctl_gpu_info{address="0001:01:00.0",device="1eb8",driver="nvidia"} 1' in lines
        assert any(line.startswith('driverctl_step_duration_seconds{step="load the kernel modules"} ') for line in lines)
    stopped(vm, driver)


def test_licensing_daemons_run_where_there_is_a_gridd_conf(vm):
    """NVIDIA's vGPU daemons cannot be had; what is started, watched and stopped here are programs that go into the background as they do."""
    vm.put(b"ServerAddress=licence.example\n", "/var/vgpu/gridd.conf")
    mounts = [("/var/vgpu", "/drivers", "ro")]
    for name in ("nvidia-gridd", "nvidia-topologyd"):
        script = f"#!/bin/sh\necho hello\nmkdir -p /var/run/{name}\nsleep 1000 >/dev/null 2>&1 &\necho $! >/var/run/{name}/{name}.pid\n"
        vm.put(script.encode(), f"/var/fake/{name}")
        vm.check(f"chmod +x /var/fake/{name}")
        mounts.append((f"/var/fake/{name}", f"/usr/bin/{name}", "ro"))
    driver = ready(vm, "vgpu", mounts=mounts)
    assert "nvidia-gridd: hello" in driver.log()
    assert driver.run(["cat", "/etc/nvidia/gridd.conf"]).out == "ServerAddress=licence.example\n"
    names = [daemon["name"] for daemon in report(driver, "status")["init"]["daemons"]]
    assert names == ["nvidia-persistenced", "nvidia-topologyd", "nvidia-gridd"]
    assert probe(driver, "readiness") == (0, "ready")
    stopped(vm, driver)


def test_peermem_without_the_peer_memory_interface(vm):
    """This kernel has InfiniBand, but not the interface that NVIDIA's network driver adds to it: the module says no, and the message says who did.

    The package is one that only init's container has.
    """
    driver = ready(vm, "peermem-driver", "--store", "/fetched", "--package-source", "/var/lib/driverctl/packages")
    vm.check("mkdir -p /var/mellanox/drivers")
    command = ["nvidia-driver", "reload_nvidia_peermem"]
    loader = vm.container(command, name="peermem", mounts=[("/var/mellanox", "/run/mellanox", "ro")])
    loader.wait_for("Waiting for NVIDIA's network driver and GPU driver", timeout=30)
    assert probe(driver, "startup") == (0, "started")
    vm.check("touch /var/mellanox/drivers/.driver-ready")
    assert loader.wait(60) == 6, loader.log()
    assert "cannot insert module nvidia-peermem" in loader.log()
    asked = vm.container(["nvidia-driver", "probe_nvidia_peermem"], name="peermem-probe")
    assert asked.wait(30) == 0 and "nothing to probe" in asked.log()
    stopped(vm, driver)


# What cannot work ----------------------------------------------------------------------------------------------------------------------------------


def test_doctor_of_a_good_node(vm):
    doctor = vm.container(["driverctl", "doctor", "--json"], name="doctor")
    assert doctor.wait(60) == 0, doctor.log()
    findings = json.loads(doctor.log())["findings"]
    assert {finding["severity"] for finding in findings} <= {"good", "warning"}
    texts = [finding["text"] for finding in findings]
    assert "the symbols of 4 modules fit the running kernel" in texts
    assert "0001:01:00.0 (10de:1eb8), bound to no driver" in texts
    assert f"the firmware of driver {DRIVER} is there" in texts


def test_flavour_that_the_gpu_does_not_know(vm):
    vm.put(b'{"chips": [{"devid": "0x1EB8", "name": "Tesla T4", "features": ["kernelopen"]}]}', "/var/gpus.json")
    mounts = [("/var/gpus.json", "/usr/share/nvidia/supported-gpus.json", "ro")]
    refused(vm, "flavour", [*OPTIONAL, "--flavour", "proprietary"], 6, "does not work with the proprietary kernel modules", mounts=mounts)
    driver = ready(vm, "flavour-auto", "--flavour", "auto", mounts=mounts)
    assert report(driver, "status")["init"]["flavour"] == "open"
    stopped(vm, driver)


def test_gpu_that_is_given_to_somebody_else(vm):
    device = "/sys/bus/pci/devices/0001:01:00.0"
    vm.check(f"modprobe pci-stub && echo pci-stub >{device}/driver_override && echo 0001:01:00.0 >/sys/bus/pci/drivers_probe")
    try:
        refused(vm, "stub", OPEN, 7, "0001:01:00.0 is bound to pci-stub")
    finally:
        vm.check(f"echo 0001:01:00.0 >{device}/driver/unbind; echo >{device}/driver_override")


# Kernel threads have no command line. The list is made before the first process that makes it.
PROCESSES = r"""set -- /proc/[0-9]*; for p do tr -d '\0' 2>/dev/null <$p/cmdline | grep -q . && echo $p; done; true"""


def test_many_lives_leak_nothing(vm):
    """One container, one life after the other, as fast as they go; counted before and after from the host's side."""
    script = f"""
        set -eu
        for life in $(seq {CYCLES}); do
            [ $life -le 10 ] && daemon=optional || daemon=off  # a daemon takes long to start under emulation
            driverctl init --no-build --persistence $daemon --flavour open 2>/tmp/log &
            until grep -q 'waiting for signal' /tmp/log; do kill -0 $!; sleep 0.1; done
            kill -TERM $!
            wait $!
            [ $life -gt 1 ] || touch /tmp/warm
        done
        echo {CYCLES} lives
        sleep 1000"""

    def counts() -> dict[str, int]:
        return {
            "mounts": len(vm.check("cat /proc/self/mountinfo").splitlines()),
            "loop devices": len(vm.run("find /sys/block/loop*/loop/backing_file 2>/dev/null").out.split()),
            "processes": len(vm.check(PROCESSES).splitlines()),
            "open files": int(vm.check("cat /proc/sys/fs/file-nr").split()[0]),
        }

    def memory() -> int:  # MiB
        vm.check("echo 3 >/proc/sys/vm/drop_caches")
        fields = dict(line.split()[:2] for line in vm.check("cat /proc/meminfo").splitlines())
        return int(fields["MemAvailable:"]) // 1024

    container = vm.container(["sh", "-c", script], name="lives")
    container._poll(lambda: container.run(["test", "-e", "/tmp/warm"]).rc == 0 or None, 120, "did not live once")
    warm = memory()
    container.wait_for(f"{CYCLES} lives", timeout=1200)
    vm.check("sleep 1")
    after = counts()
    zombies = [line for line in vm.check("cat /proc/[0-9]*/stat").splitlines() if ") Z " in line]
    left = memory()
    print(f"\nafter {CYCLES} lives: {after}, available memory {warm} MiB after the first life, {left} MiB after the last")
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
    log = refused(vm, "unsigned", OPEN, 6, "loads signed modules only, and these have no signature: nvidia, nvidia-uvm")
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
