"""A drop-in under the GPU Operator: its driver pod's life in the VM, with NVIDIA's real modules.
What surrounds the pod is by hand (harness/operator.py, tests/fixtures/operator)."""

import pytest

from harness.container import Container
from harness.drivers import DRIVER, SECOND_DRIVER, SECOND_OPTIONS
from harness.node import CLEAN, hold, killed, loaded, stopped, system
from harness.operator import CONTAINER_READY, DAEMONS_STATUS, STATE, Pod, install, started

WITHOUT_DRM = ["nvidia", "nvidia_modeset", "nvidia_uvm"]
FIRMWARE = "/run/nvidia/driver/lib/firmware"


@pytest.fixture(scope="module", autouse=True)
def operator(vm):
    install(vm)
    vm.put(b"NVreg_DeviceFileMode=432\n", "/var/kernel-module-config/nvidia.conf")


def instance(vm) -> str:
    """Changes when the module is loaded anew."""
    return vm.check("stat -c %i /sys/module/nvidia").strip()


def is_up(vm, digest: str, driver: str = DRIVER) -> None:
    """All that the node shows of a driver that is ready."""
    assert sorted(loaded(vm)) == WITHOUT_DRM
    assert vm.check("cat /sys/module/nvidia/version").strip() == driver
    assert vm.check(f"cat {STATE}").strip() == digest
    assert vm.check(f"cat {DAEMONS_STATUS}").strip() == "Ready"
    assert "GPU_DIRECT_RDMA_ENABLED: true" in vm.check(f"cat {CONTAINER_READY}").splitlines()
    mounts = vm.check("cut -d ' ' -f 2 /proc/mounts").splitlines()
    assert mounts.count("/run/nvidia/driver") == 1
    # The kernel looks there, in the mount namespace of the host's init; nothing is copied.
    assert system(vm)["firmware"] == FIRMWARE
    if driver == DRIVER:  # the image has no other one's
        assert "gsp" in vm.check(f"ls {FIRMWARE}/nvidia/{driver}")
    assert int(vm.check("du -skx /run/nvidia").split()[0]) < 1024


def test_fresh_start_and_the_way_down(vm):
    pod = Pod(vm, "fresh", "d1")
    managed = pod.manage()
    assert managed.rc == 0 and "no driver is loaded" in managed.out
    driver = pod.start()
    started(driver)
    log = driver.wait_for("Done, now waiting for signal")
    assert "no network device of vendor 15b3: nvidia-peermem is not loaded" in log
    is_up(vm, "d1")
    assert vm.run("ls /run/nvidia/driver/usr/src").rc == 0  # GDS and GDRCopy wait for it
    stopped(vm, driver)


def restarted(vm, pod: Pod, container: Container) -> Container:
    """Within the pod, by kubelet, without the driver manager."""
    killed(container)
    assert vm.check(f"cat {DAEMONS_STATUS}").strip() == "Ready", "a dead init's markers lie"
    return pod.start()


def upgraded(vm, pod: Pod, container: Container) -> Container:
    """Another pod, as an upgrade of the operator makes it."""
    pod.delete(container)
    assert "(sleep" in container.log(), "it says who uses the driver"
    assert vm.check(f"cat {STATE}").strip() == pod.digest
    new = Pod(vm, "heir", pod.digest)
    managed = new.manage()
    assert managed.rc == 0 and "the driver is kept" in managed.out
    assert system(vm)["mounts"] == ""
    return new.start()


@pytest.mark.parametrize("succeeded", [restarted, upgraded], ids=lambda way: way.__name__)
def test_same_digest_adopts_beside_gpu_work(vm, succeeded):
    pod = Pod(vm, succeeded.__name__, "d1")
    first = pod.start()
    started(first)
    before, holder = instance(vm), hold(vm)
    heir = succeeded(vm, pod, first)
    started(heir)
    assert "it is adopted as it is" in heir.log()
    assert instance(vm) == before and vm.run(f"test -e /proc/{holder}/fd/7").rc == 0
    is_up(vm, "d1")
    vm.check(f"kill {holder}")
    stopped(vm, heir)


def test_probe_that_races_init_is_not_deceived(vm):
    """The loaded driver is another one than the wanted one, and a dead init has left `Ready`."""
    first = Pod(vm, "race", "d1").start()
    started(first)
    before = instance(vm)
    killed(first)
    config = ("/var/kernel-module-config/nvidia.conf", "/drivers/nvidia.conf", "ro")
    second = Pod(vm, "race", "d1", mounts=[config]).start()  # edited: the digest stays the same
    started(second)
    assert instance(vm) != before
    is_up(vm, "d1")
    stopped(vm, second)


def test_upgrade_of_the_pod_with_another_digest_evicts_and_loads(vm):
    """The old container was killed while somebody used its driver: no reboot is needed."""
    old = Pod(vm, "evicted", "d1")
    container = old.start()
    started(container)
    holder = hold(vm)
    new = Pod(vm, "upgraded", "d2", SECOND_OPTIONS, {"KERNEL_MODULE_TYPE": "proprietary"})
    old.delete(container)

    stuck = new.manage()
    assert stuck.rc == 1 and "nvidia is not unloaded" in stuck.out
    vm.check(f"echo {holder} >/run/gpu-pods")
    managed = new.manage()
    assert managed.rc == 0 and "the driver is unloaded" in managed.out
    heir = new.start()
    started(heir)
    is_up(vm, "d2", SECOND_DRIVER)
    stopped(vm, heir)


def test_nvidia_drm_keeps_the_driver_manager_from_unloading(vm):
    """Why it is not loaded under the operator; whoever asks for it gets it."""
    pod = Pod(vm, "drm", "d1", ["--drm", "on"])
    container = pod.start()
    started(container)
    assert "nvidia_drm" in loaded(vm)
    killed(container)
    stuck = Pod(vm, "after-drm", "d2").manage()
    assert stuck.rc == 1 and "nvidia_modeset is not unloaded" in stuck.out
    tool = vm.container(["driverctl", "unload"], name="unload")
    assert tool.wait() == 0, tool.log()
    assert system(vm) == CLEAN
