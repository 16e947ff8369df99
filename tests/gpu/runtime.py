"""A container that an OCI runtime makes of a root directory, for machines that have no container
engine. Needs root and runc or crun."""

import json
import os
import pathlib
import subprocess
from collections.abc import Sequence
from typing import Any

TIME_LIMIT = 300  # seconds
NAMESPACES = ("pid", "ipc", "uts", "mount")
MOUNTS: tuple[tuple[str, str, list[str]], ...] = (
    ("/proc", "proc", []),
    ("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    ("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777"]),
)


def configuration(argv: Sequence[str], env: Sequence[str], hooks: dict[str, Any]) -> dict[str, Any]:
    """config.json of a container that has no GPU."""
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": list(argv),
            "env": ["PATH=/usr/bin:/bin", *env],
            "cwd": "/",
            "noNewPrivileges": True,
        },
        "root": {"path": "root"},
        "mounts": [
            {"destination": place, "type": kind, "source": kind, "options": options}
            for place, kind, options in MOUNTS
        ],
        "hooks": hooks,
        "linux": {"namespaces": [{"type": kind} for kind in NAMESPACES]},
    }


def run(
    runtime: Sequence[str],
    bundle: pathlib.Path,
    argv: Sequence[str],
    env: Sequence[str],
    hooks: dict[str, Any],
) -> tuple[int, str]:
    """The root lies in the bundle, as "root"."""
    text = json.dumps(configuration(argv, env, hooks))
    (bundle / "config.json").write_text(text)
    state = bundle / "state"
    state.mkdir(exist_ok=True)
    words = [*runtime, "--root", str(state), "run", "--bundle", str(bundle), f"proof-{os.getpid()}"]
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
    )
    return done.returncode, done.stdout
