"""deploy/ for Kubernetes: what Helm and kustomize make of it, against Kubernetes' schemas, the
chart's own, and the program."""

import json
import re
import shlex
import shutil
import tomllib
from typing import Any

import pytest
import yaml

from harness.chart_values import ACCEPTED, KEY, LOGIN, REFUSED
from harness.documents import blocks
from harness.driverctl import Finished, finish, run
from harness.kubernetes import (
    CHART,
    DEPLOY,
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
    tool,
)
from harness.operator import CONTAINER_READY, DAEMONS_STATUS
from harness.paths import BINARY, ROOT

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
FLEET = DEPLOY / "fleet"
KUSTOMIZE = DEPLOY / "kustomize"
DRIVER_IMAGE = "registry.example/driverctl"
OTHER_IMAGES = {"registry.k8s.io/kubectl", "registry.k8s.io/pause"}
# What Kubernetes gives a pod of an indexed Job, and what a script has found out.
SHELL_VARIABLES = {"JOB_COMPLETION_INDEX": "0", "release": "4593.2.5"}


@pytest.fixture(params=ACCEPTED.values(), ids=ACCEPTED.keys())
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
        "podMetricsEndpoints": [{"port": "metrics", "interval": "30s"}],
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


# What other values decide, or the pod's mounts; and what has no variable of ours.
DECIDED = {
    *("store", "work-dir", "cdi", "trust", "auth-file", "metrics-listen"),
    *("toolkit", "runtime", "restart-mode", "runtime-socket"),
    *("run-dir", "parameter-dir", "dev-root"),
    *("termination-log", "source-date-epoch"),
}


def settings_of_init() -> dict[str, Any]:
    """Name and value, by which one sees what it is."""
    flags = set(re.findall(r"^  (?:-\w,)?--([a-z-]+)", run("init", "--help").out, re.MULTILINE))
    printed = run("init", "--print-config").out
    every = tomllib.loads(re.sub("^# ", "", printed, flags=re.MULTILINE))
    return {name: value for name, value in every.items() if name in flags}


def test_schema_knows_inits_settings():
    def type_of(schema: dict[str, Any]) -> str:
        return schema.get("type", "string")  # enums are of strings

    kinds = {str: "string", bool: "boolean", int: "integer", list: "array"}
    known = {
        name: type_of(each) for name, each in SCHEMA["properties"]["settings"]["properties"].items()
    }
    assert known == {
        name: kinds[type(value)]
        for name, value in settings_of_init().items()
        if name not in DECIDED
    }


SAMPLES = {"string": "x", "boolean": True, "integer": 1, "array": ["x=y"]}
NAMED = {"channel": "stable", "release": "4593.2.5"}  # what is looked at before


def test_each_setting_of_the_schema_comes_to_init():
    schema = SCHEMA["properties"]["settings"]["properties"]

    def sample(each: dict[str, Any]) -> Any:
        if "enum" in each:
            return each["enum"][-1]
        return [sample(each["items"])] if "enum" in each.get("items", {}) else SAMPLES[each["type"]]

    given = {name: NAMED.get(name, sample(each)) for name, each in schema.items()}
    has = settings_of_pod({"settings": given})
    given["package-source"] = ["/var/lib/driverctl/packages", *given["package-source"]]
    assert {name: has[name] for name in given} == given


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


def variables(container: Manifest, manifests: list[Manifest]) -> dict[str, str]:
    """Its settings."""
    found = {}
    for source in container.get("envFrom", []):
        name = source["configMapRef"]["name"]
        (data,) = [
            manifest["data"]
            for manifest in manifests
            if manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"] == name
        ]
        found |= data
    found |= {each["name"]: each.get("value", "") for each in container.get("env", [])}
    return found


def program_lines(container: Manifest) -> list[list[str]]:
    """What a container of the driver's image calls driverctl with: itself, its probes, its
    hooks."""
    lines = [[*container.get("command", []), *container.get("args", [])]]
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        if name in container:
            lines.append(container[name]["exec"]["command"])
    if lines[0][:2] == ["/bin/sh", "-c"]:
        (script,) = lines.pop(0)[2:]
        called = re.findall(r"driverctl [^&|\n]+", script)
        lines += [shlex.split(line) for line in called]
    return lines


def expanded(word: str, known: dict[str, str]) -> str:
    """As a shell would."""
    form = r"\$(?:(\w+)|\{(\w+)[^}]*\})"
    return re.sub(form, lambda variable: known[variable[1] or variable[2]], word)


def test_the_program_understands_each_command_and_variable():
    tried = 0
    for manifests in [*map(template, ACCEPTED.values()), kustomized(FLEET)]:
        for container in [each for manifest in manifests for each in containers(manifest)]:
            if not container["image"].startswith(DRIVER_IMAGE):
                continue
            environment = variables(container, manifests)
            settings = {name for name in environment if name.startswith("DRIVERCTL_")}
            known = environment | SHELL_VARIABLES
            for program, *words in program_lines(container):
                assert program == "driverctl"
                concrete = [expanded(word, known) for word in words]
                done = finish([str(BINARY), *concrete, "--print-config"], environment)
                assert done.rc == 0, done.err
                assert set(re.findall(r"# environment (\w+)$", done.out, re.M)) == settings
                tried += 1
    assert tried == 4 * len(ACCEPTED) + 3


def settings_of_pod(values: dict[str, Any]) -> dict[str, Any]:
    """What init reads, as it prints it."""
    (container,) = containers(of_kind(template(values), "DaemonSet"))
    done = finish([str(BINARY), "init", "--print-config"], variables(container, []))
    return tomllib.loads(re.sub("^# ", "", done.out, flags=re.MULTILINE))


def test_settings_come_to_init_as_they_were_given():
    values = ACCEPTED["a fleet"]
    has = settings_of_pod(values)
    given = dict(values["settings"])
    sources = ["/var/lib/driverctl/packages", *given.pop("package-source")]
    assert {name: has[name] for name in given} == given
    assert has["package-source"] == sources
    assert has["trust"] == [f"/etc/driverctl/trust/{name}" for name in ("older.pub", "release.pub")]
    assert has["auth-file"] == ["/etc/driverctl/login/.dockerconfigjson"]
    assert settings_of_pod(ACCEPTED["metrics"])["metrics-listen"] == "0.0.0.0:9599"
    assert settings_of_pod(ACCEPTED["a plain label, no CDI"])["cdi"] == "off"
    toolkit = settings_of_pod(ACCEPTED["the toolkit for containerd"])
    assert toolkit["toolkit"] == "/opt/nvidia"
    assert toolkit["runtime"] == "containerd" and toolkit["restart-mode"] == "systemd"


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


def test_mounts_are_where_init_looks():
    init = settings_of_init()
    for name in ("run-dir", "parameter-dir", "dev-root"):
        assert init[name] in MOUNTED["a fleet"], name
    assert init["work-dir"] == "/var/cache/driverctl"
    assert f'["{"/var/lib/driverctl/packages"}"]' in run("init", "--help").out


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


def test_pre_stop_removes_what_says_that_init_is_ready():
    (container,) = containers(of_kind(template(), "DaemonSet"))
    removed = container["lifecycle"]["preStop"]["exec"]["command"]
    assert removed == ["rm", "--force", CONTAINER_READY, DAEMONS_STATUS]


def constant(file: str, pattern: str) -> float:
    (found,) = re.findall(pattern, (ROOT / file).read_text())
    return float(found)


def test_grace_period_is_enough_to_stop_every_daemon():
    stop = constant("loader/daemons/daemon.h", r"stopLimit\{(\d+)\}") / 1000
    kill = constant("loader/daemons/daemon_processes.cpp", r"kKillLimit\{(\d+)\}")
    daemons = 6  # persistenced, fabricmanager with nvlsm, topologyd, gridd, imex
    pod = of_kind(template(), "DaemonSet")["spec"]["template"]["spec"]
    assert daemons * (stop + kill) < pod["terminationGracePeriodSeconds"]
    assert (
        f"--stop-timeout {pod['terminationGracePeriodSeconds']} "
        in (ROOT / "README.md").read_text()
    )


PAGE = ROOT / "docs/kubernetes.md"
NOBODY = ["--server=http://127.0.0.1:9", "--request-timeout=1s"]  # no cluster is there
LINES = [line for block in blocks(PAGE) for line in block]


@pytest.mark.parametrize("helm", LAYERS)
@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("helm ")])
def test_helm_understands_the_pages_lines(helm, line, tmp_path):
    """`install` and `upgrade` want a cluster; `template` makes the same without."""
    (tmp_path / "release.pub").write_text(KEY)
    _, command, *words = shlex.split(line.replace("--reuse-values ", ""))
    assert command in ("install", "upgrade")
    words = [str(CHART) if word == "deploy/helm/driverctl" else word for word in words]
    done = finish([tool("helm", helm), "template", *words], cwd=tmp_path)
    assert done.rc == 0, done.err
    manifests = list(yaml.safe_load_all(done.out))
    assert [found for manifest in manifests for found in problems(manifest)] == []
    (container,) = containers(of_kind(manifests, "DaemonSet"))
    if command == "install":
        assert container["image"] == f"{DRIVER_IMAGE}:535"
    else:
        environment = variables(container, manifests)
        assert environment["DRIVERCTL_NO_BUILD"] == "true"
        assert environment["DRIVERCTL_TRUST"] == "/etc/driverctl/trust/release.pub"
        assert environment["DRIVERCTL_PACKAGE_SOURCE"].endswith(
            ",oci://registry.example/gpu/modules"
        )


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("kubectl ")])
def test_kubectl_understands_the_pages_lines(line, tmp_path):
    """Up to the question where the cluster is."""
    (tmp_path / "deploy").symlink_to(DEPLOY)
    for name in ("config.json", "release.key"):
        (tmp_path / name).write_text(LOGIN)
    _, *words = shlex.split(line)
    done = finish([tool("kubectl"), *words, *NOBODY], cwd=tmp_path, timeout=60)
    assert done.rc == 1 and "127.0.0.1:9" in done.err.splitlines()[-1], done.err


def test_pages_overlay_works(tmp_path):
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    (tmp_path / "kustomization.yaml").write_text(text)
    shutil.copytree(KUSTOMIZE, tmp_path / "deploy/kustomize")
    manifests = kustomized(tmp_path)
    (container,) = containers(of_kind(manifests, "DaemonSet"))
    assert container["image"] == "registry.local/gpu/driverctl:550"
    assert variables(container, manifests)["DRIVERCTL_NO_BUILD"] == "true"
    assert [found for manifest in manifests for found in problems(manifest)] == []


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
