"""What docs/kubernetes.md prints, as far as it can be run without a cluster."""

import re
import shlex
import shutil

import pytest
import yaml

from harness.chart_values import KEY, LOGIN
from harness.documents import blocks
from harness.driverctl import finish
from harness.kubernetes import (
    CHART,
    DEPLOY,
    DRIVER_IMAGE,
    KUSTOMIZE,
    LAYERS,
    containers,
    kustomized,
    of_kind,
    problems,
    tool,
    variables,
)
from harness.paths import ROOT

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
    done = finish([tool("kubectl"), *words, *NOBODY], cwd=tmp_path)
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
