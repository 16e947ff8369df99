"""What a container sees of the driver: a script that looks around in it, and what that has said."""

from __future__ import annotations

from dataclasses import dataclass, field

# Each line of what it prints begins with a word that says what it is about.
LOOK = r"""
find /dev -type c \( -name 'nvidia*' -o -path '/dev/dri/*' \) -exec stat -c 'node %n %t %T' {} +
find -L /usr /etc /run /lib/firmware -path '*nvidia*' -o -name '*cuda*' 2>/dev/null |
  sed 's/^/file /'
find /usr/lib /dev -type l -exec stat -c 'link %N' {} + | sed "s/ -> / /; s/'//g"
env | sed 's/^/env /'
ldconfig -p | sed -n 's/^\t\([^ ]*\) (.*x86-64.*) => /library \1 /p'
ldconfig -p | sed -n 's/^\t\([^ ]*\) (libc6) => /library-32 \1 /p'
nvidia-smi | sed 's/^/smi /'
grep -E '^(NoNewPrivs|CapEff|Uid):' /proc/self/status | sed 's/^/status /; s/:\t/ /'
grep ModifyDeviceFiles /proc/driver/nvidia/params 2>/dev/null | sed 's/^/status /; s/: / /'
"""


@dataclass
class Seen:
    nodes: dict[str, tuple[int, int]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)  # 64-bit ones of `ldconfig -p`
    libraries_32: dict[str, str] = field(default_factory=dict)
    smi: list[str] = field(default_factory=list)  # what nvidia-smi says
    status: dict[str, str] = field(default_factory=dict)  # of the process and of the driver


def seen_in(output: str) -> Seen:
    seen = Seen()
    for line in output.splitlines():
        kind, _, rest = line.partition(" ")
        name, _, value = rest.partition(" ")
        if kind == "node":
            major, minor = value.split()
            seen.nodes[name] = (int(major, 16), int(minor, 16))
        elif kind == "file":
            seen.files.add(rest)
        elif kind == "smi":
            seen.smi.append(rest)
        elif kind == "env":
            name, _, value = rest.partition("=")
            seen.env[name] = value
        else:
            tables = {"link": seen.links, "status": seen.status}
            tables |= {"library": seen.libraries, "library-32": seen.libraries_32}
            tables[kind][name] = value
    return seen
