"""A loaded driver that is found: adopted, kept, replaced, or left alone. In the VM, with NVIDIA's
real modules."""

import json

import pytest

from harness.drivers import DRIVER
from harness.node import (
    CLEAN,
    MODULES,
    OPEN,
    OPTIONAL,
    hold,
    killed,
    loaded,
    probe,
    ready,
    refused,
    report,
    stopped,
    system,
)


@pytest.fixture(scope="module", autouse=True)
def parameter_files(vm):
    vm.put(b"NVreg_DeviceFileMode=432\n", "/var/drivers/nvidia.conf")


def module_instance(vm) -> str:
    """Changes when the module is loaded anew."""
    return vm.check("stat -c %i /sys/module/nvidia").strip()


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
    second.wait_for("init stops as soon as nobody uses the driver")
    assert second.running
    vm.check(f"kill {pid}")
    assert second.wait() == 0, second.log()
    assert system(vm) == CLEAN


def test_adoption_that_fails_leaves_the_driver_and_its_users(vm):
    first = ready(vm, "adopt-3")
    instance = module_instance(vm)
    pid = hold(vm)
    killed(first)
    vm.check("rm -rf /run/nvidia/validations; touch /run/nvidia/validations")
    broken = vm.container(["driverctl", "init", *OPEN], name="adopt-4")
    assert broken.wait() == 1, broken.log()
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
    assert first.wait() == 0
    assert sorted(loaded(vm)) == sorted(MODULES)

    second = ready(vm, "keep-2", "--keep-loaded")
    assert module_instance(vm) == instance
    plan = report(second, "plan", "--flavour", "open", "--steps")
    assert plan["action"] == "adopt" and plan["exit_code"] == 0
    steps = [step["name"] for step in plan["steps"]]
    assert "adopt the loaded kernel modules" in steps and "load the kernel modules" not in steps
    second.signal("TERM")
    assert second.wait() == 0

    # A parameter file changed: everybody's work comes first, then it is loaded anew.
    pid = hold(vm)
    mounts = [("/var/drivers", "/drivers", "ro")]
    before = system(vm)
    busy = (f"process {pid} (sleep", "/dev/nvidiactl")
    log = refused(vm, "keep-3", OPEN, 4, *busy, left=before, mounts=mounts)
    assert "nvidia was loaded with the parameters '', wanted is 'NVreg_DeviceFileMode=432'" in log
    assert "nvidia is loaded with NVreg_DeviceFileMode=438, wanted is 432" in log
    vm.check(f"kill {pid}")
    third = ready(vm, "keep-4", "--keep-loaded", mounts=mounts)
    assert module_instance(vm) != instance
    third.signal("TERM")
    assert third.wait() == 0

    tool = vm.container(["driverctl", "unload", "--dry-run"], name="unload-dry")
    assert tool.wait() == 0
    assert "would remove module nvidia_drm\n" in tool.log()
    assert sorted(loaded(vm)) == sorted(MODULES)
    tool = vm.container(["driverctl", "unload"], name="unload")
    assert tool.wait() == 0, tool.log()
    assert system(vm) == CLEAN


def test_another_configuration_digest_means_loading_anew(vm):
    first = ready(vm, "digest-1", "--drm", "on", env={"DRIVER_CONFIG_DIGEST": "a"})
    assert vm.check("cat /run/nvidia/nvidia-driver.state").strip() == "a"
    instance = module_instance(vm)
    killed(first)
    second = ready(vm, "digest-2", "--drm", "on", env={"DRIVER_CONFIG_DIGEST": "b"})
    assert "the configuration's digest was 'a', wanted is 'b'" in second.log()
    assert module_instance(vm) != instance
    stopped(vm, second)


def test_flavour_that_the_gpu_does_not_know(vm):
    either = ["kernelopen", "gsp_proprietary_supported"]  # a table without it says nothing
    chips = [
        {"devid": "0x1EB8", "name": "Tesla T4", "features": ["kernelopen"]},
        {"devid": "0x20B0", "name": "A100", "features": either},
    ]
    vm.put(json.dumps({"chips": chips}).encode(), "/var/gpus.json")
    table = f"/usr/src/nvidia-{DRIVER}/supported-gpus/supported-gpus.json"
    mounts = [("/var/gpus.json", table, "ro")]
    argv = [*OPTIONAL, "--flavour", "proprietary"]
    words = "does not work with the proprietary kernel modules"
    refused(vm, "flavour", argv, 6, words, mounts=mounts)
    driver = ready(vm, "flavour-auto", "--flavour", "auto", mounts=mounts)
    assert report(driver, "status")["init"]["flavour"] == "open"
    stopped(vm, driver)


def test_gpu_that_is_given_to_somebody_else(vm):
    device = "/sys/bus/pci/devices/0001:01:00.0"
    vm.check(f"modprobe pci-stub && echo pci-stub >{device}/driver_override")
    vm.check("echo 0001:01:00.0 >/sys/bus/pci/drivers_probe")
    try:
        refused(vm, "stub", OPEN, 7, "0001:01:00.0 is bound to pci-stub")
    finally:
        vm.check(f"echo 0001:01:00.0 >{device}/driver/unbind; echo >{device}/driver_override")
