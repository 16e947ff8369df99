"""What does not compile is known before it is tried: nothing is fetched for it, and what is tried
all the same says why it failed. docs/known-breaks.md."""

import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness import second_reader
from harness.driverctl import Driverctl, Finished
from harness.node import refused
from harness.releases import IMAGE, RELEASES
from harness.servers import Request, server

RELEASE = "4593.2.5"
LIST = "flatcar_developer_container_packages.txt"
PATCH = "pci-resize-resource.patch"
CALL = """\
resize:
    /* Attempt to resize BAR1 to the largest supported size */
    r = pci_resize_resource(pci_dev, NV_GPU_BAR1, requested_size);
"""


def make_sources(directory: Path, version: str) -> Path:
    """What both flavours of a driver have to have; the open one calls pci_resize_resource()."""
    for flavour in ("kernel", "kernel-open"):
        for name in (
            *("Makefile", "Kbuild", "conftest.sh", "nvidia/nv-pci.c"),
            *("nvidia/nv-kernel.o_binary", "nvidia-modeset/nv-modeset-kernel.o_binary"),
        ):
            file = directory / f"nvidia-{version}" / flavour / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(CALL if (flavour, file.name) == ("kernel-open", "nv-pci.c") else "")
    return directory


@dataclass
class Server:
    """Has the list of packages of one release, and says that there is an image."""

    packages: str = ""
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> None:
        name = request.path.rpartition("/")[2]
        self.asked.append(name)
        known = {LIST: self.packages, IMAGE + ".DIGESTS": f"# SHA512 HASH\n{'0' * 128}  {IMAGE}\n"}
        text = known.get(name)
        request.reply(404 if text is None else 200, (text or "").encode())


@pytest.fixture
def answers() -> Server:
    return Server()


@pytest.fixture
def made(tmp_path, skeletons, answers) -> Iterator[Callable[[str], Driverctl]]:
    """`update` and `matrix` with the sources of a driver, and that mirror."""

    def driverctl(driver: str) -> Driverctl:
        sources = make_sources(tmp_path / "src", driver)
        work, store = tmp_path / "work", tmp_path / "store"
        return Driverctl(work, store, skeletons, sources, f"http://{address}", driver=driver)

    with server(answers) as address:
        yield driverctl


def rows(done: Finished) -> dict[str, dict]:
    """By flavour."""
    return {cell["flavour"]: cell for cell in json.loads(done.out)["cells"]}


def test_nothing_is_fetched_for_what_is_known_to_break(made, answers):
    answers.packages = "sys-kernel/coreos-kernel-6.8.12::coreos-overlay\n"
    driverctl = made("535.104.05")
    done = driverctl.update(release=RELEASE, flavour="proprietary")
    assert done.rc == 6, done.err
    for words in (
        "driver 535.104.05 (proprietary) does not compile for kernel 6.8.12-flatcar: ",
        "DRM_UNLOCKED is gone (since Linux 6.8)",
        "Take driver 535.154.05 or a later one of branch 535.",
        "Try it all the same with --force.",
    ):
        assert words in done.err
    assert answers.asked == [LIST]
    assert not driverctl.work.exists()

    answers.asked.clear()
    done = driverctl.update("--force", release=RELEASE, flavour="proprietary")
    assert done.rc == 1 and IMAGE in done.err, done.err  # which this mirror does not have
    assert LIST not in answers.asked and answers.asked


@pytest.mark.parametrize("words", [["--plan"], []])
def test_rows_of_a_matrix_are_refused_before_anything_is_fetched(made, answers, words):
    answers.packages = "sys-kernel/coreos-kernel-6.8.12::coreos-overlay\n"
    driverctl = made("535.104.05")
    done = driverctl.matrix("--json", *words, releases=RELEASE)
    assert done.rc == 6, done.err
    for flavour in ("open", "proprietary"):
        row = rows(done)[flavour]
        assert row["state"] == "refused"
        assert f"({flavour}) does not compile for kernel 6.8.12-flatcar" in row["reason"]
        assert "--force" in row["remedy"]
    assert answers.asked == [LIST]

    answers.asked.clear()
    done = driverctl.matrix("--json", "--plan", "--force", releases=RELEASE)
    assert LIST not in answers.asked
    assert {row["state"] for row in rows(done).values()} == {"build"}


def test_what_a_patch_mends_is_built(made, answers):
    """The proprietary flavour needs none."""
    answers.packages = (
        "sys-kernel/coreos-kernel-6.12.102::coreos-overlay\nsys-devel/gcc-14.3.0::portage-stable\n"
    )
    driverctl = made("535.261.03")
    done = driverctl.matrix("--json", "--plan", releases=RELEASE)
    assert done.rc == 0, done.err
    reason = rows(done)["open"]["reason"]
    assert "patched for kernel 6.12.102-flatcar: pci_resize_resource() takes a fourth" in reason
    assert "patched" not in rows(done)["proprietary"]["reason"]

    done = driverctl.matrix("--json", "--plan", "--no-patches", releases=RELEASE)
    assert done.rc == 6, done.err
    assert rows(done)["open"]["state"] == "refused"
    assert "Take driver 535.309.01 or a later one of branch 535" in rows(done)["open"]["remedy"]
    assert rows(done)["proprietary"]["state"] == "build"


OTHER_MACHINE = {"x86_64": "aarch64", "aarch64": "x86_64"}[os.uname().machine]
OTHER_BOARD = {"aarch64": "arm64-usr", "x86_64": "amd64-usr"}[OTHER_MACHINE]


def test_nothing_is_fetched_for_programs_of_another_machine(made, answers):
    driverctl = made("535.261.03")
    done = driverctl.update(release=RELEASE, board=OTHER_BOARD)
    assert done.rc == 6, done.err
    for words in (
        f"modules for flatcar {RELEASE} are compiled by programs for {OTHER_MACHINE}, which",
        f"Run the command on a machine that is {OTHER_MACHINE}.",
        "try it all the same with --force.",
    ):
        assert words in done.err
    for plan in (["--plan"], []):
        done = driverctl.matrix("--json", *plan, releases=RELEASE, board=OTHER_BOARD)
        assert done.rc == 6, done.err
        assert {row["state"] for row in rows(done).values()} == {"refused"}
        assert f"programs for {OTHER_MACHINE}" in rows(done)["open"]["reason"]
    assert answers.asked == [] and not driverctl.work.exists()

    done = driverctl.update("--force", release=RELEASE, board=OTHER_BOARD)
    assert done.rc == 1 and IMAGE in done.err, done.err  # which this mirror does not have


def test_build_root_of_another_machine(made, tmp_path):
    root = tmp_path / "root"
    for name in ("Makefile", ".config", "Module.symvers"):
        file = root / "lib/modules/6.1.0/build" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for name in ("dev", "proc", "tmp", "usr/bin"):
        (root / name).mkdir(parents=True)
    make = root / "usr/bin/make"
    elf_machine = {"aarch64": 183, "x86_64": 62}[OTHER_MACHINE]
    make.write_bytes(b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<HH", 2, elf_machine))
    driverctl = made("535.261.03")
    done = driverctl.update(release=None, kernel="6.1.0", build_root=root)
    assert done.rc == 6, done.err
    assert f"are compiled by programs for {OTHER_MACHINE}, which this machine" in done.err
    assert not driverctl.work.exists()


def test_release_without_a_list_is_judged_later(made):
    driverctl = made("535.104.05")
    done = driverctl.matrix("--json", "--plan", releases=RELEASE)
    assert done.rc == 0, done.err
    assert {row["state"] for row in rows(done).values()} == {"build"}


REFUSAL = "does not compile for kernel"
REASON = "pci_resize_resource() takes a fourth argument"
NODE = ["--flavour", "open", "--store", "/empty"]
NO_RELEASES = ["--keyring", "/none"]  # with which a build ends before it fetches
BUILDING = "Building NVIDIA driver package"


def build_findings(vm, name: str, *words: str) -> list[tuple[str, str]]:
    doctor = vm.container(["driverctl", "doctor", "--json", *NODE, *words], name=name)
    doctor.wait()
    findings = json.loads(doctor.log())["findings"]
    return [(it["severity"], it["text"]) for it in findings if it["topic"] == "build"]


def test_a_node_that_would_build_what_breaks_is_told_before(vm):
    """Its kernel is 6.1.192, as uname -v says; the image's open flavour needs the patch there."""
    plan = vm.container(["driverctl", "plan", "--json", *NODE, "--no-patches"], name="plan")
    assert plan.wait() == 6, plan.log()
    said = json.loads(plan.log())
    assert said["action"] == "refuse"
    assert [it for it in said["reasons"] if REFUSAL in it and REASON in it], said
    assert [it for it in said["remedies"] if "the proprietary flavour" in it], said

    words = [*NODE, *NO_RELEASES, "--no-patches"]
    log = refused(vm, "init", words, 6, REFUSAL, REASON, "the proprietary flavour")
    assert BUILDING not in log
    log = refused(vm, "forced", [*words, "--force"], 8, BUILDING, "there is no keyring /none")
    assert REFUSAL not in log

    found = build_findings(vm, "doctor", "--no-patches")
    assert [severity for severity, text in found if REFUSAL in text and REASON in text] == [
        "problem"
    ]


def test_doctor_names_the_patch_that_a_node_builds_with(vm):
    found = build_findings(vm, "doctor-patch")
    assert [severity for severity, text in found if PATCH in text] == ["good"], found


def test_failed_compile_says_what_is_known_of_its_error(driverctl, tiny_sources, tmp_path):
    sources = tmp_path / "src"
    shutil.copytree(tiny_sources, sources)
    with (sources / f"nvidia-{driverctl.driver}/kernel/nvidia/nv.c").open("a") as file:
        file.write("int flags = DRM_UNLOCKED;\n")
    done = driverctl.update(flavour="proprietary", source_dir=sources)
    assert done.rc == 1
    assert "error: 'DRM_UNLOCKED' undeclared" in done.err
    assert "This is known (drm-unlocked-removed): DRM_UNLOCKED is gone." in done.err
    assert "Known to compile there: " in done.err and "The whole log is in " in done.err


def test_patch_mends_the_open_flavour(built):
    """Kernel 6.1 is 6.1.192, which its name does not say; 6.12 is still 6.12.95."""
    inputs = {
        series: second_reader.manifest_of(built.package(series, "open"))["inputs"]
        for series in RELEASES
    }
    assert f"patch/{PATCH}" in inputs["6.1"] and f"patch/{PATCH}" not in inputs["6.12"]
    source = built.sources / f"nvidia-{built.driver}/kernel-open/nvidia/nv-pci.c"
    assert CALL in source.read_text()  # as it came


def test_without_the_patch_the_open_flavour_does_not_compile(built, tmp_path):
    options = {"flavour": "open", "store": tmp_path / "store"}
    done = built.update("--no-patches", **options)
    assert done.rc == 6 and "pci_resize_resource() takes a fourth argument" in done.err
    done = built.update("--no-patches", "--force", **options)
    assert done.rc == 1, done.err
    assert "too few arguments to function 'pci_resize_resource'" in done.err
    assert "This is known (pci-resize-resource-exclude-bars): " in done.err
