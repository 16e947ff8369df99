"""deploy/fleet without a cluster: the scripts of its pods as they are printed, on files of a
directory in place of a pod's, with the small driver, which compiles in seconds."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.driverctl import Finished, finish, packages_in
from harness.drivers import TINY_DRIVER
from harness.keys import key_pair
from harness.kubernetes import FLEET, Manifest, containers, kustomized, of_kind
from harness.limits import LONG_LIMIT
from harness.paths import BINARY
from harness.registry import Registry, registry
from harness.releases import RELEASES

STORE = "var/lib/driverctl/packages"
SECRETS = "run/secrets/driverctl"
UPDATE = "update/full-response"
ANSWER = """\
<?xml version="1.0" encoding="UTF-8"?>
<response protocol="3.0"><daystart elapsed_seconds="0"/><app status="ok"><updatecheck status="ok">
<urls><url codebase="https://update.release.flatcar-linux.net/amd64-usr/{0}/"/></urls>
<manifest version="{0}"><packages><package name="flatcar_production_update.gz"/></packages>
</manifest></updatecheck></app></response>
"""


@dataclass
class Fleet:
    """What its pods find, in a directory."""

    directory: Path
    registry: Registry
    environment: dict[str, str]

    def run(self, container: Manifest, **more: str) -> Finished:
        shell, option = container["command"]
        (script,) = container["args"]
        for place in (STORE, SECRETS, UPDATE):
            script = script.replace(f"/{place}", f"{self.directory}/{place}")
        script = script.replace("stable,lts", "stable")  # the mirror has no other
        return finish([shell, option, script], self.environment | more, timeout=LONG_LIMIT)

    def work(self) -> list[Finished]:
        """Two workers, each with an empty store."""
        (build,) = containers(of_kind(kustomized(FLEET), "CronJob"))
        ends = []
        for index in "01":
            shutil.rmtree(self.directory / STORE, ignore_errors=True)
            ends.append(self.run(build, JOB_COMPLETION_INDEX=index, SHARDS="2"))
        return ends

    def ask(self, release: str = "") -> Finished:
        """The gate, on a node that has installed the release."""
        shutil.rmtree(self.directory / STORE, ignore_errors=True)
        answer = self.directory / UPDATE
        answer.parent.mkdir(exist_ok=True)
        answer.write_text(ANSWER.format(release) if release else "")
        gate = next(containers(of_kind(kustomized(FLEET), "DaemonSet")))
        return self.run(gate)


@pytest.fixture(scope="module")
def fleet(mirror, url, tiny_sources, tmp_path_factory) -> Iterator[Fleet]:
    directory = tmp_path_factory.mktemp("fleet")
    (directory / SECRETS / "package-key").mkdir(parents=True)
    key_pair(directory / SECRETS / "package-key/release.key")
    with registry(directory / "registry") as running:
        given = of_kind(kustomized(FLEET), "ConfigMap")["data"]
        yield Fleet(
            directory,
            running,
            given
            | {
                "PATH": f"{BINARY.parent}:/usr/sbin:/usr/bin:/sbin:/bin",
                "DRIVERCTL_PACKAGE_SOURCE": f"oci://{running.host}/gpu/modules",
                "DRIVERCTL_AUTH_FILE": "",  # everybody may
                "DRIVERCTL_PLAIN_HTTP": "true",
                "DRIVERCTL_STORE": str(directory / STORE),
                # What stands for the image and for Flatcar's servers.
                "DRIVERCTL_SOURCE_DIR": str(tiny_sources),
                "DRIVERCTL_WORK_DIR": str(directory / "work"),
                "DRIVERCTL_MIRROR": f"{url}/{{channel}}",
                "DRIVERCTL_KEYRING": str(mirror.keyring),
                "DRIVERCTL_SIGNING_KEY": mirror.fingerprint,
            },
        )


@pytest.fixture(scope="module")
def built(fleet) -> list[Finished]:
    """The first run."""
    return fleet.work()


def row(done: Finished) -> str:
    """The state of the only package; empty in the part without it."""
    assert done.rc == 0, done.err
    rows = [line.split() for line in done.out.splitlines() if f" {TINY_DRIVER} " in line]
    return rows[0][4] if rows else ""


def test_workers_build_their_part_and_share_it(fleet, built):
    assert sorted(map(row, built)) == ["", "built"]
    (pushed,) = [end for end in built if row(end)]
    assert f"oci://{fleet.registry.host}/gpu/modules@sha256:" in pushed.out


def test_next_run_builds_nothing(fleet, built):
    again = fleet.work()
    assert sorted(map(row, again)) == ["", "fetched"]


def test_gate(fleet, built):
    (release,) = {word for end in built for word in end.out.split() if word in RELEASES.values()}
    there = fleet.ask(release)
    assert there.rc == 0 and " fetch " in there.out, there.err
    assert packages_in(fleet.directory / STORE) == [], "it only asks"
    other = fleet.ask("9999.2.0")
    assert other.rc == 3 and " missing " in other.out, other.err
    nothing = fleet.ask()
    assert nothing.rc == 2 and "no update is installed" in nothing.err
    fleet.registry.stop()
    dead = fleet.ask(release)
    fleet.registry.start()
    assert dead.rc == 1 and " failed " in dead.out, dead.err
