"""`doctor --rootless` on a made node, as an ordinary user: what it says of the podman there, beside
what podman really does there."""

import json

import pytest
import yaml

from harness.documents import sessions
from harness.engines import PROGRAMS, Podman, debian_12, import_image
from harness.made_node import CONTROL_NODES, DRIVER_ROOT, GPU_NODES, USER, VIDEO
from harness.paths import ROOT

DRIVERCTL = f"{PROGRAMS}/driverctl"
SPECIFICATION = "/run/cdi/nvidia.yaml"
NODES = sorted(CONTROL_NODES | GPU_NODES)


@pytest.fixture(scope="module")
def made(made_driver):
    with debian_12(made_driver) as node:
        node.check("mkdir", "-p", "/run/cdi")
        node.check(DRIVERCTL, "cdi", "generate", "--for=podman-4.3", "--output=/run/good.yaml")
        yield node


@pytest.fixture
def node(made):
    """With a good specification, and what a test does to it taken back."""
    made.check("cp", "/run/good.yaml", SPECIFICATION)
    made.check("cp", "-a", "/etc/subuid", "/run/subuid")
    yield made
    undo = f"""
        chmod 666 /dev/nvidia*; chgrp root /dev/nvidia*; chmod 4755 /usr/bin/newuidmap
        cp -a /run/subuid /etc/subuid
        rm -rf /etc/containers/containers.conf.d {SPECIFICATION}
    """
    made.check("sh", "-c", undo)


def findings(node, groups=()):
    done = node.run(DRIVERCTL, "doctor", "--rootless", "--json", user=USER, groups=groups)
    found = json.loads(done.out)["findings"]
    assert done.rc == (1 if any(one["severity"] == "problem" for one in found) else 0)
    return found


def complaint(node, topic, groups=()):
    """The only one that is not good, but for the summary."""
    found = [one for one in findings(node, groups)[:-1] if one["severity"] != "good"]
    (only,) = found
    assert only["topic"] == topic
    return only["text"]


def printed(node, groups=()):
    """What it says to type."""
    last = findings(node, groups)[-1]
    assert last["topic"] == "command" and last["severity"] == "good"
    return last["text"].split()


def opened(out):
    return [line for line in out.splitlines() if line.startswith("/dev/nvidia")]


def check_works(node, words, runtime="crun", groups=()):
    """Each node can be opened: there is only no driver behind it."""
    done = Podman(node, runtime, USER, groups).run(words)
    assert opened(done.out) == [f"{path}: ENXIO" for path in NODES], done.err


def test_line_that_is_printed_works(node):
    assert printed(node) == "podman run --rm --device nvidia.com/gpu=all IMAGE nvidia-smi".split()
    check_works(node, printed(node))


def test_root_is_not_asked(node):
    done = node.run(DRIVERCTL, "doctor", "--rootless")
    assert done.rc == 2 and "root's containers are not rootless" in done.err


def test_nobody_gives_containers_a_gpu(node):
    node.check("rm", SPECIFICATION)
    assert complaint(node, "cdi") == "no file in /etc/cdi or /var/run/cdi has the GPUs"
    assert findings(node)[-1]["text"] == "nothing here gives containers a GPU"


def of_video(node):
    node.check("sh", "-c", f"chmod 660 /dev/nvidia*; chgrp {VIDEO} /dev/nvidia*")


def test_nodes_of_a_group_that_the_user_is_not_in(node):
    of_video(node)
    assert "user may not use /dev/nvidiactl" in complaint(node, "nodes")
    words = "podman run --rm --device nvidia.com/gpu=all IMAGE nvidia-smi".split()
    done = Podman(node, "crun", USER).run(words)
    assert set(opened(done.out)) == {f"{path}: EACCES" for path in NODES}


def test_nodes_of_a_group_with_crun(node):
    of_video(node)
    assert complaint(node, "nodes", (VIDEO,)).endswith(
        "crun keeps a user's groups where it is told to"
    )
    assert "--group-add" in printed(node, (VIDEO,))
    check_works(node, printed(node, (VIDEO,)), groups=(VIDEO,))


def test_nodes_of_a_group_with_runc(node):
    """It is explained before it happens, and the line that is printed takes the other runtime."""
    of_video(node)
    node.write("/etc/containers/containers.conf.d/runc.conf", '[engine]\nruntime = "runc"\n')
    assert "runc drops a user's groups" in complaint(node, "nodes", (VIDEO,))
    words = "podman run --rm --device nvidia.com/gpu=all --group-add keep-groups IMAGE nvidia-smi"
    refused = Podman(node, "runc", USER, (VIDEO,)).run(words.split())
    assert set(opened(refused.out)) == {f"{path}: EACCES" for path in NODES}
    assert printed(node, (VIDEO,))[:3] == ["podman", "--runtime", "crun"]
    check_works(node, printed(node, (VIDEO,)), groups=(VIDEO,))


def specification_of(node):
    return yaml.safe_load(node.check("cat", SPECIFICATION))


def test_nodes_of_a_driver_container(node):
    """They cannot be had in a user namespace, whatever a specification says."""
    move = f"""
        mount -t tmpfs dev {DRIVER_ROOT}/dev
        mv /dev/nvidia* {DRIVER_ROOT}/dev
    """
    node.check("sh", "-c", move)
    try:
        where = [f"--dev-root={DRIVER_ROOT}/dev", f"--output={SPECIFICATION}"]
        node.check(DRIVERCTL, "cdi", "generate", "--for=podman-4.3", *where)
        said = complaint(node, "nodes")
        words = "podman run --rm --device nvidia.com/gpu=all IMAGE nvidia-smi".split()
        done = Podman(node, "crun", USER).run(words)
    finally:
        node.check("sh", "-c", f"mv {DRIVER_ROOT}/dev/* /dev; umount {DRIVER_ROOT}/dev")
    assert "lie in /run/nvidia/driver/dev alone" in said
    assert done.rc != 0 and "/dev/nvidia" in done.err


def test_specification_that_podman_is_too_old_for(node):
    node.write(SPECIFICATION, json.dumps(specification_of(node) | {"cdiVersion": "0.6.0"}))
    assert "0.6.0 is newer than 0.5.0" in complaint(node, "cdi")
    words = "podman run --rm --device nvidia.com/gpu=all IMAGE nvidia-smi".split()
    assert "unresolvable CDI devices" in Podman(node, "crun", USER).run(words).err


def test_specification_that_the_user_may_not_read(node):
    node.check("chmod", "600", SPECIFICATION)
    assert "Permission denied" in complaint(node, "cdi")


def test_no_subordinate_ids(node):
    node.write("/etc/subuid", "other:100000:65536\n")
    assert "user has no subordinate IDs in /etc/subuid" in complaint(node, "user")


def test_helper_without_privilege(node):
    node.check("chmod", "755", "/usr/bin/newuidmap")
    assert (
        complaint(node, "userns") == "/usr/bin/newuidmap is neither setuid root nor has cap_setuid"
    )


def test_document(node):
    """As printed."""
    node.check("cp", DRIVERCTL, "/usr/bin/driverctl")
    import_image(node, USER)
    (session,) = sessions(ROOT / "docs/rootless.md")
    for command in session:
        command.check(node.check("sh", "-c", command.line, user=USER))
