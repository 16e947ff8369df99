"""deploy/ for Kubernetes: what Helm and kustomize make of it, against Kubernetes' schemas and the
chart's own."""

import json
import re
from typing import Any

import pytest

from harness.chart_values import ACCEPTED, KEY, LOGIN, REFUSED
from harness.driverctl import Finished
from harness.kubernetes import (
    CHART,
    DRIVER_IMAGE,
    FLEET,
    KUSTOMIZE,
    LAYERS,
    NAME,
    Manifest,
    containers,
    kustomized,
    of_kind,
    pods,
    problems,
    run_helm,
    template,
)
from harness.paths import ROOT

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
OTHER_IMAGES = {"registry.k8s.io/kubectl", "registry.k8s.io/pause"}


@pytest.fixture(params=list(ACCEPTED.values()), ids=list(ACCEPTED))
def values(request) -> dict[str, Any]:
    return request.param


@pytest.mark.parametrize("helm", LAYERS)
def test_helm_accepts_the_chart(helm, values):
    done = run_helm("lint", "--strict", CHART, version=helm, values=values)
    assert done.rc == 0 and "[WARNING]" not in done.out, done.out + done.err


def test_both_helms_make_the_same_of_it(values):
    assert template(values, version=3) == template(values, version=4)


MONITOR = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "PodMonitor",
    "metadata": {
        "name": "driverctl",
        "namespace": "driverctl",
        "labels": {
            "app.kubernetes.io/name": "driverctl",
            "app.kubernetes.io/instance": "driverctl",
            "app.kubernetes.io/component": "nvidia-driver",
            "release": "prometheus",
        },
    },
    "spec": {
        "selector": {
            "matchLabels": {
                "app.kubernetes.io/name": "driverctl",
                "app.kubernetes.io/instance": "driverctl",
            }
        },
        "podMetricsEndpoints": [
            {
                "port": "metrics",
                "interval": "30s",
                "relabelings": [
                    {
                        "sourceLabels": ["__meta_kubernetes_pod_node_name"],
                        "targetLabel": "instance",
                    }
                ],
            }
        ],
    },
}


def test_kubernetes_accepts_what_it_makes(values):
    for manifest in template(values):
        if manifest["kind"] == "PodMonitor":  # not Kubernetes' own
            assert manifest == MONITOR
        else:
            assert problems(manifest) == []


@pytest.mark.parametrize("folder", [KUSTOMIZE, FLEET], ids=lambda folder: folder.name)
def test_kubernetes_accepts_what_kustomize_makes(folder):
    manifests = kustomized(folder)
    assert manifests == kustomized(folder, version=3)
    assert [found for manifest in manifests for found in problems(manifest)] == []


def test_problems_are_found():
    daemons = of_kind(template(), "DaemonSet")
    pod = daemons["spec"]["template"]["spec"]
    pod["hostPID"] = "yes"
    pod["hostPid"] = True
    del pod["containers"][0]["startupProbe"]["exec"]["command"]
    pod["containers"][0]["startupProbe"]["exec"]["commands"] = []
    assert len(problems(daemons)) == 3


@pytest.mark.parametrize("helm", LAYERS)
@pytest.mark.parametrize(("refused", "where"), REFUSED)
def test_bad_values_are_refused(helm, refused, where):
    done = run_helm("template", NAME, CHART, version=helm, values=refused)
    places = re.findall(r"- at '/?(.*?)'", done.err) or re.findall(r"^- (\S+?):? ", done.err, re.M)
    said = [place.replace(".", "/") if helm == 3 else place for place in places]
    assert done.rc != 0 and said, done.err
    assert any(where.replace(".", "/").startswith(place) or where in done.err for place in said)


def objects(schema: Any, at: str = "") -> list[str]:
    """Those that let anything in."""
    if isinstance(schema, list):
        return [found for each in schema for found in objects(each, at)]
    if not isinstance(schema, dict):
        return []
    loose = [at] if schema.get("type") == "object" and "additionalProperties" not in schema else []
    return loose + [
        found for name, each in schema.items() for found in objects(each, f"{at}/{name}")
    ]


def test_schema_lets_nothing_else_in():
    """Kubernetes and Helm look at these themselves."""
    affinities = [
        f"/properties/affinity/properties/{kind}"
        for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity")
    ]
    assert objects(SCHEMA) == [*affinities, "/properties/global"]


def every_manifest() -> list[Manifest]:
    made = [manifest for values in ACCEPTED.values() for manifest in template(values)]
    return [*made, *kustomized(KUSTOMIZE), *kustomized(FLEET)]


def test_images_are_the_drivers_and_kubernetes_own():
    names = set()
    for manifest in every_manifest():
        for container in containers(manifest):
            names.add(re.sub(r"[@:](?!.*/).*", "", container["image"]))
    assert names == {DRIVER_IMAGE, *OTHER_IMAGES}
    assert f"{DRIVER_IMAGE}:535" in (ROOT / "README.md").read_text()


def test_pods_are_what_kubernetes_demands_besides():
    """What the API server looks at, and no schema says."""
    for manifest in every_manifest():
        for pod in pods(manifest):
            mounted = [
                (mount, container.get("securityContext", {}).get("privileged", False))
                for container in containers(manifest)
                for mount in container.get("volumeMounts", [])
            ]
            volumes = [volume["name"] for volume in pod.get("volumes", [])]
            assert len(volumes) == len(set(volumes))
            assert {mount["name"] for mount, _ in mounted} == set(volumes)
            assert all(
                is_privileged for mount, is_privileged in mounted if "mountPropagation" in mount
            )
        if manifest["kind"] == "DaemonSet":
            spec = manifest["spec"]
            labels = spec["template"]["metadata"]["labels"]
            assert spec["selector"]["matchLabels"].items() <= labels.items()


def mounts(values: dict[str, Any]) -> dict[str, str]:
    """Where in the container, and what is there."""
    pod = of_kind(template(values), "DaemonSet")["spec"]["template"]["spec"]
    what = {}
    for volume in pod["volumes"]:
        name = volume.pop("name")
        ((kind, source),) = volume.items()
        what[name] = source["path"] if kind == "hostPath" else f"{kind} {[*source.values()][0]}"
    (container,) = pod["containers"]
    return {each["mountPath"]: what[each["name"]] for each in container["volumeMounts"]}


ALWAYS = {
    "/run/nvidia": "/run/nvidia",
    "/lib/modules": "/usr/lib/modules",
    "/host-etc/os-release": "/etc/os-release",
    "/dev": "/dev",
    "/sys/module/firmware_class/parameters/path": "/sys/module/firmware_class/parameters/path",
    "/var/cache/driverctl": "/var/cache/driverctl",
}
CDI = {"/var/run/cdi": "/var/run/cdi"}
MOUNTED = {
    "defaults": ALWAYS | CDI,
    "a plain label, no CDI": ALWAYS,
    "a fleet": ALWAYS
    | CDI
    | {
        "/drivers": "configMap driverctl-module-parameters",
        "/etc/driverctl/trust": "secret driverctl-trust",
        "/etc/driverctl/login": "secret driverctl-login",
    },
    "Secrets that are there": ALWAYS
    | CDI
    | {
        "/etc/driverctl/files": "configMap driverctl-files",
        "/etc/driverctl/trust": "secret keys",
        "/etc/driverctl/login": "secret login",
    },
    "the toolkit for containerd": ALWAYS
    | CDI
    | {"/opt/nvidia": "/opt/nvidia", "/etc/containerd": "/etc/containerd"},
    "the toolkit for docker": ALWAYS
    | CDI
    | {
        "/opt/nvidia": "/opt/nvidia",
        "/etc/docker": "/etc/docker",
        "/run/docker.sock": "/run/docker.sock",
    },
}


@pytest.mark.parametrize("name", MOUNTED)
def test_pod_mounts(name):
    assert mounts(ACCEPTED[name]) == MOUNTED[name]


def test_secrets_and_parameters_hold_what_was_given():
    manifests = template(ACCEPTED["a fleet"])
    assert of_kind(manifests, "ConfigMap")["data"] == {
        "nvidia.conf": "NVreg_EnableGpuFirmware=0\nNVreg_DeviceFileMode=432\n",
        "nvidia-uvm.conf": "uvm_disable_hmm=1\n",
    }
    secrets = {each["type"]: each["stringData"] for each in manifests if each["kind"] == "Secret"}
    assert secrets == {
        "Opaque": {"release.pub": KEY, "older.pub": KEY},
        "kubernetes.io/dockerconfigjson": {".dockerconfigjson": LOGIN},
    }


def test_edited_parameters_make_new_pods():
    def pod(line: str) -> Manifest:
        values = {"moduleParameters": {"nvidia.conf": line}}
        return of_kind(template(values), "DaemonSet")["spec"]["template"]

    assert pod("a=1") == pod("a=1") != pod("a=2")


def test_kustomize_has_what_the_chart_gives():
    """As the comment in kustomization.yaml says."""

    def made(helm: int) -> Finished:
        return run_helm("template", NAME, CHART, "--namespace", NAME, version=helm)

    assert (KUSTOMIZE / "driverctl.yaml").read_text() == made(3).out == made(4).out
    others = [each for each in kustomized(KUSTOMIZE) if each["kind"] != "Namespace"]
    assert others == template()


def test_shards_are_as_many_as_workers():
    job = of_kind(kustomized(FLEET), "CronJob")["spec"]["jobTemplate"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    shards = {"name": "SHARDS", "value": str(job["completions"])}
    assert container["env"] == [shards] and job["parallelism"] == job["completions"]
    assert job["completionMode"] == "Indexed"
    made = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "now"}, "spec": job}
    assert problems(made) == []


def test_gate_sets_the_annotation_that_the_update_operator_waits_for():
    text = (FLEET / "gate.yaml").read_text()
    (asked,) = re.findall(r"--before-reboot-annotations=(\S+)", text)
    gate = of_kind(kustomized(FLEET), "DaemonSet")["spec"]["template"]["spec"]
    allow = gate["initContainers"][1]
    assert allow["args"] == ["annotate", "node", "$(NODE_NAME)", f"{asked}=true", "--overwrite"]
