"""Kernels that were told to load no more modules, or signed ones only. They do not take it back, so
each test has a machine of its own."""

import pytest

from harness.node import OPEN, machine_with_gpu, refused


@pytest.fixture
def vm(container_disk, tmp_path):
    with machine_with_gpu(container_disk, tmp_path / "console.log") as machine:
        yield machine


def test_unsigned_modules_where_signatures_are_enforced(vm):
    vm.check("echo Y >/sys/module/module/parameters/sig_enforce")
    words = "loads signed modules only, and these have no signature: nvidia, nvidia-uvm"
    log = refused(vm, "unsigned", OPEN, 6, words)
    assert "Unloading NVIDIA" not in log
    doctor = vm.container(["driverctl", "doctor"], name="doctor-unsigned")
    assert doctor.wait() == 6
    assert "modules have to be signed" in doctor.log()


def test_kernel_that_loads_and_removes_no_modules(vm):
    vm.check("echo 1 >/proc/sys/kernel/modules_disabled")
    refused(vm, "disabled", OPEN, 6, "kernel.modules_disabled is 1")
    for command in (["plan", "--flavour", "open"], ["doctor"]):
        container = vm.container(["driverctl", *command], name=f"disabled-{command[0]}")
        assert container.wait() == 6, container.log()
        assert "kernel.modules_disabled is 1" in container.log()
