"""Container engines in a made node or on the host side of the VM, and containers that look around.

    seen = Podman(node, "crun", user=1000).container("--device", "nvidia.com/gpu=0")
    assert seen.nodes == …

A container gets a root of its own each time, and has no network. podman gives it no cgroup when the
runtime is crun, which is what works wherever nothing may be changed in the machine's; runc and
docker cannot do without one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness.driverctl import Finished
from harness.drivers import DRIVER
from harness.made_node import DRIVER_ROOT, MadeNode
from harness.paths import BINARY, FIXTURES
from harness.seen import LOOK, Seen, seen_in
from harness.shell import material, wait_until
from harness.vm import Result, Vm
from harness.workers import shared

PROGRAMS = "/run/driverctl"  # the folder of driverctl's binary
CONTAINER_ROOT = "/run/container-root"  # what make-container-root makes
IMAGE = "docker.io/library/ubuntu:24.04"
SHIM = f"{PROGRAMS}/driverctl-runtime"
HOOKS = "/run/hooks"  # a directory for each stage, as podman reads them
STAGES = ("precreate", "prestart")
TOOLKIT_CONFIG = "/etc/nvidia-container-runtime/config.toml"

CONFIGURATION = {
    "etc/containers/containers.conf": """\
[containers]
cgroups = "disabled"
netns = "none"
pids_limit = 0
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime_supports_nocgroup = ["crun", "driverctl-runtime", "nvidia"]
""",
    "etc/containers/storage.conf": """\
[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/run/containers/graph"
""",
    "etc/docker/daemon.json": """\
{
  "features": {"cdi": true},
  "bridge": "none",
  "iptables": false,
  "ip6tables": false,
  "log-driver": "none",
  "storage-driver": "vfs",
  "data-root": "/run/docker/data",
  "exec-root": "/run/docker/exec"
}
""",
}


def hook(stage: str, folder: str = PROGRAMS) -> str:
    """What podman reads: a hook for each container, whose program lies in that folder."""
    program = f"{folder}/driverctl-hook"
    called = {"path": program, "args": ["driverctl-hook", stage], "env": ["PATH=/usr/bin"]}
    when = {"always": True}
    return json.dumps({"version": "1.0.0", "hook": called, "when": when, "stages": [stage]})


def toolkit_config(runtime: str) -> str:
    """NVIDIA's config.toml, by which the shim goes on with that runtime."""
    return f'[nvidia-container-runtime]\nruntimes = ["{runtime}"]\n'


def configure_shim(node: MadeNode, runtime: str) -> None:
    node.write(TOOLKIT_CONFIG, toolkit_config(runtime))


def install_hooks(node: MadeNode) -> None:
    for stage in STAGES:
        node.write(f"{HOOKS}/{stage}/gpu.json", hook(stage))


@dataclass(frozen=True)
class MadeDriver:
    """What every made node with container engines is made of."""

    tree: Path  # the driver root
    container_root: Path

    @property
    def programs(self) -> dict[Path, str]:
        return {self.container_root: CONTAINER_ROOT, BINARY.parent: PROGRAMS}

    @property
    def binds(self) -> dict[Path, str]:
        return self.programs | {self.tree: DRIVER_ROOT}


def make_driver() -> list[str]:
    """The folders of MadeDriver."""
    folder = FIXTURES / "made-driver"
    shutil.rmtree(folder, ignore_errors=True)
    tree, container_root = folder / "driver", folder / "container"
    material("make-driver-tree", tree, DRIVER)
    for name in ("driverctl", "driverctl-hook", "driverctl-runtime"):  # as in the driver image
        shutil.copy(BINARY.with_name(name), tree / "usr/bin")
    material("make-container-root", container_root)
    return [str(tree), str(container_root)]


def debian_12(driver: MadeDriver) -> MadeNode:
    """With this machine's podman 4.3."""
    return MadeNode(driver.binds, files=CONFIGURATION)


def installed(driver: MadeDriver) -> MadeNode:
    """The same, and the driver is not a container's but lies in the node's own root."""
    return MadeNode(driver.programs, layer=driver.tree, files=CONFIGURATION)


def debian_13_root() -> Path:
    return Path(shared("engines-root", lambda: material("make-engines-root")))


def debian_13(driver: MadeDriver, more: Mapping[Path, str] = MappingProxyType({})) -> MadeNode:
    """With podman 5.4 and docker 26.1; `more` is mounted there as well."""
    return MadeNode(driver.binds | more, debian_13_root(), files=CONFIGURATION)


DAEMONS = ("containerd", "docker-trixie", "docker-sid")  # sets of fetch-debs


def daemon_programs(packages: str) -> Path:
    """The folder whose usr holds: "containerd", 1.6 of this machine's own release; "docker-trixie",
    Debian 13's containerd 1.7 and docker 26.1; "docker-sid", containerd 2.1 and docker 28.5, or
    newer."""
    folders = shared("daemons", lambda: material("fetch-debs", *DAEMONS)).splitlines()
    return dict(zip(DAEMONS, map(Path, folders)))[packages]


def daemons(packages: str, driver: MadeDriver) -> MadeNode:
    """This machine with our programs in /usr/bin, and these."""
    return MadeNode(driver.binds, layer=daemon_programs(packages), files=CONFIGURATION)


def install_programs(node: MadeNode) -> None:
    """Where a host has them."""
    for name in ("driverctl", "driverctl-runtime", "driverctl-hook"):
        node.check("ln", "-sf", f"{PROGRAMS}/{name}", f"/usr/bin/{name}")


@dataclass(frozen=True)
class Podman:
    node: MadeNode
    runtime: str  # crun or runc
    user: int = 0
    groups: tuple[int, ...] = ()  # of the user
    shim: str = ""  # a runtime that starts the other one

    def container(self, *options: str) -> Seen:
        words = ["podman", "--runtime", self.shim or self.runtime, "run", "--rm", *options]
        done = self.run([*words, "IMAGE", "sh", "-c", LOOK])
        assert done.rc == 0, f"{options}: {done.rc}\n{done.out}{done.err}"
        return seen_in(done.out)

    def run(self, words: Sequence[str]) -> Finished:
        """A command line of podman's, in which IMAGE stands for an image."""
        at = words.index("IMAGE")
        cgroup = [] if self.runtime == "crun" else ["--cgroups=enabled"]
        copy = 'root=$(mktemp -d) && cp -R "$0/." $root && chmod 755 $root && echo $root'
        root = self.node.check("sh", "-c", copy, CONTAINER_ROOT, user=self.user).strip()
        command = [*words[:at], *cgroup, "--rootfs", root, *words[at + 1 :]]
        return self.node.run(*command, user=self.user, groups=self.groups)


def import_image(node: MadeNode, user: int = 0) -> None:
    """The container's root as the image that documents name, in the user's storage."""
    script = f"tar -C {CONTAINER_ROOT} -c . | podman import --quiet - {IMAGE}"
    node.check("sh", "-c", script, user=user)


def until_it_says(run: Callable[[], Finished]) -> Finished:
    """Of a container of docker's that says something: again, where docker has lost all of it.
    dockerd answers an attach before it listens, and waits 2 s for the output of a container that
    has ended (daemon/attach.go, daemon/monitor.go of 26.1 and 28.5): a busy machine is too slow for
    either now and then."""
    for _ in range(3):
        done = run()
        if done.rc != 0 or done.out or done.err:
            break
    return done


class Docker:
    """Starts the daemon, which ends with the node."""

    def __init__(self, node: MadeNode):
        self._node = node
        node.check("sh", "-c", "dockerd >/run/dockerd.log 2>&1 &")
        wait_until(lambda: node.run("docker", "version").rc == 0)
        node.check("sh", "-c", f"tar -C {CONTAINER_ROOT} -c . | docker import - container")

    def container(self, *options: str) -> Seen:
        done = self.run(*options, "container", "sh", "-c", LOOK)
        assert done.rc == 0, f"{options}: {done.rc}\n{done.out}{done.err}"
        return seen_in(done.out)

    def run(self, *words: str) -> Finished:
        command = ["docker", "run", "--rm", "--network", "none", *words]
        return until_it_says(lambda: self._node.run(*command))


VM_PODMAN = "/var/lib/vm/image/opt/podman"  # make-podman-folder's, in the container disk
VM_DOCKER = "/var/lib/vm/image/opt/docker"  # daemon_programs' of sid


def prepare_engines(vm: Vm) -> None:
    for path, text in CONFIGURATION.items():
        vm.put(text.encode(), f"/{path}")
    vm.check(f"echo {VM_PODMAN}/lib >/etc/ld.so.conf && ldconfig")  # docker's are among them


class VmPodman:
    """On the host side of the VM."""

    _folder = VM_PODMAN

    def __init__(self, vm: Vm):
        self._vm = vm
        prepare_engines(vm)
        vm.put(toolkit_config(f"{self._folder}/bin/crun").encode(), TOOLKIT_CONFIG)
        for stage in STAGES:
            vm.put(hook(stage, f"{DRIVER_ROOT}/usr/bin").encode(), f"{HOOKS}/{stage}/gpu.json")

    def container(self, *options: str, shim: str = "") -> Seen:
        root = self._vm.check("mktemp -d /var/tmp/root.XXXXXX").strip()
        self._vm.check(f"cp -R {self._folder}/root/. {root} && chmod 755 {root}")
        path = f"PATH={self._folder}/bin:/usr/sbin:/usr/bin"
        runtime = ["--runtime", shim] if shim else []
        podman = ["env", path, "podman", *runtime, "run", "--rm", "--cgroups=enabled"]
        podman += [*options, "--rootfs", root]
        try:
            return seen_in(self._vm.check([*podman, "sh", "-c", LOOK]))
        finally:
            self._vm.check(f"rm -rf {root}")


class VmDocker:
    """On the host side of the VM. Starts the daemon, which ends with the machine: it looks for
    NVIDIA's hook in the driver root, so that the driver has to be ready."""

    _said = "/run/said"

    def __init__(self, vm: Vm):
        self._vm = vm
        prepare_engines(vm)
        self._path = f"PATH={VM_DOCKER}/bin:{VM_DOCKER}/sbin:/usr/sbin:/usr/bin"
        with_hook = f"{self._path}:{DRIVER_ROOT}/usr/bin"
        vm.check(f"mkdir -p {self._said}; {with_hook} setsid dockerd >/run/dockerd.log 2>&1 &")
        wait_until(lambda: self.run("version").rc == 0)
        save = f"tar -C {VM_PODMAN}/root -c . | env {self._path} docker import - container"
        vm.check(save)

    def run(self, *words: str) -> Result:
        return self._vm.run(["env", self._path, "docker", *words])

    def container(self, *options: str) -> Seen:
        """It writes into a file: docker loses what is printed where the machine is slow."""
        command = ["run", "--rm", "--network=none", f"--volume={self._said}:/said", *options]
        done = self.run(*command, "container", "sh", "-c", f"exec >/said/it; {LOOK}")
        assert done.rc == 0, f"{options}: {done.rc}\n{done.out}\n{self._log()}"
        return seen_in(self._vm.check(f"cat {self._said}/it"))

    def _log(self) -> str:
        return self._vm.check("tail -n 40 /run/dockerd.log")
