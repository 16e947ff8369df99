"""The manifests of deploy/ for Kubernetes against the program: settings, commands, variables,
paths, and the time that it takes."""

import json
import re
import shlex
import tomllib
from typing import Any

from harness.chart_values import ACCEPTED
from harness.driverctl import finish, run
from harness.kubernetes import (
    CHART,
    DRIVER_IMAGE,
    FLEET,
    Manifest,
    containers,
    kustomized,
    of_kind,
    template,
    variables,
)
from harness.operator import CONTAINER_READY, DAEMONS_STATUS
from harness.paths import BINARY, ROOT

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
# What Kubernetes gives a pod of an indexed Job, and what a script has found out.
SHELL_VARIABLES = {"JOB_COMPLETION_INDEX": "0", "release": "4593.2.5"}

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

    given: dict[str, Any] = {name: NAMED.get(name, sample(each)) for name, each in schema.items()}
    has = settings_of_pod({"settings": given})
    given["package-source"] = ["/var/lib/driverctl/packages", *given["package-source"]]
    assert {name: has[name] for name in given} == given


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


def test_mounts_are_where_init_looks():
    init = settings_of_init()
    (container,) = containers(of_kind(template(ACCEPTED["a fleet"]), "DaemonSet"))
    mounted = [mount["mountPath"] for mount in container["volumeMounts"]]
    for name in ("run-dir", "parameter-dir", "dev-root"):
        assert init[name] in mounted, name
    assert init["work-dir"] == "/var/cache/driverctl"
    assert f'["{"/var/lib/driverctl/packages"}"]' in run("init", "--help").out


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
