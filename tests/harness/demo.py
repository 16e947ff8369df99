"""The last part of ci/demo: loads the driver in a VM, shows it from the host side, takes it back.

usage: demo.py --kernel SERIES --release VERSION --container-disk FILE

The persistence daemon is optional here: the emulated GPU has no VBIOS, so no program can initialise
it.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from harness.node import OPTIONAL
from harness.vm import Vm, make_host

SHOWN = (
    "lsmod | grep -E '^Module|^nvidia'",
    "cat /proc/driver/nvidia/version",
    "ls -l /run/nvidia/driver/dev/ | grep nvidia",
    "ls -l /run/nvidia/driver/usr/bin/nvidia-smi",
)
LEFT = (
    "lsmod | grep ^nvidia",
    "grep /run/nvidia/driver /proc/mounts",
    "find /run/nvidia -xdev -type f",
    "find /dev -name 'nvidia*'",
)


def show(vm: Vm, command: str) -> str:
    print(f"host# {command}")
    output = vm.run(command).out
    print(output, end="")
    return output


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--release", required=True)
    parser.add_argument("--container-disk", type=Path, required=True)
    options = parser.parse_args()
    host = make_host(options.kernel, release=options.release)
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "console.log"
        with Vm(host, options.container_disk, log=log) as vm:
            vm.gpu()
            driver = vm.container(["nvidia-driver", "init", *OPTIONAL])
            print(driver.wait_for("waiting for signal"))
            for command in SHOWN:
                show(vm, command)
            driver.signal("TERM")
            code = driver.wait()
            print(f"\nSIGTERM: init ended with exit code {code}; what is left:")
            left = "".join(show(vm, command) for command in LEFT)
    if code != 0 or left:
        print("demo: something is left", file=sys.stderr)
        return 1
    print("nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
