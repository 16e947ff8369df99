"""images/Containerfile: what the image says of itself and has in it, its variants, and which of
Debian's drivers, or which .run file, it is made of."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.driverctl import EPOCH
from harness.drivers import DRIVER, run_file
from harness.limits import LONG_LIMIT
from harness.paths import MATERIAL, ROOT
from harness.run_files import VERSION, Header, payload, small_driver
from harness.shell import podman, sh

FLEET = "localhost/driverctl:fleet"
STORE = "/var/lib/driverctl/packages"


def build(*options: object) -> subprocess.CompletedProcess[str]:
    """What the build says is in stderr."""
    words = [str(word) for word in (MATERIAL / "make-driver-image", *options)]
    return subprocess.run(words, text=True, capture_output=True, timeout=LONG_LIMIT)


def in_image(image: str, script: str) -> str:
    return podman("run", "--rm", "--entrypoint", "sh", image, "-c", script)


def config_of(image: str) -> dict:
    config: dict = json.loads(podman("image", "inspect", image))[0]["Config"]
    return config


def test_what_the_image_says_of_itself(image):
    config = config_of(image)
    assert config["Entrypoint"] == ["nvidia-driver"] and config["Cmd"] == ["init"]
    assert "NVIDIA_VISIBLE_DEVICES=void" in config["Env"]
    assert list(config["Volumes"]) == ["/var/cache/driverctl"]
    labels = {
        name.removeprefix("org.opencontainers.image."): text
        for name, text in config["Labels"].items()
        if name.startswith("org.opencontainers.image.")
    }
    assert set(labels) == {"title", "description", "licenses"}
    assert labels["licenses"] == "Apache-2.0 AND LicenseRef-NVIDIA-Driver"
    assert "NVIDIA's and unmodified" in labels["description"]


FIRMWARE = f"/usr/share/nvidia/firmware/nvidia/{DRIVER}"
# Commands in the image, and what they print.
CONTENT = {
    # What the GPU Operator's startup probe starts.
    "for name in sh cat mkdir mv nvidia-smi; do command -v $name >/dev/null || echo $name;done": "",
    "realpath /usr/bin/nvidia-driver": "/usr/bin/driverctl",
    f"realpath /lib/firmware/nvidia/{DRIVER}": FIRMWARE,
    f"ls {FIRMWARE}": "gsp_ga10x.bin\ngsp_tu10x.bin",
    f"ls /usr/src/nvidia-{DRIVER}": "LICENSE\nkernel\nkernel-open\nsupported-gpus",
    "find /usr/bin /usr/lib -name '*nvidia*' -perm /6000": "",
    # The operator's validator, outside, follows links in its own root.
    "find /usr/bin /usr/lib -name '*nvidia*' -lname '/*'": "",
    "readlink /usr/lib/*-linux-gnu/libnvidia-ml.so.1": f"libnvidia-ml.so.{DRIVER}",
    # What would differ from build to build.
    "find /var/log /var/cache/ldconfig /var/lib/apt/lists -type f": "",
}


def printed(image: str, commands: Iterable[str]) -> dict[str, str]:
    script = " echo ==;".join(f"{command};" for command in commands)
    said = [part.strip() for part in in_image(image, script).split("==")]
    return dict(zip(commands, said, strict=True))


def test_what_the_image_has_in_it(image):
    assert printed(image, CONTENT) == CONTENT


def test_image_of_debians_packages(image):
    """The same driver as the .run file's, of the same bytes, but for what Debian adds."""
    tag = "localhost/driverctl:debian"
    done = build("--tag", tag, "--driver", DRIVER)
    assert done.returncode == 0, done.stderr[-4000:]
    assert printed(tag, CONTENT) == CONTENT
    compared = (
        f"cd /usr/src/nvidia-{DRIVER} && find kernel* -name debian -prune -o -type f"
        " -not -name NVIDIA_Changelog -exec sha256sum {} + | sort",
        f"sha256sum /usr/src/nvidia-{DRIVER}/*/*.json",
        f"sha256sum {FIRMWARE}/* /usr/bin/nvidia-smi /usr/lib/*/libcuda.so.{DRIVER}",
        "ldconfig -p | grep -E 'libcuda.so|libnvidia-ml.so'",
    )
    assert printed(tag, compared) == printed(image, compared)


def test_run_file_with_another_digest():
    tag, wrong = "localhost/driverctl:wrong", f"DRIVER_SHA256={64 * '0'}"
    done = build("--tag", tag, "--run", run_file(DRIVER), "--", "--build-arg", wrong)
    assert done.returncode != 0 and "SHA-256" in done.stderr


def test_image_says_which_sources_are_not_complete(tmp_path):
    """The file has kernel/ and kernel-open/ with a Kbuild each, and no core."""
    file = tmp_path / f"NVIDIA-Linux-x86_64-{VERSION}.run"
    file.write_bytes(Header().before(payload(small_driver())))
    done = build("--tag", "localhost/driverctl:incomplete", "--run", file)
    assert done.returncode != 0
    for flavour, folder in (("open", "kernel-open"), ("proprietary", "kernel")):
        row = rf"{VERSION} +{flavour} .*/{folder} +Makefile, nvidia/nv-kernel.o_binary,"
        assert re.search(row, done.stderr + done.stdout), done.stderr[-4000:]
    assert "the driver's kernel sources are not complete, see MISSING" in done.stderr


def test_fleet_image(image, built):
    """With every package of a store; the build looks into each."""
    packages = f"packages={built.store}"
    done = build("--tag", FLEET, "--", "--target", "fleet", "--build-context", packages)
    assert done.returncode == 0, done.stderr[-4000:]
    config = config_of(FLEET)
    assert config["Entrypoint"] == ["nvidia-driver", "init"] and not config.get("Cmd")
    listed = podman("run", "--rm", "--entrypoint", "driverctl", FLEET, "package", "list", "--json")
    assert len(json.loads(listed)["packages"]) == len(built.packages())


def test_precompiled_image_is_for_one_kernel(image, built, tmp_path):
    def build_with(folder: Path) -> subprocess.CompletedProcess[str]:
        packages = f"packages={folder}"
        return build("--tag", FLEET, "--", "--target", "precompiled", "--build-context", packages)

    done = build_with(built.store)
    assert done.returncode != 0 and "packages for several kernels" in done.stderr
    one = built.packages()[0]
    sh("cp", "-a", one.parent, tmp_path)
    for other in (tmp_path / one.parent.name).iterdir():
        if other.name != one.name:
            other.unlink()
    done = build_with(tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    assert in_image(FLEET, f"ls {STORE}/*").split() == [one.name]


# Debian 12 with its security archive, backports and trixie, in November 2026.
DEBIAN = {
    "nvidia-kernel-source": ["550.163.01-2", "535.309.01-0+deb12u1", "535.261.03-1"],
    "nvidia-open-kernel-source": ["550.163.01-2", "550.163.01-4~bpo13+1", "535.261.03-1"],
    "nvidia-tesla-535-kernel-source": ["535.274.02-1~deb13u1", "535.216.03-3~deb12u1"],
    "nvidia-tesla-kernel-source": ["525.147.05-15~deb12u1"],
    "nvidia-tesla-470-kernel-source": ["470.256.02-5~bpo12+1", "470.256.02-1~deb12u1"],
    "nvidia-legacy-390xx-kernel-source": ["390.157-16"],
    "firmware-nvidia-gsp": ["550.163.01-2", "535.309.01-0+deb12u1", "535.261.03-1"],
    "firmware-nvidia-tesla-gsp": ["525.147.05-15~deb12u1"],
    "libnvidia-cfg1": ["550.163.01-2", "535.309.01-0+deb12u1", "535.261.03-1"],
    "libnvidia-tesla-470-ptxjitcompiler1": ["470.256.02-5~bpo12+1"],
}
APT_CACHE = r"""#!/bin/bash
case $1 in
  pkgnames) sed 's/ .*//' /fake/versions | sort -u ;;
  madison) for name in "${@:2}"; do grep "^$name |" /fake/versions; done; true ;;
esac
"""
# It ends what would go on behind the download.
APT_GET = r"""#!/bin/bash
case $* in
  *--print-uris*) echo "'http://mirror.example/debian/dists/bookworm/InRelease' a 0" ;;
  download*) echo "chosen: ${*:2}"; exit 42 ;;
esac
"""
MAIN = "nvidia-kernel-source={0} nvidia-smi={0} libnvidia-ml1={0} libcuda1={0} libnvidia-cfg1={0} \
firmware-nvidia-gsp={0}"
SERIES = "nvidia-{0}-kernel-source={1} nvidia-{0}-smi={1} libnvidia-{0}-ml1={1} \
libnvidia-{0}-cuda1={1}"
IN_550 = MAIN.format("550.163.01-2") + " nvidia-open-kernel-source=550.163.01-4~bpo13+1"
IN_535 = MAIN.format("535.261.03-1") + " nvidia-open-kernel-source=535.261.03-1"
IN_470 = SERIES.format("tesla-470", "470.256.02-5~bpo12+1")
IN_470 += " libnvidia-tesla-470-ptxjitcompiler1=470.256.02-5~bpo12+1"
IN_525 = SERIES.format("tesla", "525.147.05-15~deb12u1")
IN_525 += " firmware-nvidia-tesla-gsp=525.147.05-15~deb12u1"
CHOICES = {  # what is asked for, what is fetched
    "": IN_550,
    "550": IN_550,
    "535": MAIN.format("535.309.01-0+deb12u1"),  # the newest, though it has one flavour only
    "535.261.03": IN_535,
    "535.261.03-1": IN_535,
    "tesla-535": SERIES.format("tesla-535", "535.274.02-1~deb13u1"),
    "525": IN_525,
    "tesla": IN_525,
    "470": IN_470,
    "tesla-470": IN_470,
    "legacy-390xx": SERIES.format("legacy-390xx", "390.157-16"),
    "53": "",
    "580.95.05": "",
    "latest": "",
}


@pytest.fixture
def fake_debian(image, tmp_path) -> Path:
    """Programs that know DEBIAN and fetch nothing. The image is there, so its base is."""
    lines = [f"{name} | {version} | mirror" for name in DEBIAN for version in DEBIAN[name]]
    texts = {"apt-cache": APT_CACHE, "apt-get": APT_GET, "versions": "\n".join(lines) + "\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def test_which_of_debians_drivers_is_taken(fake_debian):
    installer = "PATH=/fake:$PATH /images/install-driver-debian /driver"
    script = "".join(f"echo; {installer} '{wanted}' trixie 2>&1;" for wanted in CHOICES)
    mounts = [f"--volume={fake_debian}:/fake:ro", f"--volume={ROOT}/images:/images:ro"]
    said = podman("run", "--rm", *mounts, "localhost/debian:12", "sh", "-c", f"{script} true")
    answers = dict(zip(CHOICES, said.strip().split("\n\n"), strict=True))
    for wanted, packages in CHOICES.items():
        if packages:
            assert answers[wanted] == f"chosen: {packages} nvidia-persistenced", wanted
        else:
            assert f"has no driver {wanted} in the suites that are enabled" in answers[wanted]
            assert "535.309.01-0+deb12u1 nvidia-kernel-source" in answers[wanted]


@pytest.mark.long
def test_image_of_a_clone(image):
    """driverctl is compiled in it."""
    tag = "localhost/driverctl:compiled"
    done = build("--tag", tag, "--compile")
    assert done.returncode == 0, done.stderr[-4000:]
    for name in ("nvidia-driver", "driverctl-hook"):
        assert in_image(tag, f"{name} --version").startswith("driverctl")
    assert in_image(tag, "command -v driverctl-runtime")


@pytest.mark.long
def test_the_same_image_again(image):
    """No layer of an earlier build is taken."""
    identities = set()
    for number in "12":
        tag = f"localhost/driverctl:again-{number}"
        done = build("--tag", tag, "--", "--no-cache", "--timestamp", EPOCH)
        assert done.returncode == 0, done.stderr[-4000:]
        identities.add(podman("image", "inspect", "--format", "{{.Id}} {{.Digest}}", tag))
    assert len(identities) == 1
