"""A node whose store is empty: init gets its package from a directory or a registry. In the VM."""

import json

from harness.keys import key_pair, public
from harness.node import CLEAN, OPTIONAL, killed, ready, report, stopped, system
from harness.shell import program


def test_init_gets_its_package_from_a_directory(vm):
    """First with a store that cannot be written, then with one that can: the same package, so the
    loaded driver is adopted."""
    packages = "/var/lib/driverctl/packages"
    source = ["--package-source", "/missing", "--package-source", packages]
    vm.put(b"", "/var/empty/x")
    mounts = [("/var/empty", "/read-only", "ro")]
    first = ready(vm, "source-1", "--store", "/read-only", *source, mounts=mounts)
    assert "/missing failed: /missing is no directory" in first.log()
    assert "and not kept: " in first.log() and "Read-only file system" in first.log()
    killed(first)
    second = ready(vm, "source-2", "--store", "/packages", *source)
    assert "it is adopted as it is" in second.log()
    stored = report(second, "status")["init"]["package"]
    assert stored.startswith("/packages/flatcar-")
    assert second.run(["test", "-f", stored]).rc == 0
    stopped(vm, second)
    argv = [*OPTIONAL, "--store", "/packages", "--package-source", "/missing"]
    none = vm.container(["driverctl", "init", *argv], name="source-3")
    assert none.wait() == 3 and system(vm) == CLEAN, none.log()


ADDRESS = "127.0.0.1:5000"
SOURCE = f"oci://{ADDRESS}/gpu/modules"
CONFIGURATION = {
    "version": 0.1,
    "storage": {"filesystem": {"rootdirectory": "/registry/data"}},
    "http": {"addr": ADDRESS, "secret": "x"},
}
MOUNTS = [("/var/registry", "/registry", "rw")]
NODE = ["--flavour", "open", "--store", "/registry/store"]
NODE += ["--package-source", SOURCE, "--plain-http"]


class Node:
    """What its commands say."""

    def __init__(self, vm):
        self._vm = vm

    def report(self, name: str, code: int, *argv: str) -> dict:
        container = self._vm.container(["driverctl", *argv, "--json"], name=name, mounts=MOUNTS)
        assert container.wait() == code, container.log()
        log = container.log()  # what was tried again comes first
        return json.loads(log[log.index("{") :])

    def sources(self, name: str) -> list[tuple[str, str]]:
        findings = self.report(name, 0, "doctor", *NODE)["findings"]
        ours = [found for found in findings if found["topic"] == "source"]
        return [(found["severity"], found["text"]) for found in ours]


def test_a_node_and_its_registry(vm, tmp_path):
    """push, plan, doctor and init; the registry is on the node too, because the VM has no
    network."""
    node = Node(vm)
    vm.put(program("docker-registry"), "/var/registry/docker-registry")
    vm.put(json.dumps(CONFIGURATION).encode(), "/var/registry/config.json")
    vm.put(public(key_pair(tmp_path / "key")), "/var/registry/key.pub")
    vm.check("chmod 755 /var/registry/docker-registry")

    dead = node.report("plan-dead", 3, "plan", *NODE, "--no-build")
    assert dead["action"] == "refuse" and dead["exit_code"] == 3
    assert dead["reasons"][-1].startswith(f"package source {SOURCE} failed: ")

    serve = ["/registry/docker-registry", "serve", "/registry/config.json"]
    registry = vm.container(serve, name="registry", mounts=MOUNTS)
    registry.wait_for(f"listening on {ADDRESS}")
    assert node.sources("doctor-empty") == [("warning", f"{SOURCE} has no package for this node")]
    assert node.report("plan-build", 0, "plan", *NODE)["action"] == "build"
    push = vm.container(["driverctl", "push", SOURCE, "--plain-http"], name="push")
    assert push.wait() == 0, push.log()

    assert node.sources("doctor") == [("good", f"{SOURCE} has the package for this node")]
    plan = node.report("plan", 0, "plan", *NODE)
    assert (plan["action"], plan["package"]) == ("fetch", SOURCE)
    driver = ready(vm, "driver", *NODE, mounts=MOUNTS)
    assert f"from {SOURCE}" in driver.log()
    registry.signal("KILL")
    registry.wait()
    plan = node.report("plan-adopt", 0, "plan", *NODE)
    assert plan["action"] == "adopt" and plan["package"].startswith("/registry/store/")
    untrusted = node.report("plan-trust", 8, "plan", *NODE, "--trust", "/registry/key.pub")
    assert untrusted["action"] == "refuse" and "is not signed" in untrusted["reasons"][0]
    stopped(vm, driver)
