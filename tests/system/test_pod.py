"""The chart's pod, really run: its template, as Helm makes it, started in the VM as kubelet would
(harness/kubelet.py), with NVIDIA's real modules."""

import copy

import pytest

from harness.container import IMAGE
from harness.drivers import DRIVER
from harness.kubelet import Image, Kubelet, Pod, Probe, longer
from harness.kubernetes import of_kind, template
from harness.node import MODULES, killed, loaded, system
from harness.pod_fields import refused

NAMESPACE = "gpu"
IMAGE_NAME = "registry.example/driver:535"
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

# Another pod's program, which has the GPU's control node open for an hour.
USER = {
    "spec": {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "containers": [
            {
                "name": "main",
                "image": IMAGE_NAME,
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
    vm.put(b'flavour = "open"\n', "/var/images/open/etc/driverctl/driverctl.toml")
    return Kubelet(vm, {IMAGE_NAME: Image(f"/var/images/open:{IMAGE}")})


def start(kubelet: Kubelet, name: str, **values) -> Pod:
    """A pod of the chart's with these values, beside those of all tests here."""
    manifests = template(VALUES | values, namespace=NAMESPACE)
    kubelet.objects = [one for one in manifests if one["kind"] in ("ConfigMap", "Secret")]
    pod_template = of_kind(manifests, "DaemonSet")["spec"]["template"]
    return kubelet.start(name, pod_template, NAMESPACE)


def ready(kubelet: Kubelet, name: str, **values) -> Pod:
    pod = start(kubelet, name, **values)
    pod.until(lambda: pod.ready, 120)
    return pod


def user(kubelet: Kubelet) -> Pod:
    pod = kubelet.start("train-0", USER, "ml")
    pod.until(lambda: pod.ready, 20)
    return pod


def deleted(pod: Pod) -> None:
    """Nobody uses the driver: it goes, and nothing is left."""
    pod.delete()
    last = pod.last("driver")
    assert (last.rc, last.message) == (0, ""), last.log
    assert {key: system(pod.vm)[key] for key in LEFT} == LEFT
    assert pod.vm.run(f"ls {MARKERS}/.driver-daemons-status {MARKERS}/.driver-ctr-ready").rc != 0


def version(vm) -> str:
    return vm.check("cat /sys/module/nvidia/version").strip()


def instance(vm) -> str:
    """Changes when the module is loaded anew."""
    return vm.check("stat -c %i /sys/module/nvidia").strip()


def test_fresh_start_and_the_way_down(kubelet, vm):
    pod = start(kubelet, "driver-fresh")
    pod.until(lambda: pod.events != [], 30)
    assert pod.events[0].startswith("Unhealthy: startup probe of driver: "), pod.events
    assert not pod.container("driver").started
    pod.until(lambda: pod.ready, 120)
    assert pod.container("driver").starts == 1
    assert sorted(loaded(vm)) == sorted(MODULES) and version(vm) == DRIVER
    mounts = vm.check("cut -d ' ' -f 2 /proc/mounts").splitlines()
    assert mounts.count("/run/nvidia/driver") == 1, "Bidirectional: the host sees the driver root"
    assert "gsp" in vm.check(f"ls /run/nvidia/driver/lib/firmware/nvidia/{DRIVER}")
    assert vm.run("test -c /dev/nvidiactl").rc == 0, "the nodes are the host's"
    assert vm.run("test -s /var/run/cdi/nvidia.com-gpu.json").rc == 0
    assert vm.check(f"cat {MARKERS}/.driver-daemons-status").strip() == "Ready"
    assert vm.run(f"test -s {MARKERS}/.driver-ctr-ready").rc == 0
    deleted(pod)


def test_killed_container_is_started_again_and_adopts(kubelet, vm):
    pod = ready(kubelet, "driver-killed")
    job = user(kubelet)
    before = instance(vm)
    killed(pod.instance("driver"))
    pod.until(lambda: pod.container("driver").starts == 2 and pod.ready, 120)
    assert "it is adopted as it is" in pod.instance("driver").log()
    assert instance(vm) == before
    job.tick()
    assert job.container("main").running, "the driver's user goes on"
    job.delete()
    deleted(pod)


def test_edited_configuration_takes_effect_in_the_next_pod(kubelet, vm):
    old = ready(kubelet, "driver-old")
    before = instance(vm)
    deleted(old)
    new = ready(kubelet, "driver-new", moduleParameters={"nvidia.conf": "NVreg_DeviceFileMode=432"})
    assert instance(vm) != before
    assert "DeviceFileMode: 432" in vm.check("cat /proc/driver/nvidia/params")
    deleted(new)


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
