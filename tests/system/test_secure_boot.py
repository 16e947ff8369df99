"""Signed modules, and a kernel that loads no others: in the VM, UEFI firmware whose signature
database "db" holds the certificate, and `module.sig_enforce=1` on the command line. Debian's
kernels accept modules that a key of their keyring .platform signed, where db's go."""

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from conftest import DRIVER, FIXTURES, RELEASES, SECOND_DRIVER, SECOND_OPTIONS, make_module_key, sh
from harness.node import OPEN, ready, refused, stopped
from harness.uefi import variable_store
from harness.vm import Vm, VmError, make_host

SERIES = "6.1"
TRAILER = 12 + len("~Module signature appended~\n")  # struct module_signature and the marker


@pytest.fixture(scope="module")
def sign_file(mirror, tmp_path_factory):
    """Signs a module in place, as the kernel's own scripts/sign-file does."""
    directory = tmp_path_factory.mktemp("kbuild")
    (kbuild,) = (FIXTURES / f"debs/kernel-{SERIES}").glob("linux-kbuild-*.deb")
    sh("dpkg-deb", "-x", kbuild, directory)
    (program,) = directory.rglob("sign-file")
    return lambda module, certificate: sh(
        program, "sha256", certificate.with_suffix(".key"), certificate, module
    )


@pytest.fixture(scope="module")
def vm(container_disk, module_certificate, sign_file, tmp_path_factory):
    """A machine that the certificate was enrolled on; the emulated GPU's own module is signed with
    the kernel's sign-file."""
    directory = tmp_path_factory.mktemp("vm")
    host = make_host(SERIES, release=RELEASES[SERIES])
    fakegpu = directory / "fakegpu.ko"
    sh(
        "debugfs",
        "-R",
        f"dump /usr/lib/vm/fakegpu.ko {fakegpu}",
        host / "host.ext4",
        stderr=subprocess.DEVNULL,
    )
    sign_file(fakegpu, module_certificate)
    der = subprocess.check_output(["openssl", "x509", "-in", module_certificate, "-outform", "DER"])
    with Vm(
        host,
        host / "host.ext4",
        container_disk,
        log=directory / "console.log",
        parameters="module.sig_enforce=1",
        variables=variable_store(directory / "variables.fd", der),
        boot_timeout=240,
    ) as machine:
        machine.put(fakegpu, "/var/fakegpu.ko")
        machine.gpu("/var/fakegpu.ko")
        yield machine


@pytest.fixture(scope="module")
def other_certificate(tmp_path_factory) -> Path:
    certificate = tmp_path_factory.mktemp("other") / "other.crt"
    make_module_key(certificate, "Another team")
    return certificate


@pytest.fixture(scope="module")
def foreign(built, sources, kernels, sign_file, other_certificate, tmp_path_factory) -> Path:
    """The open package for this kernel, its modules signed with a key that the kernel does not
    know; made with zstd, sign-file and tar."""
    name = f"nvidia-modules-{DRIVER}-open-{kernels[SERIES]}.tar"
    directory = tmp_path_factory.mktemp("foreign")
    with tarfile.open(built.store / f"flatcar-{RELEASES[SERIES]}-x86_64" / name) as archive:
        names = archive.getnames()
        archive.extractall(directory)
    manifest = json.loads((directory / "manifest.json").read_text())
    for module in manifest["modules"]:
        file = restore(
            module, directory / module["member"], sources / f"nvidia-{DRIVER}/kernel-open"
        )
        sign_file(file, other_certificate)
        module |= {
            "size": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        core = prefix(module, sources / f"nvidia-{DRIVER}/kernel-open")
        sh(
            "zstd",
            "--quiet",
            "--force",
            "--check",
            "--long=27",
            *core,
            file,
            "-o",
            directory / module["member"],
        )
    (directory / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(directory / name, "w") as archive:
        for member in names:
            archive.add(directory / member, member)
    return directory / name


def prefix(module: dict, source: Path) -> list[str]:
    return (
        [f"--patch-from={source / module['core']['object']}"]
        if module["encoding"] == "zstd-delta"
        else []
    )


def restore(module: dict, member: Path, source: Path) -> Path:
    """The finished module, beside the package's member."""
    file = member.with_suffix("")
    sh(
        "zstd",
        "--quiet",
        "--force",
        "--decompress",
        "--long=27",
        *prefix(module, source),
        member,
        "-o",
        file,
    )
    return file


def test_signature_equals_sign_files(second, module_certificate, sign_file, tmp_path):
    """RSA's PKCS #1 v1.5 has no randomness, so one key and one module give one signature."""
    (package,) = second.store.rglob("*.tar")
    with tarfile.open(package) as archive:
        archive.extractall(tmp_path)
    for module in json.loads((tmp_path / "manifest.json").read_text())["modules"]:
        file = restore(
            module, tmp_path / module["member"], second.sources / f"nvidia-{SECOND_DRIVER}/kernel"
        )
        signed = file.read_bytes()
        size = int.from_bytes(signed[-TRAILER:][8:12], "big")
        file.write_bytes(signed[: -TRAILER - size])
        assert "signer:" not in sh("modinfo", file)
        sign_file(file, module_certificate)
        assert file.read_bytes() == signed, module["name"]
        assert "signer:         Example module signing\n" in sh("modinfo", file)


def test_unfit_keys_are_refused_before_anything_is_built(
    second, module_certificate, other_certificate
):
    """And a package in the store that another key signed does not count. The work directory cannot
    be made: nothing comes after that."""
    key = str(other_certificate.with_suffix(".key"))
    done = second.update(sign=key, work_dir="/dev/null/work")
    assert (done.rc, "is not that of the signing key" in done.err) == (2, True), done.err
    done = second.update(
        sign=key, sign_certificate=str(other_certificate), work_dir="/dev/null/work"
    )
    assert (done.rc, "is not signed with the key that is asked for" in done.err) == (
        1,
        True,
    ), done.err
    done = second.update(work_dir="/dev/null/work")
    assert (done.rc, "already has the package" in done.err) == (0, True), done.err


def test_kernel_trusts_the_enrolled_certificate_only(vm):
    assert "Loaded X.509 cert 'Example module signing: " in vm.kernel_log()
    with pytest.raises(VmError, match="Key was rejected by service"):
        vm.gpu()  # the same module without a signature


def test_signed_modules_load(vm):
    driver = ready(vm, "signed", *SECOND_OPTIONS)
    doctor = driver.run(["driverctl", "doctor", *SECOND_OPTIONS], timeout=60).out
    assert "ok       kernel   modules have to be signed\n" in doctor
    assert (
        "ok       modules  the modules are signed by Example module signing (serial number "
        in doctor
    )
    assert "); the kernel's keyrings hold a certificate of that name\n" in doctor
    stopped(vm, driver)


def test_key_that_the_kernel_does_not_know(vm, foreign):
    """init leaves nothing; plan says it before."""
    vm.put(foreign, f"/var/foreign/{foreign.name}")
    store = {"mounts": [("/var/foreign", "/store", "ro")]}
    refused(
        vm,
        "foreign",
        [*OPEN, "--store", "/store"],
        6,
        "cannot insert module nvidia: the kernel does not accept its signature",
        "module with unavailable key",
        "mokutil --import",
        **store,
    )
    plan = vm.container(
        ["driverctl", "plan", "--flavour", "open", "--store", "/store"],
        name="foreign-plan",
        **store,
    )
    assert plan.wait(60) == 0, plan.log()
    assert "because  the modules are signed by Another team (serial number " in plan.log()
    assert "); none of the kernel's keyrings holds a certificate of that name\n" in plan.log()


def test_plan_refuses_unsigned_modules(vm):
    """That init does: test_lifecycle.py."""
    container = vm.container(
        ["driverctl", "plan", "--json", "--no-build", "--flavour", "open"], name="unsigned"
    )
    assert container.wait(60) == 6, container.log()
    plan = json.loads(container.log())
    assert plan["action"] == "refuse" and plan["reasons"][0].startswith(
        "the kernel loads signed modules only"
    )
