"""The chart's pod, really run: its template, as Helm makes it, started in the VM as kubelet would
(harness/kubelet.py), with NVIDIA's real modules."""

import copy
from typing import Any

import pytest

from harness.container import IMAGE
from harness.drivers import DRIVER
from harness.kubelet import Image, Kubelet, Pod, Probe, longer
from harness.kubernetes import NAME, of_kind, template
from harness.node import MODULES, killed, loaded, system
from harness.pod_fields import refused

DIGEST = f"sha256:{'2' * 64}"
FIRST, SECOND = "registry.example/driverctl:535", f"registry.example/driverctl@{DIGEST}"
MARKERS = "/run/nvidia/validations"
LEFT = {"modules": "", "mounts": "", "firmware": ""}

# A daemon takes long to start under emulation.
SETTINGS = {"no-build": True, "persistence": "off"}
VALUES = {
    "settings": SETTINGS,
    "startupProbe": {"periodSeconds": 2, "timeoutSeconds": 10, "failureThreshold": 60},
    "readinessProbe": {"periodSeconds": 2, "timeoutSeconds": 10, "failureThreshold": 3},
    "livenessProbe": {"periodSeconds": 2, "timeoutSeconds": 10, "failureThreshold": 2},
}
GRACE = 5  # seconds; what the chart takes would make these tests long
UPGRADE: dict[str, Any] = {"image": {"repository": "registry.example/driverctl", "digest": DIGEST}}

# Another pod's program, which has the GPU's control node open for an hour.
USER = {
    "spec": {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "containers": [
            {
                "name": "main",
                "image": FIRST,
                "command": ["sh", "-c", "exec 7<>/dev/nvidiactl && exec sleep 3600"],
                "securityContext": {"privileged": True},
                "volumeMounts": [{"name": "node", "mountPath": "/dev/nvidiactl"}],
            }
        ],
        "terminationGracePeriodSeconds": 0,
        "volumes": [
            {"name": "node", "hostPath": {"path": "/dev/nvidiactl", "type": "CharDevice"}},
        ],
    }
}


@pytest.fixture(scope="module")
def kubelet(vm) -> Kubelet:
    """Two images: the layer in which the second one differs makes it load the other flavour."""
    for name, flavour in (("first", "open"), ("second", "proprietary")):
        settings = f'flavour = "{flavour}"\n'
        vm.put(settings.encode(), f"/var/images/{name}/etc/driverctl/driverctl.toml")
    return Kubelet(
        vm,
        {
            FIRST: Image(f"/var/images/first:{IMAGE}"),
            SECOND: Image(f"/var/images/second:{IMAGE}"),
        },
    )


def start(kubelet: Kubelet, name: str, grace: int | None = None, **values) -> Pod:
    """A pod of the chart's with these values, beside those of all tests here."""
    manifests = template(VALUES | values)
    kubelet.objects = [one for one in manifests if one["kind"] in ("ConfigMap", "Secret")]
    pod_template = of_kind(manifests, "DaemonSet")["spec"]["template"]
    if grace:
        pod_template["spec"]["terminationGracePeriodSeconds"] = grace
    return kubelet.start(name, pod_template, NAME)


def ready(kubelet: Kubelet, name: str, **values) -> Pod:
    pod = start(kubelet, name, **values)
    pod.until(lambda: pod.ready)
    return pod


def user(kubelet: Kubelet) -> Pod:
    pod = kubelet.start("train-0", USER, "ml")
    pod.until(lambda: pod.ready)
    return pod


def who(pod: Pod) -> str:
    """How a message names that pod's program."""
    container = pod.instance("main").name
    pid = pod.vm.check(f"cat /sys/fs/cgroup/kubepods/besteffort/pod{pod.uid}/{container}/*.procs")
    return (
        f"the driver is in use: process {pid.strip()} (sleep, container {container[:12]}, "
        "pod ml/train-0) has /dev/nvidiactl open. Stop these first; nothing was changed."
    )


def deleted(pod: Pod) -> None:
    """Nobody uses the driver: it goes, and nothing is left."""
    pod.delete()
    last = pod.last("driver")
    assert (last.rc, last.message) == (0, ""), last.log
    assert {key: system(pod.vm)[key] for key in LEFT} == LEFT
    assert pod.vm.run(f"ls {MARKERS}/.driver-daemons-status {MARKERS}/.driver-ctr-ready").rc != 0


def version(vm) -> str:
    return vm.check("cat /sys/module/nvidia/version").strip()


def is_open(vm) -> bool:
    return "Open Kernel Module" in vm.check("cat /proc/driver/nvidia/version")


def instance(vm) -> str:
    """Changes when the module is loaded anew."""
    return vm.check("stat -c %i /sys/module/nvidia").strip()


def test_fresh_start_and_the_way_down(kubelet, vm):
    """A start that takes long is waited for; a liveness probe asks for no progress. A process that
    is stopped does the long work."""
    pod = start(kubelet, "driver-fresh")
    driver = pod.container("driver")
    pod.tick()
    pod.instance("driver").wait_for("Starting installation")
    pod.instance("driver").signal("STOP")
    pod.until(lambda: len(pod.events) >= 3)
    assert all(event.startswith("Unhealthy: startup probe of driver: ") for event in pod.events)
    assert driver.running and not driver.started
    pod.instance("driver").signal("CONT")
    pod.until(lambda: pod.ready)

    assert sorted(loaded(vm)) == sorted(MODULES)
    assert version(vm) == DRIVER and is_open(vm)
    mounts = vm.check("cut -d ' ' -f 2 /proc/mounts").splitlines()
    assert mounts.count("/run/nvidia/driver") == 1, "Bidirectional: the host sees the driver root"
    assert "gsp" in vm.check(f"ls /run/nvidia/driver/lib/firmware/nvidia/{DRIVER}")
    assert vm.run("test -c /dev/nvidiactl").rc == 0, "the nodes are the host's"
    assert vm.run("test -s /var/run/cdi/nvidia.com-gpu.json").rc == 0
    assert vm.check(f"cat {MARKERS}/.driver-daemons-status").strip() == "Ready"
    assert vm.run(f"test -s {MARKERS}/.driver-ctr-ready").rc == 0

    pod.instance("driver").signal("STOP")
    asked = driver.asked("liveness")
    pod.until(lambda: driver.asked("liveness") >= asked + 3)
    pod.instance("driver").signal("CONT")
    assert driver.starts == 1
    deleted(pod)


def test_killed_container_is_started_again_and_adopts(kubelet, vm):
    pod = ready(kubelet, "driver-killed")
    job = user(kubelet)
    before = instance(vm)
    killed(pod.instance("driver"))
    pod.until(lambda: pod.container("driver").starts == 2 and pod.ready)
    assert "it is adopted as it is" in pod.instance("driver").log()
    assert instance(vm) == before
    job.tick()
    assert job.container("main").running, "the driver's user goes on"
    job.delete()
    deleted(pod)


def test_upgrade_while_nobody_uses_the_driver(kubelet, vm):
    """Of the configuration, then of the image: what was loaded goes with its pod."""
    deleted(ready(kubelet, "driver-535"))
    edited = ready(
        kubelet, "driver-edit", moduleParameters={"nvidia.conf": "NVreg_DeviceFileMode=432"}
    )
    assert "DeviceFileMode: 432" in vm.check("cat /proc/driver/nvidia/params")
    deleted(edited)
    new = ready(kubelet, "driver-new", **UPGRADE)
    assert not is_open(vm)
    deleted(new)


def test_upgrade_while_the_driver_is_in_use(kubelet, vm):
    """The old pod cannot unload, says who keeps it, and is killed. One with the same driver adopts
    it, as after an edit of a label. One with another image says why it waits, changes nothing, and
    comes up once nobody uses the driver any more."""
    old = ready(kubelet, "driver-used", grace=GRACE)
    job = user(kubelet)
    before, said = instance(vm), who(job)
    old.delete()
    assert (old.last("driver").rc, old.last("driver").message) == (137, said)
    assert vm.run(f"ls {MARKERS}/.driver-ctr-ready").rc != 0, "nobody cares for the driver"

    heir = ready(kubelet, "driver-heir", grace=GRACE, podLabels={"example.org/team": "ml"})
    assert instance(vm) == before and "it is adopted as it is" in heir.instance("driver").log()
    heir.delete()
    assert (heir.last("driver").rc, heir.last("driver").message) == (137, said)

    new = start(kubelet, "driver-waits", **UPGRADE)
    new.until(lambda: new.container("driver").last is not None)
    assert (new.last("driver").rc, new.last("driver").message) == (4, said)
    assert instance(vm) == before and not new.ready
    job.tick()
    assert job.container("main").running
    job.delete()
    new.until(lambda: new.ready)
    assert not is_open(vm) and instance(vm) != before
    deleted(new)


def test_start_that_a_probe_does_not_wait_for_is_begun_anew(kubelet):
    impatient = {"periodSeconds": 1, "timeoutSeconds": 10, "failureThreshold": 1}
    pod = start(kubelet, "driver-impatient", startupProbe=impatient)
    pod.until(lambda: pod.container("driver").last is not None)
    assert "Killing: driver failed its startup probe" in pod.events
    pod.delete()


def test_probe_is_asked_at_its_period_and_fails_at_its_threshold():
    spec = {"exec": {"command": []}, "initialDelaySeconds": 5, "failureThreshold": 2}
    probe = Probe("liveness", spec | {"periodSeconds": 10}, started=100)
    assert [now for now in range(100, 140) if probe.is_due(now)][0] == 105
    assert probe.answered(False, 105) and not probe.is_due(114.9) and probe.is_due(115)
    assert probe.answered(True, 115) and probe.succeeded
    assert probe.answered(False, 125) and probe.succeeded, "one failure is none"
    assert not probe.answered(False, 147) and not probe.succeeded
    assert not probe.is_due(154) and probe.is_due(155), "what is late stays at the period"


def test_restarts_wait_longer_and_longer():
    waits = [0]
    while len(waits) < 8:
        waits.append(longer(waits[-1]))
    assert waits == [0, 10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(
    "change, problem",
    [
        (lambda pod: pod.update(hostIPC=True), "template.spec.hostIPC is not followed"),
        (lambda pod: pod.pop("enableServiceLinks"), "spec.enableServiceLinks is true by default"),
        (
            lambda pod: pod["containers"][0]["securityContext"].update(privileged=False),
            "main is not privileged",
        ),
        (
            lambda pod: pod["volumes"][0]["hostPath"].update(type="Any"),
            "template.spec.volumes[0].hostPath.type is 'Any'",
        ),
    ],
)
def test_kubelet_refuses_what_it_does_not_follow(change, problem):
    assert refused(USER) == []
    changed = copy.deepcopy(USER)
    change(changed["spec"])
    assert problem in refused(changed)
