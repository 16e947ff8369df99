"""Kubelet on a node in the VM: what it makes of a pod template, by hand after Kubernetes 1.36 and
containerd, over the VM's shell.

    kubelet = Kubelet(vm, images={"registry.example/driver:535": Image("/var/lib/vm/image")})
    pod = kubelet.start("driver-x7k2p", template, namespace="gpu")
    pod.until(lambda: pod.ready)
    pod.delete()
    assert pod.last("driver").message == "…"

Volumes with their types and propagation, probes at their periods, restarts with their back-off,
the hook before the end, SIGTERM and SIGKILL within one grace period, and termination messages. What
of a template it does not follow it refuses (harness/pod_fields.py). Nothing happens in the
background: time passes in `until` and `delete`.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness import container as runtime
from harness.container import Container
from harness.limits import LIMIT
from harness.pod_fields import refused
from harness.pod_volumes import Fields, Volumes
from harness.vm import Vm

FOLDER = "/var/lib/kubelet/pods"
LOGS = "/var/log/pods"
NODE = "node-1"
GRACE = 30  # seconds, by default
LEAST_GRACE = 2  # for SIGTERM, however long the hook before it took
FIRST_BACK_OFF, LAST_BACK_OFF = 10, 300  # seconds
MESSAGE_BYTES = 4096
LOG_BYTES, LOG_LINES = 2048, 80  # of a log that stands for the message


@dataclass(frozen=True)
class Image:
    root: str = runtime.IMAGE  # folders of the node, joined by ":", the first one on top
    entrypoint: Sequence[str] = ("nvidia-driver",)
    command: Sequence[str] = ("init",)
    env: Mapping[str, str] = field(default_factory=lambda: {"NVIDIA_VISIBLE_DEVICES": "void"})


@dataclass(frozen=True)
class Terminated:
    rc: int
    message: str
    log: str


def longer(back_off: int) -> int:
    """What the restart after the next one waits, in seconds; the first one does not wait. Kubelet
    forgets it when a container has run for ten minutes."""
    return min(max(2 * back_off, FIRST_BACK_OFF), LAST_BACK_OFF)


class Probe:
    """One of a container's probes, from the container's start on."""

    def __init__(self, kind: str, spec: Fields, started: float):
        self.kind = kind
        self.timeout = spec.get("timeoutSeconds", 1)
        self.command = spec["exec"]["command"]
        self._period = spec.get("periodSeconds", 10)
        self._threshold = spec.get("failureThreshold", 3)
        self._due = started + spec.get("initialDelaySeconds", 0)
        self._failures = 0
        self.answers = 0
        self.succeeded = False  # the last time; a first failure does not take that back

    def is_due(self, now: float) -> bool:
        return now >= self._due

    def answered(self, good: bool, now: float) -> bool:
        """False when it has failed often enough to matter."""
        self.answers += 1
        while self._due <= now:
            self._due += self._period
        self._failures = 0 if good else self._failures + 1
        if good:
            self.succeeded = True
        elif self._failures >= self._threshold:
            self.succeeded = False
        return self._failures < self._threshold


class PodContainer:
    """One of a template's containers: an instance of it runs, has run, or is to run."""

    def __init__(self, pod: Pod, spec: Fields):
        self._pod = pod
        self._spec = spec
        self.name = spec["name"]
        self.starts = 0
        self.last: Terminated | None = None
        self.instance: Container | None = None  # the last one that was started
        self._probes: dict[str, Probe] = {}
        self._not_before = 0.0
        self._back_off = 0
        self._message = ""  # where the node keeps the instance's

    @property
    def running(self) -> bool:
        return self.starts > 0 and self.last is None

    @property
    def started(self) -> bool:
        startup = self._probes.get("startup")
        return self.running and (startup is None or startup.succeeded)

    @property
    def ready(self) -> bool:
        readiness = self._probes.get("readiness")
        return self.started and (readiness is None or readiness.succeeded)

    def asked(self, kind: str) -> int:
        """How often that probe was asked since the last start."""
        return self._probes[kind].answers

    def tick(self) -> None:
        """What is to be done now."""
        if not self.running:
            if time.monotonic() >= self._not_before:
                self._start()
        elif not self._has_ended():
            self._ask()

    def _start(self) -> None:
        identity = f"{self._pod.uid}/{self.name}/{self.starts}"
        self.instance = Container(self._pod.vm, hashlib.sha256(identity.encode()).hexdigest())
        self._message = f"{self._pod.folder}/containers/{self.name}/{self.instance.name[:8]}"
        self._pod.launch(self.instance, self._spec, self._message, self.starts)
        self.starts += 1
        self.last = None
        now = time.monotonic()
        self._probes = {
            kind: Probe(kind, self._spec[f"{kind}Probe"], now)
            for kind in ("startup", "readiness", "liveness")
            if f"{kind}Probe" in self._spec
        }

    def _has_ended(self) -> bool:
        assert self.instance
        rc = self.instance.rc
        if rc is None:
            return False
        log = self.instance.log()
        self.last = Terminated(rc, self._termination_message(rc, log), log)
        self._not_before = time.monotonic() + self._back_off
        if self._back_off:
            self._pod.say(f"BackOff: {self.name} is started again in {self._back_off} s")
        self._back_off = longer(self._back_off)
        return True

    def _termination_message(self, rc: int, log: str) -> str:
        """The end of what was written; where nothing was, and the policy says so, of the log."""
        message = self._pod.vm.check(f"tail -c {MESSAGE_BYTES} {self._message}")
        falls_back = self._spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
        if message or rc == 0 or not falls_back:
            return message
        lines = log.encode()[-LOG_BYTES:].decode(errors="replace").splitlines(keepends=True)
        return "".join(lines[-LOG_LINES:])

    def _ask(self) -> None:
        """Nothing but the startup probe is asked until that has succeeded; it is asked no more."""
        kinds = ["readiness", "liveness"] if self.started else ["startup"]
        for kind in kinds:
            probe = self._probes.get(kind)
            if probe and probe.is_due(time.monotonic()) and not self._goes_on(probe):
                self._pod.say(f"Killing: {self.name} failed its {kind} probe")
                self.stop(self._pod.grace)
                return

    def _goes_on(self, probe: Probe) -> bool:
        assert self.instance
        done = self.instance.run(probe.command, timeout=probe.timeout)
        if done.rc != 0:
            self._pod.say(f"Unhealthy: {probe.kind} probe of {self.name}: {done.out.strip()}")
        return probe.answered(done.rc == 0, time.monotonic()) or probe.kind == "readiness"

    def stop(self, grace: float) -> None:
        """The hook and SIGTERM share the grace period, in seconds; SIGKILL ends it."""
        if not self.running or self._has_ended():
            return
        assert self.instance
        deadline = time.monotonic() + grace
        if hook := self._spec.get("lifecycle", {}).get("preStop"):
            done = self.instance.run(hook["exec"]["command"], timeout=grace)
            if done.rc != 0:
                self._pod.say(f"FailedPreStopHook: {self.name}: {done.out.strip()}")
        deadline = max(deadline, time.monotonic() + LEAST_GRACE)
        self._pod.vm.run(["runc", "kill", self.instance.name, "TERM"])
        while not self._has_ended():
            if time.monotonic() >= deadline:
                self._pod.vm.run(["runc", "kill", self.instance.name, "KILL"])
                self.instance.wait()
            time.sleep(runtime.POLL)


class Pod:
    vm: Vm
    uid: str
    folder: str  # of the node
    grace: float  # seconds

    def __init__(self, kubelet: Kubelet, name: str, namespace: str, template: Fields):
        assert (problems := refused(template)) == [], problems
        self.vm = kubelet.vm
        self.name, self.namespace = name, namespace
        self.uid = str(uuid.uuid4())
        self.folder = f"{FOLDER}/{self.uid}"
        self.events: list[str] = []  # as `kubectl describe pod` lists them
        self._kubelet = kubelet
        self._spec = template["spec"]
        self.grace = self._spec.get("terminationGracePeriodSeconds", GRACE)
        self._metadata = template.get("metadata", {})
        self._volumes = Volumes(
            self.vm, self.folder, self._spec.get("volumes", []), kubelet.objects
        )
        self._first = [PodContainer(self, spec) for spec in self._spec.get("initContainers", [])]
        self._containers = [PodContainer(self, spec) for spec in self._spec["containers"]]
        self.vm.put(f"{self._hostname}\n".encode(), f"{self.folder}/hostname")
        self.vm.check(f"cp /etc/hosts {self.folder}/hosts")
        self.vm.check(f"cp /etc/resolv.conf {self.folder}/resolv.conf")
        self._namespaces = self._make_namespaces()

    def container(self, name: str) -> PodContainer:
        (found,) = [one for one in [*self._first, *self._containers] if one.name == name]
        return found

    def instance(self, name: str) -> Container:
        """What runs of it, or ran last."""
        found = self.container(name).instance
        assert found, f"{name} was not started"
        return found

    def last(self, name: str) -> Terminated:
        """How it ended the last time."""
        found = self.container(name).last
        assert found, f"{name} has not ended"
        return found

    @property
    def ready(self) -> bool:
        return all(container.ready for container in self._containers)

    def say(self, event: str) -> None:
        self.events.append(event)

    def tick(self) -> None:
        for container in self._first:
            if not (container.last and container.last.rc == 0):
                container.tick()
                return
        for container in self._containers:
            container.tick()

    def until(self, condition: Callable[[], bool]) -> None:
        """Lets time pass until it holds."""
        deadline = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < deadline, self._told()
            self.tick()
            time.sleep(runtime.POLL)

    def delete(self) -> None:
        """Its containers end one after the other; kubelet ends all at once."""
        for container in [*self._first, *self._containers]:
            container.stop(self.grace)
        self._volumes.remove()
        if not self._spec.get("hostNetwork"):
            self.vm.check(f"umount {self.folder}/net")
        self.vm.check(f"rm -rf {self.folder} {self._logs}")

    def launch(self, instance: Container, spec: Fields, message: str, starts: int) -> None:
        """What kubelet and containerd do to start a container."""
        image = self._kubelet.images[spec["image"]]
        log = f"{self._logs}/{spec['name']}/{starts}.log"
        for file in (log, message):
            self.vm.put(b"", file)
        self.vm.check(f"chmod 666 {message}")
        self.vm.check(f"mkdir -p {instance.bundle} && ln -s {log} {instance.bundle}/log")
        if "command" in spec:
            argv = [*spec["command"], *spec.get("args", [])]
        else:
            argv = [*image.entrypoint, *spec.get("args", image.command)]
        mounts = [
            *((f"{self.folder}/{file}", f"/etc/{file}", "rw") for file in runtime.FILES),
            (message, spec.get("terminationMessagePath", "/dev/termination-log"), "rw"),
            *self._volumes.mounts(spec),
        ]
        configuration = runtime.privileged(
            self._hostname,
            argv,
            {**image.env, **self._environment(spec)},
            mounts=_overridden(runtime.own_mounts(pod=True), mounts),
            devices=runtime.devices(self.vm),
            namespaces=self._namespaces,
            cgroup=f"/kubepods/{self._quality}/pod{self.uid}/{instance.name}",
        )
        instance.run_bundle(configuration, image.root)
        runs = f'runc state {instance.name} 2>/dev/null | grep -q \'"status": "running"\''
        self.vm.check(f"until {runs} || [ -e {instance.bundle}/rc ]; do sleep 0.1; done")

    @property
    def _logs(self) -> str:
        return f"{LOGS}/{self.namespace}_{self.name}_{self.uid}"

    @property
    def _hostname(self) -> str:
        return NODE if self._spec.get("hostNetwork") else self.name

    @property
    def _quality(self) -> str:
        asked = any("resources" in container for container in self._spec["containers"])
        return "burstable" if asked else "besteffort"

    def _make_namespaces(self) -> list[Fields]:
        """Its containers share the network; each has the others for itself."""
        found: list[Fields] = [{"type": kind} for kind in ("mount", "uts", "ipc")]
        if not self._spec.get("hostPID"):
            found.append({"type": "pid"})
        if not self._spec.get("hostNetwork"):
            path = f"{self.folder}/net"
            keep = f"ip link set lo up; mount --bind /proc/self/ns/net {path}"
            self.vm.check(f": >{path} && unshare -n sh -c '{keep}'")
            found.append({"type": "network", "path": path})
        return found

    def _environment(self, spec: Fields) -> dict[str, str]:
        fields = {
            "metadata.name": self.name,
            "metadata.namespace": self.namespace,
            "metadata.uid": self.uid,
            "spec.nodeName": NODE,
            "status.hostIP": "192.0.2.1",
        }
        found = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
        for variable in spec.get("env", []):
            source = variable.get("valueFrom")
            value = fields[source["fieldRef"]["fieldPath"]] if source else variable.get("value", "")
            found[variable["name"]] = value
        return found

    def _told(self) -> str:
        logs = [one.instance.log() for one in self._containers if one.instance]
        return "\n".join(["time is up", *self.events, *logs])


def _overridden(own: list[Fields], mounts: Sequence[runtime.Mount]) -> list[Fields]:
    """As containerd orders them: what the pod mounts counts, and what lies deeper comes later."""
    wanted = [runtime.bind(*mount) for mount in mounts]
    taken = {mount["destination"] for mount in wanted}
    found = [mount for mount in own if mount["destination"] not in taken] + wanted
    return sorted(found, key=lambda mount: mount["destination"].count("/"))


class Kubelet:
    def __init__(self, vm: Vm, images: Mapping[str, Image]):
        self.vm = vm
        self.images = images
        self.objects: list[Fields] = []  # the cluster's ConfigMaps and Secrets

    def start(self, name: str, template: Fields, namespace: str = "default") -> Pod:
        """The pod's containers start as soon as time passes."""
        return Pod(self, name, namespace, template)
