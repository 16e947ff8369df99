"""The README's first command: podman runs `update`, the committed image's `init` loads the driver in the VM."""

import subprocess

from conftest import DRIVER, ROOT


def test_demo():
    done = subprocess.run([ROOT / "ci/demo"], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1500)
    assert done.returncode == 0, done.stdout[-5000:]
    assert f"Kernel Module  {DRIVER}" in done.stdout
    assert done.stdout.rstrip().endswith("nothing")
