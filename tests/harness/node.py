"""What tests of a node in the VM share: how it looks, how it looks when nothing is left, and
starting `init` on it."""

import json

MODULES = ["nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm"]
OPTIONAL = ["--no-build", "--persistence", "optional"]
OPEN = [*OPTIONAL, "--flavour", "open"]
CLEAN = {"modules": "", "mounts": "", "files": "", "firmware": ""}


def loaded(vm) -> list[str]:
    return [
        line.split()[0]
        for line in vm.check("cat /proc/modules").splitlines()
        if line.startswith("nvidia")
    ]


def system(vm) -> dict[str, str]:
    """What init must leave as it was."""
    return {
        "modules": "\n".join(loaded(vm)),
        "mounts": vm.run("grep /run/nvidia/ /proc/mounts").out,
        "files": vm.run("find /run/nvidia -xdev -type f").out,
        "firmware": vm.run("cat /sys/module/firmware_class/parameters/path").out.strip(),
    }


def refused(vm, name: str, argv: list[str], code: int, *words: str, left=CLEAN, **options) -> str:
    """Runs init, which has to end with the code, say the words, and leave the machine as `left`
    says."""
    container = vm.container(["driverctl", "init", *argv], name=name, **options)
    assert container.wait(120) == code, container.log()
    log = container.log()
    for word in words:
        assert word in log, log
    assert system(vm) == left
    return log


def ready(vm, name: str, *argv: str, **options):
    """Starts init and returns its container once it is ready. The open modules are small, and
    quickly loaded under emulation."""
    flavour = [] if {"--flavour", "--driver"} & {*argv} else ["--flavour", "open"]
    container = vm.container(
        ["driverctl", "init", *OPTIONAL, *flavour, *argv], name=name, **options
    )
    container.wait_for("waiting for signal", timeout=120)
    assert sorted(loaded(vm)) == sorted(MODULES)
    return container


def stopped(vm, container) -> None:
    """Ends init, which has to leave nothing."""
    container.signal("TERM")
    assert container.wait(90) == 0, container.log()
    assert system(vm) == CLEAN


def probe(container, kind: str) -> tuple[int, str]:
    done = container.run(["driverctl", "probe", kind])
    return done.rc, done.out.strip()


def report(container, *command: str) -> dict:
    return json.loads(container.run(["driverctl", *command, "--json"]).out)


def killed(container) -> None:
    """Ends init as an out-of-memory killer would; what it did stays."""
    container.signal("KILL")
    container.wait(60)


def hold(vm) -> str:
    """A process with the driver's control node open; returns its pid."""
    vm.check(
        "(exec 7<>/run/nvidia/driver/dev/nvidiactl; exec sleep 1000) >/dev/null 2>&1 & echo $! >/var/holder"
    )
    return vm.check("cat /var/holder").strip()


def in_order(log: str, *lines: str):
    at = 0
    for line in lines:
        assert line in log[at:], f"{line!r} is missing or too early in\n{log}"
        at = log.index(line, at) + len(line)
