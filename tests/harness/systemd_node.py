"""A node in the VM whose PID 1 is systemd: Debian 13's, with its docker and podman.

    with systemd_node(container_disk, tmp_path / "console.log") as node:
        node.docker_image()
        node.vm.check("systemctl start driverctl")

The container disk is the only layer of the image `IMAGE`: an empty one is imported, and its layer
becomes a link to the disk. Copying half a gigabyte takes minutes under emulation.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.releases import RELEASES
from harness.shell import material
from harness.timings import timed
from harness.vm import Vm, booted
from harness.workers import shared

IMAGE = "registry.example/driver:535"  # what deploy/flatcar names
# What images/Containerfile says of it.
CHANGES = (
    'ENTRYPOINT ["nvidia-driver"]',
    'CMD ["init"]',
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "ENV NVIDIA_VISIBLE_DEVICES=void",
)
DAEMON = b'{"bridge": "none", "iptables": false, "ip6tables": false}\n'


@dataclass(frozen=True)
class SystemdNode:
    vm: Vm

    def put_tree(self, folder: Path, target: str) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add(folder, arcname=".")
        self.vm.put(packed.getvalue(), "/var/tmp/tree.tar")
        self.vm.check(f"mkdir -p {target} && tar -xf /var/tmp/tree.tar -C {target}")

    def docker_image(self) -> None:
        self.vm.put(DAEMON, "/etc/docker/daemon.json")
        self.vm.check("systemctl start docker")
        self._image("docker")

    def podman_image(self) -> None:
        self._image("podman")

    def _image(self, engine: str) -> None:
        changes = " ".join(f"--change '{change}'" for change in CHANGES)
        layer = "{{.GraphDriver.Data.UpperDir}}"
        self.vm.check(f"tar -c -T /dev/null | {engine} import {changes} - {IMAGE}")
        find = f"{engine} image inspect --format '{layer}' {IMAGE}"
        self.vm.check(f"layer=$({find}) && rmdir $layer && ln -s /var/lib/vm/image $layer")

    def journal(self) -> str:
        return self.vm.check("journalctl --no-pager --unit driverctl.service")


@contextmanager
def systemd_node(container_disk: Path, log: Path) -> Iterator[SystemdNode]:
    """With kernel 6.1 and a GPU."""

    def make() -> str:
        return material("make-systemd-host", "--kernel", "6.1", "--release", RELEASES["6.1"])

    host = Path(shared("systemd-host", make))
    with timed("boot", "6.1 with systemd, first"):
        state = booted(host, container_disk)
    with Vm(host, container_disk, log=log, state=state) as vm:
        yield SystemdNode(vm)
