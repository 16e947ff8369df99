"""deploy/ for Kubernetes: what Helm and kustomize make of it, against Kubernetes' schemas, the
chart's own, and the program."""

import pytest

from harness.kubernetes import CHART, LAYERS, of_kind, problems, run_helm, template


@pytest.mark.parametrize("helm", LAYERS)
def test_helm_accepts_the_chart(helm):
    done = run_helm("lint", "--strict", CHART, version=helm)
    assert done.rc == 0, done.out


def test_default_manifest_is_one_daemon_set_that_kubernetes_accepts():
    manifests = template()
    assert [manifest["kind"] for manifest in manifests] == ["DaemonSet"]
    assert problems(of_kind(manifests, "DaemonSet")) == []
