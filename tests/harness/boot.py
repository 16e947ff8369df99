"""Boots the VM with its serial console on this terminal: press Enter for a root shell, `poweroff
-f` or Ctrl-A X to end.

examples:
  tests/vm/boot
  tests/vm/boot --kernel 6.12 --container-disk driver.ext4 -- driverctl init
  tests/vm/boot --parameters module.sig_enforce=1 --no-gpu
"""

import argparse
import sys
import tempfile
from pathlib import Path

from harness.vm import Vm, make_host


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kernel", choices=("6.1", "6.12"), default="6.1")
    parser.add_argument("--release", help="the Flatcar release that the host says it is")
    parser.add_argument("--container-disk", type=Path, help="made by make-container-disk")
    parser.add_argument("--parameters", default="", help="more kernel parameters")
    parser.add_argument(
        "--no-gpu", action="store_true", help="leave out the emulated NVIDIA function"
    )
    parser.add_argument(
        "argv", nargs="*", help="program of the container disk, started as the container 'driver'"
    )
    options = parser.parse_args()
    if options.argv and not options.container_disk:
        parser.error("a program needs --container-disk")

    host = make_host(options.kernel, options.release)
    with (
        tempfile.TemporaryDirectory() as logs,
        Vm(
            host,
            options.container_disk,
            log=Path(logs) / "console.log",
            parameters=options.parameters,
            console=True,
        ) as vm,
    ):
        if not options.no_gpu:
            vm.gpu()
        if options.argv:
            driver = vm.container(options.argv)
            print(f"\r\ncontainer started: tail -f {driver.bundle}/log", end="; ")
            print("runc exec -t driver sh; runc kill driver TERM\r")
        vm.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
