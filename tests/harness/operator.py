"""The GPU Operator's driver pod on a node in the VM, by hand: mounts, environment and probes as its
DaemonSet has them, and what kubelet and k8s-driver-manager do around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.container import Container, Mount
from harness.node import killed
from harness.paths import ROOT
from harness.vm import Result, Vm

FILES = ROOT / "tests/fixtures/operator"
GUEST = "/var/operator"  # where the files are on the node
VALIDATIONS = "/run/nvidia/validations"
CONTAINER_READY = f"{VALIDATIONS}/.driver-ctr-ready"
DAEMONS_STATUS = f"{VALIDATIONS}/.driver-daemons-status"
STATE = "/run/nvidia/nvidia-driver.state"

# Of nvidia-driver-ctr, v26.7. The host's module tree is not among them, and the image's firmware is
# hidden.
MOUNTS: list[Mount] = [
    ("/run/nvidia", "/run/nvidia", "rw,rshared"),
    ("/run/nvidia-fabricmanager", "/run/nvidia-fabricmanager", "rw"),
    ("/run/nvidia-topologyd", "/run/nvidia-topologyd", "rw"),
    ("/var/log", "/var/log", "rw"),
    ("/etc/os-release", "/host-etc/os-release", "ro"),
    ("/run/mellanox/drivers", "/run/mellanox/drivers", "rw,rslave"),
    ("/run/mellanox/drivers/usr/src", "/run/mellanox/drivers/usr/src", "rw,rslave"),
    (
        "/sys/module/firmware_class/parameters/path",
        "/sys/module/firmware_class/parameters/path",
        "rw",
    ),
    ("/sys/devices/system", "/sys/devices/system", "rw"),
    ("/run/nvidia/driver/lib/firmware", "/lib/firmware", "rw"),
    (f"{GUEST}/startup-probe.sh", "/usr/local/bin/startup-probe.sh", "ro"),
    (f"{GUEST}/nvidia-smi", "/usr/bin/nvidia-smi", "ro"),
]


def install(vm: Vm) -> None:
    """The files that the pods and their node need."""
    for file in FILES.iterdir():
        vm.put(file, f"{GUEST}/{file.name}")
        vm.check(f"chmod +x {GUEST}/{file.name}")


@dataclass
class Pod:
    """One driver pod; its container may start several times."""

    vm: Vm
    name: str
    digest: str
    args: Sequence[str] = ()  # spec.args
    env: dict[str, str] = field(default_factory=dict)  # spec.env
    mounts: Sequence[Mount] = ()  # of the kernelModuleConfig

    def manage(self) -> Result:
        """The init container."""
        return self.vm.run([f"{GUEST}/k8s-driver-manager", self.digest])

    def start(self) -> Container:
        """The container, without its init container, as kubelet restarts it within the pod."""
        environment = {
            "NVIDIA_VISIBLE_DEVICES": "void",
            "NODE_NAME": "node-1",
            "NODE_IP": "192.0.2.1",
            "DRIVER_CONFIG_DIGEST": self.digest,
            "KERNEL_MODULE_TYPE": "open",
            "OPEN_KERNEL_MODULES_ENABLED": "true",
            "GDS_ENABLED": "false",
            "GDRCOPY_ENABLED": "false",
            "GPU_DIRECT_RDMA_ENABLED": "true",  # on a node without such a device
            "DRIVERCTL_PERSISTENCE": "off",  # a daemon takes long to start under emulation
            "DRIVERCTL_NO_BUILD": "true",
            **self.env,
        }
        return self.vm.container(
            ["nvidia-driver", "init", *self.args],
            name=self.name,
            env=environment,
            mounts=[*MOUNTS, *self.mounts],
            pod=True,
        )

    def delete(self, container: Container) -> None:
        """As kubelet ends it: preStop, SIGTERM, and SIGKILL when the grace period is over; here as
        soon as init has said that the driver is in use."""
        container.run(["/bin/sh", "-c", f"rm -f {CONTAINER_READY} {DAEMONS_STATUS}"])
        container.signal("TERM")

        def has_ended_or_goes_on() -> bool | None:
            return not container.running or "the driver is in use" in container.log() or None

        container.wait_until(has_ended_or_goes_on, "neither ended nor said why not")
        if container.running:
            killed(container)


def started(container: Container) -> None:
    """Asks the startup probe until it succeeds. The first time is 60 s after the start; here, once
    init has its lock."""

    def succeeds() -> bool | None:
        if container.run(["sh", "/usr/local/bin/startup-probe.sh"]).rc == 0:
            return True
        assert container.running, container.log()
        return None

    container.wait_for("Starting installation")
    container.wait_until(succeeds, "is not started")
