"""Signed modules, and a kernel that loads no others: in the VM, UEFI firmware whose signature
database "db" holds the certificate, and `module.sig_enforce=1` on the command line. Debian's
kernels accept modules that a key of their keyring .platform signed, where db's go."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from harness import second_reader
from harness.drivers import SECOND_OPTIONS
from harness.keys import module_certificate as make_certificate
from harness.node import OPEN, ready, refused, stopped
from harness.packages import write_tar
from harness.paths import FIXTURES
from harness.releases import RELEASES
from harness.shell import sh
from harness.uefi import variable_store
from harness.vm import Vm, VmError, make_host

TRAILER = 12 + len("~Module signature appended~\n")  # struct module_signature and the marker


@pytest.fixture(scope="module")
def sign_file(mirror, tmp_path_factory):
    """Signs a module in place, as the kernel's own scripts/sign-file does."""
    directory = tmp_path_factory.mktemp("kbuild")
    (kbuild,) = (FIXTURES / "debs/kernel-6.1").glob("linux-kbuild-*.deb")
    sh("dpkg-deb", "-x", kbuild, directory)
    (program,) = directory.rglob("sign-file")

    def sign(module: Path, certificate: Path) -> None:
        sh(program, "sha256", certificate.with_suffix(".key"), certificate, module)

    return sign


@pytest.fixture(scope="module")
def vm(container_disk, module_certificate, sign_file, tmp_path_factory):
    """A machine that the certificate was enrolled on; the emulated GPU's own module is signed with
    the kernel's sign-file."""
    directory = tmp_path_factory.mktemp("vm")
    host = make_host("6.1", release=RELEASES["6.1"])
    fakegpu = directory / "fakegpu.ko"
    dump = f"dump /usr/lib/vm/fakegpu.ko {fakegpu}"
    sh("debugfs", "-R", dump, host / "host.ext4", stderr=subprocess.DEVNULL)
    sign_file(fakegpu, module_certificate)
    der = subprocess.check_output(["openssl", "x509", "-in", module_certificate, "-outform", "DER"])
    with Vm(
        host,
        container_disk,
        log=directory / "console.log",
        parameters="module.sig_enforce=1",
        variables=variable_store(directory / "variables.fd", der),
    ) as machine:
        machine.put(fakegpu, "/var/fakegpu.ko")
        machine.gpu("/var/fakegpu.ko")
        yield machine


@pytest.fixture(scope="module")
def other_certificate(tmp_path_factory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("other") / "other.crt", "Another team")


@pytest.fixture(scope="module")
def foreign(small, sources, sign_file, other_certificate, tmp_path_factory) -> Path:
    """The open package for this kernel, its modules signed with a key that the kernel does not
    know; made with zstd, sign-file and tar."""
    directory = tmp_path_factory.mktemp("foreign")
    content = second_reader.members(small)
    manifest = second_reader.manifest_of(small)
    restored = dict(second_reader.modules(small, sources, directory))
    file, packed = directory / "signed.ko", directory / "signed.zst"
    for module in manifest["modules"]:
        file.write_bytes(restored[module["name"]])
        sign_file(file, other_certificate)
        data = file.read_bytes()
        module |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        prefix = second_reader.prefix_of(module, manifest, sources)
        sh("zstd", "-q", "-f", "--check", "--long=27", *prefix, file, "-o", packed)
        content[module["member"]] = packed.read_bytes()
    content["manifest.json"] = json.dumps(manifest).encode()
    return write_tar(directory / small.name, content)


def test_signature_equals_sign_files(second, module_certificate, sign_file, tmp_path):
    """RSA's PKCS #1 v1.5 has no randomness, so one key and one module give one signature."""
    modules = [
        module
        for package in second.packages()
        for module in second_reader.modules(package, second.sources, tmp_path)
    ]
    assert len(modules) > 8
    for name, signed in modules:
        size = int.from_bytes(signed[-TRAILER:][8:12], "big")
        file = tmp_path / f"{name}.ko"
        file.write_bytes(signed[: -TRAILER - size])
        assert "signer:" not in sh("modinfo", file)
        sign_file(file, module_certificate)
        assert file.read_bytes() == signed, name
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
    doctor = driver.run(["driverctl", "doctor", *SECOND_OPTIONS]).out
    assert "ok       kernel   modules have to be signed\n" in doctor
    signed = "the modules are signed by Example module signing (serial number "
    assert f"ok       modules  {signed}" in doctor
    assert "); the kernel's keyrings hold a certificate of that name\n" in doctor
    stopped(vm, driver)


def test_key_that_the_kernel_does_not_know(vm, foreign):
    """init leaves nothing; plan says it before."""
    vm.put(foreign, f"/var/foreign/{foreign.name}")
    mounts = [("/var/foreign", "/store", "ro")]
    cause = "cannot insert module nvidia: the kernel does not accept its signature"
    words = (cause, "module with unavailable key", "mokutil --import")
    refused(vm, "foreign", [*OPEN, "--store", "/store"], 6, *words, mounts=mounts)
    argv = ["driverctl", "plan", "--flavour", "open", "--store", "/store"]
    plan = vm.container(argv, name="foreign-plan", mounts=mounts)
    assert plan.wait() == 0, plan.log()
    assert "because  the modules are signed by Another team (serial number " in plan.log()
    assert "); none of the kernel's keyrings holds a certificate of that name\n" in plan.log()


def test_plan_refuses_unsigned_modules(vm):
    """That init does: test_locked_kernel.py."""
    argv = ["driverctl", "plan", "--json", "--no-build", "--flavour", "open"]
    container = vm.container(argv, name="unsigned")
    assert container.wait() == 6, container.log()
    plan = json.loads(container.log())
    assert plan["action"] == "refuse"
    assert plan["reasons"][0].startswith("the kernel loads signed modules only")
