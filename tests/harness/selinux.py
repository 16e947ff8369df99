"""SELinux in the VM: Debian trixie's policy, loaded and enforced, and containers that it confines.

    with enforcing_machine(disk, log) as (vm, driver, selinux):
        said = selinux.confined("cat /dev/fb0", {"/dev/fb0": "/dev/fb0"}, nodes={})
        assert "Permission denied" in said

The host disk has no labels, and what boots it runs as kernel_t, which may do nearly everything, but
load modules from files without labels: the driver is loaded while the policy is permissive. A
shell that became unconfined_t meanwhile starts the containers, with runc: this user's domain is the
one that the policy lets start confined containers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.container import Container
from harness.node import ready
from harness.releases import RELEASES
from harness.shell import material
from harness.vm import Vm, make_host
from harness.workers import shared

BUNDLE = "/run/confined"
IMAGE = "/var/lib/vm/image/opt/podman/root"  # what make-podman-folder has put there
PROCESS = "system_u:system_r:container_t:s0:c1,c2"
FILES = "system_u:object_r:container_file_t:s0:c1,c2"
REQUESTS = "/run/vm/requests"
STARTER = f"""\
echo system_u:system_r:unconfined_t:s0 >/proc/self/attr/current
mkfifo {REQUESTS}
while read -r script; do
    sh $script >$script.out 2>&1
    echo $? >$script.new
    mv $script.new $script.rc
done <>{REQUESTS}
"""


class Selinux:
    """Loads the policy, permissive at first."""

    def __init__(self, vm: Vm):
        self._vm = vm
        self._count = 0
        policy = Path(shared("selinux-policy", lambda: material("make-selinux-policy")))
        vm.put(policy, "/etc/selinux/default/policy")
        vm.put(b"SELINUXTYPE=default\n", "/etc/selinux/config")
        vm.check("mount -t selinuxfs selinuxfs /sys/fs/selinux")
        load = "dd if=/etc/selinux/default/policy of=/sys/fs/selinux/load bs=16M iflag=fullblock"
        vm.check(load)  # in one piece, as the kernel wants it
        vm.put(STARTER.encode(), "/run/vm/starter")
        vm.check("setsid sh /run/vm/starter </dev/null >/run/vm/starter.log 2>&1 &")
        vm.check(f"until [ -p {REQUESTS} ]; do sleep 0.1; done")

    def enforce(self) -> None:
        self._vm.check("echo 1 >/sys/fs/selinux/enforce")

    def confined(self, script: str, binds: dict[str, str], nodes: dict[str, int]) -> str:
        """What a shell's script says in a container of runc. `binds` has the places of paths of the
        host in it; `nodes` are those that runc makes there: minor numbers of major 195 by path."""
        self._count += 1
        request = f"/run/vm/confined-{self._count}"
        # Its standard output is a pipe of the starter's, which the policy keeps from it.
        arguments = ["sh", "-c", f"exec >/said 2>&1; {script}\ntrue"]
        bundle = json.dumps(_configuration(arguments, binds, nodes))
        self._vm.check(
            f"mkdir -p {BUNDLE} && mount -t tmpfs -o 'context=\"{FILES}\"' tmpfs {BUNDLE}"
            f" && cp -R {IMAGE} {BUNDLE}/rootfs"
        )
        try:
            self._vm.put(bundle.encode(), f"{BUNDLE}/config.json")
            start = f"exec runc run --bundle {BUNDLE} confined-{self._count}"
            self._vm.put(start.encode(), request)
            wait = f"until [ -e {request}.rc ]; do sleep 0.1; done; cat {request}.rc {request}.out"
            ended = self._vm.check(f"echo {request} >{REQUESTS}; {wait}")
            assert ended == "0\n", ended
            return self._vm.check(f"cat {BUNDLE}/rootfs/said")
        finally:
            self._vm.check(f"umount {BUNDLE}")


def _configuration(
    arguments: list[str], binds: dict[str, str], nodes: dict[str, int]
) -> dict[str, Any]:
    mounts = [{"destination": "/proc", "type": "proc", "source": "proc"}]
    mounts += [{"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}]
    bound: list[dict[str, Any]] = [
        {"destination": path, "source": source, "type": "bind", "options": ["rbind"]}
        for source, path in binds.items()
    ]
    made = [
        {"path": path, "type": "c", "major": 195, "minor": minor, "fileMode": 0o666}
        for path, minor in nodes.items()
    ]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": [*arguments],
            "env": ["PATH=/usr/bin:/usr/sbin"],
            "cwd": "/",
            "selinuxLabel": PROCESS,
        },
        "root": {"path": "rootfs"},
        "mounts": [*mounts, *bound],
        "linux": {
            "mountLabel": FILES,
            "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
            "devices": made,
            "resources": {"devices": [{"allow": True, "access": "rwm"}]},
        },
    }


@contextmanager
def enforcing_machine(
    container_disk: Path, log: Path, **options: Any
) -> Iterator[tuple[Vm, Container, Selinux]]:
    """A node whose driver is ready, which enforces the policy; options are those of its
    container."""
    host = make_host("6.1", release=RELEASES["6.1"])
    with Vm(host, container_disk, log=log, parameters="security=selinux enforcing=0") as vm:
        vm.gpu()
        selinux = Selinux(vm)
        driver = ready(vm, "driver", **options)
        selinux.enforce()
        yield vm, driver, selinux
