"""SIGKILL at each point of init's life at which it changes the node, on its way up and down; then
the next init. In the VM, with NVIDIA's real modules."""

import re

import pytest

from harness.container import Mount
from harness.limits import LIMIT
from harness.node import CLEAN, system
from harness.paths import FIXTURES, ROOT
from harness.shell import sh

# Starts init, ends it once it is ready, and compares what is there with what the first life showed:
# a line for each point, and what is not as it shall be below it.
LIVES = r"""
init() { exec env $killer driverctl init --no-build --flavour open; }
seen() {
    grep nvidia /proc/modules | cut -d ' ' -f 1 | sort
    for pid in 1 self; do grep -c ' /run/nvidia/driver ' /proc/$pid/mountinfo; done
    find /run/nvidia /var/run/cdi /var/run/nvidia-persistenced -xdev | sort
    find /dev/nvidia* /dev/char /dev/dri 2>/dev/null | sort
    cat /sys/module/firmware_class/parameters/path
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -o '[s]leep 98765' | wc -l
    ls /sys/block/loop*/loop/backing_file 2>/dev/null
}
until_ready() { # PID LOG
    until grep -q 'waiting for signal' $2; do kill -0 $1 2>/dev/null || return; sleep 0.05; done
    seen >/tmp/up.now
    kill -TERM $1
}
life() { # NAME; leaves init's exit code in rc, and what was there when it was ready in /tmp/up.now
    : >/tmp/$1.log
    init 2>/tmp/$1.log &
    rm -f /tmp/up.now
    until_ready $! /tmp/$1.log
    wait $! 2>/dev/null # where dash says "Killed"
    rc=$?
}
same() { # POINT WHAT
    cmp -s /tmp/$2 /tmp/$2.now && return
    echo "point $1: $2 differs"
    diff /tmp/$2 /tmp/$2.now
    cat /tmp/heir.log
}
killed() { # POINT
    killer="KILLED_AT=$1 KILLED_RECORD=/tmp/record LD_PRELOAD=/killed_at.so"
    life killed
    killer=
}
mkdir -p /var/run/cdi /var/run/nvidia-persistenced
life first
[ $rc = 0 ] || cat /tmp/first.log
mv /tmp/up.now /tmp/up
seen >/tmp/clean
killed 0 # the first life makes other calls than those after it
[ $rc = 0 ] || cat /tmp/killed.log
tr -d '\0' </tmp/record >/tmp/points
echo "points $(wc -l </tmp/points)"
until [ -e /tmp/asked ]; do sleep 0.05; done
for point in $(cat /tmp/asked); do
    killed $point
    echo "point $point: killed with $rc"
    life heir
    [ $rc = 0 ] || { echo "point $point: the heir ends with $rc"; cat /tmp/heir.log; }
    same $point up
    seen >/tmp/clean.now
    same $point clean
done
echo all done
"""
DAEMON = """#!/bin/sh
sleep 98765 >/dev/null 2>&1 &
echo $! >/var/run/nvidia-persistenced/nvidia-persistenced.pid
"""

# What each run takes of the points, by the calls around it; each is there once.
REPRESENTATIVE = {
    "the child inserts the last module": r"^(\d+) finit_module\s+\d+ unlink",
    "mounted, not recorded": r" move_mount .*\n.*\n.*\n(\d+) rename .*/state.json",
    "a daemon runs, not recorded": (
        r" fork .*\n.* unlink .*\n.* linkat .*\n(\d+) rename .*/state.json"
    ),
    "daemons run, containers are not told": r"^(\d+) rename .*/nvidia.com-gpu.json",
    "down: the root": r"^(\d+) umount2 /run/nvidia/driver",
    "down: a module": r"^(\d+) delete_module nvidia_uvm",
}


def representative(points: str) -> list[int]:
    found = {name: re.findall(text, points, re.M) for name, text in REPRESENTATIVE.items()}
    assert all(len(numbers) == 1 for numbers in found.values()), f"{found}\n{points}"
    return [int(number) for (number,) in found.values()]


@pytest.fixture
def mounts(vm) -> list[Mount]:
    library = FIXTURES / "killed_at.so"
    source = ROOT / "tests/fixtures/killed_at.c"
    sh("gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source)
    vm.put(library, "/var/killed/killed_at.so")
    vm.put(DAEMON.encode(), "/var/killed/daemon")
    vm.put(LIVES.encode(), "/var/killed/lives")
    vm.check("chmod +x /var/killed/daemon")
    return [
        ("/var/killed/killed_at.so", "/killed_at.so", "ro"),
        ("/var/killed/daemon", "/usr/bin/nvidia-persistenced", "ro"),
        ("/var/killed/lives", "/lives", "ro"),
    ]


def test_killed_at_each_point(vm, mounts, long):
    lives = vm.container(["sh", "/lives"], name="lives", mounts=mounts)
    lives.wait_for("points ")
    points = lives.run(["cat", "/tmp/points"]).out
    asked = range(1, points.count("\n") + 1) if long else representative(points)
    words = " ".join(map(str, asked))
    lives.run(["sh", "-c", f"echo {words} >/tmp/asked.new; mv /tmp/asked.new /tmp/asked"])
    log = lives.wait_for("all done", LIMIT * len(asked))
    said = log[log.index("points ") :].splitlines()[1:-1]
    assert said == [f"point {number}: killed with 137" for number in asked], log
    assert system(vm) == CLEAN
