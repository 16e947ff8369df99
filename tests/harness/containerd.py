"""containerd in a made node, and containers that look around: of `ctr`, and of Kubernetes' pods.

    containerd = Containerd(node)
    seen = containerd.container("--env", "NVIDIA_VISIBLE_DEVICES=all", runtime="/usr/bin/runc")
    seen = containerd.pod("nvidia", env={"NVIDIA_VISIBLE_DEVICES": "all"})
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.cri import LOGS, Cri
from harness.driverctl import Finished
from harness.engines import CONTAINER_ROOT
from harness.made_node import MadeNode
from harness.seen import LOOK, Seen, seen_in
from harness.shell import wait_until

IMAGE = "docker.io/library/container:test"
CONFIGURATION = "/etc/containerd/config.toml"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

# Machines that give no control group a share of the processors: none can be set there.
RUNC = """\
#!/bin/bash
read -r controllers </sys/fs/cgroup/cgroup.controllers
shares='"shares": *[0-9]+'
for word; do
  if [[ $previous == --bundle && " $controllers " != *" cpu "* ]]; then
    text=$(<"$word/config.json")
    while [[ $text =~ $shares ]]; do text=${text/"${BASH_REMATCH[0]}"/}; done
    printf %s "$text" >"$word/config.json"
  fi
  previous=$word
done
exec /usr/sbin/runc "$@"
"""


class Containerd:
    """Starts the daemon with the node's configuration; it ends with the node."""

    def __init__(self, node: MadeNode):
        self._node = node
        self._outside = Path(f"/proc/{node.pid}/root")
        node.write("/usr/local/sbin/runc", RUNC)
        node.check("chmod", "755", "/usr/local/sbin/runc")
        for file in ("hosts", "resolv.conf"):  # of which each pod gets a copy
            node.write(f"/etc/{file}", "")
        state = "/var/lib/containerd"  # its layers are mounted over no other layer
        node.check("sh", "-c", f"mkdir -p {state} && mount -t tmpfs none {state}")
        words = f"PATH=/usr/local/sbin:{PATH} exec containerd >/run/containerd.log 2>&1 &"
        node.check("sh", "-c", words)
        wait_until(lambda: node.run("ctr", "version").rc == 0)

    def run(self, *options: str, runtime: str) -> Finished:
        copy = 'root=$(mktemp -d) && cp -R "$0/." $root && chmod 755 $root && echo $root'
        root = self._node.check("sh", "-c", copy, CONTAINER_ROOT).strip()
        command = ["ctr", "run", "--rm", "--runtime", "io.containerd.runc.v2", "--runc-binary"]
        command += [runtime, "--env", f"PATH={PATH}", *options, "--rootfs", root]
        return self._node.run(*command, Path(root).name, "sh", "-c", LOOK)

    def container(self, *options: str, runtime: str) -> Seen:
        done = self.run(*options, runtime=runtime)
        assert done.rc == 0, done.err
        return seen_in(done.out)

    @cached_property
    def cri(self) -> Cri:
        """With the containers' image, which is that of each pod as well."""
        image = "run/image.tar"
        (self._outside / image).write_bytes(archive(self._outside / CONTAINER_ROOT[1:]))
        self._node.check("ctr", "--namespace", "k8s.io", "images", "import", f"/{image}")
        return Cri(self._outside / "run/containerd/containerd.sock", IMAGE)

    def pod(self, handler: str = "", **container: Any) -> Seen:
        """A container in a pod of its own."""
        name = self.cri.start(self.cri.pod(handler), ["sh", "-c", LOOK], **container)
        wait_until(lambda: self.cri.ended(name))
        lines = self._node.check("cat", f"{LOGS}/{name}").splitlines()
        words = [line.split(" ", 3) for line in lines]  # time, stream, whole or part, text
        return seen_in("\n".join(text for _, stream, _, text in words if stream == "stdout"))


def archive(root: Path) -> bytes:
    """An image with this root, as `docker save` writes it. Its own program waits, as a pod's
    does."""
    layer = subprocess.run(
        ["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE, check=True
    ).stdout
    program = {"Env": [f"PATH={PATH}"], "Cmd": ["sleep", "1000"]}
    layers = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}
    config = {"architecture": "amd64", "os": "linux", "config": program, "rootfs": layers}
    manifest = [{"Config": "config.json", "RepoTags": [IMAGE], "Layers": ["layer.tar"]}]
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, document in (("manifest.json", manifest), ("config.json", config)):
            _add(tar, name, json.dumps(document).encode())
        _add(tar, "layer.tar", layer)
    return written.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
