"""What runs beside the modules: probes, NVIDIA's daemons, metrics, nvidia-peermem's sidecar; and
doctor on a good node. In the VM."""

import json
import signal

from harness.drivers import DRIVER
from harness.node import CLEAN, OPEN, probe, ready, report, stopped, system


def test_probes_say_what_is_really_there(vm):
    looker = vm.container(["driverctl", "probe", "readiness"], name="probe-nothing")
    assert looker.wait() == 1 and looker.log().strip() == "no init has run on this node"

    driver = ready(vm, "probe")
    assert vm.check("cat /run/nvidia/validations/.driver-daemons-status").strip() == "Ready"
    assert probe(driver, "liveness") == (0, "alive")
    assert vm.run("ls /run/nvidia/validations/.driver-ctr-ready").rc != 0
    assert probe(driver, "startup") == (0, "started")
    assert vm.check("cat /run/nvidia/validations/.driver-ctr-ready").splitlines() == [
        "GDRCOPY_ENABLED: false",
        "GDS_ENABLED: false",
        "GPU_DIRECT_RDMA_ENABLED: false",
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
    metrics = ["--metrics-file", "/run/metrics.prom", "--metrics-listen", "127.0.0.1:9599"]
    driver = ready(vm, "pid1", *metrics, own_pids=True)
    assert report(driver, "status")["init"]["pid"] == 1
    daemon = report(driver, "status")["init"]["daemons"][0]
    assert daemon["name"] == "nvidia-persistenced" and daemon["running"] is True

    driver.run(["sh", "-c", "(sleep 0.2; exit 3) & exit 0"])  # an orphan
    driver.run(["sh", "-c", f"kill -9 {daemon['pid']}"])
    log = driver.wait_for("nvidia-persistenced runs again")
    assert "nvidia-persistenced has ended, it is started again in 1 s" in log
    vm.check("sleep 2")
    states = driver.run(["sh", "-c", "cat /proc/[0-9]*/stat"]).out
    assert [line for line in states.splitlines() if ") Z " in line] == []

    for text in (
        driver.run(["cat", "/run/metrics.prom"]).out,
        vm.check("wget -q -O - http://127.0.0.1:9599/metrics"),
    ):
        lines = text.splitlines()
        assert 'driverctl_daemon_restarts_total{daemon="nvidia-persistenced"} 1' in lines
        assert 'driverctl_state{state="ready"} 1' in lines
        assert 'driverctl_gpu_info{address="0001:01:00.0",device="1eb8",driver="nvidia"} 1' in lines
        assert 'driverctl_step_duration_seconds{step="load the kernel modules"} ' in text
    stopped(vm, driver)


DAEMON = """#!/bin/sh
echo hello
mkdir -p /var/run/NAME
sleep 1000 >/dev/null 2>&1 &
echo $! >/var/run/NAME/NAME.pid
"""


def test_licensing_daemons_run_where_there_is_a_gridd_conf(vm):
    """NVIDIA's vGPU daemons cannot be had; what is started, watched and stopped here are programs
    that go into the background as they do."""
    vm.put(b"ServerAddress=licence.example\n", "/var/vgpu/gridd.conf")
    mounts = [("/var/vgpu", "/drivers", "ro")]
    for name in ("nvidia-gridd", "nvidia-topologyd"):
        vm.put(DAEMON.replace("NAME", name).encode(), f"/var/fake/{name}")
        vm.check(f"chmod +x /var/fake/{name}")
        mounts.append((f"/var/fake/{name}", f"/usr/bin/{name}", "ro"))
    driver = ready(vm, "vgpu", mounts=mounts)
    assert "nvidia-gridd: hello" in driver.log()
    assert driver.run(["cat", "/etc/nvidia/gridd.conf"]).out == "ServerAddress=licence.example\n"
    names = [daemon["name"] for daemon in report(driver, "status")["init"]["daemons"]]
    assert names == ["nvidia-persistenced", "nvidia-topologyd", "nvidia-gridd"]
    assert probe(driver, "readiness") == (0, "ready")
    stopped(vm, driver)


def test_a_signal_ends_a_start_that_hangs(vm):
    vm.put(b"ServerAddress=licence.example\n", "/var/vgpu/gridd.conf")
    vm.put(b"#!/bin/sh\necho hello\nexec sleep 1000\n", "/var/fake/nvidia-gridd")
    vm.check("chmod +x /var/fake/nvidia-gridd")
    mounts = [("/var/vgpu", "/drivers", "ro")]
    mounts += [("/var/fake/nvidia-gridd", "/usr/bin/nvidia-gridd", "ro")]
    command = ["driverctl", "init", *OPEN]
    driver = vm.container(command, name="hangs", mounts=mounts)
    driver.wait_for("nvidia-gridd: hello")
    driver.signal("TERM")
    assert driver.wait() == 128 + signal.SIGTERM, driver.log()
    assert "interrupted by Terminated" in driver.log()
    assert system(vm) == CLEAN


def test_peermem_without_the_peer_memory_interface(vm):
    """This kernel has InfiniBand, but not the interface that NVIDIA's network driver adds to it:
    the module says no, and the message says who did.

    The package is one that only init's container has, and so are the parameters.
    """
    source = ["--store", "/fetched", "--package-source", "/var/lib/driverctl/packages"]
    vm.put(b"of_init=1\n", "/var/nvidia-peermem.conf")
    parameters = [("/var/nvidia-peermem.conf", "/drivers/nvidia-peermem.conf", "ro")]
    driver = ready(vm, "peermem-driver", *source, mounts=parameters)
    vm.check("mkdir -p /var/mellanox/drivers")
    command = ["nvidia-driver", "reload_nvidia_peermem"]
    mounts = [("/var/mellanox", "/run/mellanox", "ro")]
    loader = vm.container(command, name="peermem", mounts=mounts)
    loader.wait_for("Waiting for NVIDIA's network driver and GPU driver")
    assert probe(driver, "startup") == (0, "started")
    vm.check("touch /var/mellanox/drivers/.driver-ready")
    assert loader.wait() == 6, loader.log()
    assert "cannot insert module nvidia-peermem" in loader.log()
    assert "unknown parameter 'of_init' ignored" in loader.log(), "the kernel's words"
    asked = vm.container(["nvidia-driver", "probe_nvidia_peermem"], name="peermem-probe")
    assert asked.wait() == 0 and "nothing to probe" in asked.log()
    stopped(vm, driver)


def test_doctor_of_a_good_node(vm):
    doctor = vm.container(["driverctl", "doctor", "--json"], name="doctor")
    assert doctor.wait() == 0, doctor.log()
    findings = json.loads(doctor.log())["findings"]
    assert {finding["severity"] for finding in findings} <= {"good", "warning"}
    texts = [finding["text"] for finding in findings]
    assert "the symbols of 4 modules fit the running kernel" in texts
    assert "0001:01:00.0 (10de:1eb8), bound to no driver" in texts
    assert f"the firmware of driver {DRIVER} is there" in texts
