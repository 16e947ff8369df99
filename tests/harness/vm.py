"""A Flatcar-shaped virtual machine with one of Debian's kernels, driven from the test.

    with Vm(host, container_disk, log=tmp_path / "console.log") as vm:
        vm.gpu()
        driver = vm.container(["driverctl", "init"])
        driver.wait_for("waiting for signal")
        assert vm.run("lsmod").rc == 0

qemu emulates the machine (no KVM needed), has no network, and writes to no disk image. It ends with
`close`, with the thread that started it, and when the guest's kernel panics. Commands travel over a
virtio serial port to guest/agent. A machine that has booted and has its GPU can be had in a second
instead of ten: `booted` makes its state once, in a folder, and `Vm(…, state=booted(…))` goes on
from there as often as it is asked for. Every wait has a limit: a command that outlives its own is
killed (rc 137), a guest that does not answer raises VmError and is switched off.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import uefi
from harness.channels import Agent, Monitor
from harness.container import Container, Mount
from harness.limits import LIMIT
from harness.paths import FIXTURES
from harness.shell import material, sh

MEMORY_MIB = 2048  # what the guest's kernel uses
GPU_WINDOW_MIB = 256  # RAM behind it, which fakegpu.ko uses as its BARs
FIRMWARE_MIB = 64  # RAM behind that, whose end UEFI firmware keeps for itself

_prctl = ctypes.CDLL(None).prctl
_PR_SET_PDEATHSIG = 1


class VmError(Exception):
    """The machine is not there any more, or a command that had to succeed did not."""


@dataclass(frozen=True)
class Result:
    rc: int  # 137 when the time was up
    out: str  # standard output and standard error
    seconds: float


class Vm:
    def __init__(
        self,
        host: Path,  # kernel, initramfs and host disk, from make_host()
        container_disk: Path | None = None,  # from make_container_disk()
        *,
        log: Path,  # the serial console goes here
        parameters: str = "",  # more kernel parameters
        variables: Path | None = None,  # from uefi.variable_store: boot with UEFI firmware
        console: bool = False,  # serial console on this terminal, not in the log
        state: Path | None = None,  # from booted(), with the same disks: goes on from there
        keep: Path | None = None,  # a folder: save() will put the machine's state there
    ):
        self.log = log
        self._console = console
        self._qemu: subprocess.Popen | None = None
        self._agent: Agent | None = None
        self._host = host
        self._container_disk = container_disk
        # The kernel's check that timer interrupts arrive fails, and panics, on a busy machine. Of
        # this processor's clock it has doubts, and would ask a device for the time, which takes
        # qemu's one lock. Mitigations are only slow here.
        emulated = "no_timer_check tsc=reliable mitigations=off"
        self._parameters = f"{emulated} {parameters}"
        self._variables = variables
        self._state = state
        self._keep = keep
        self._monitor: Monitor | None = None

    def _command(self, directory: Path) -> list[str]:
        """qemu and its arguments; a machine that goes on has its copy of the host disk's changes in
        the directory."""
        memory = MEMORY_MIB + GPU_WINDOW_MIB + (FIRMWARE_MIB if self._variables else 0)
        command = [
            *qemu(),
            *("-accel", "tcg,thread=multi", "-smp", "2"),
            # x86-64-v2 and SHA: qemu emulates AVX, which "max" has, slowly, and hashing and copying
            # use it where it is.
            *("-cpu", "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+sha-ni"),
            *("-m", str(memory)),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-kernel", f"{self._host}/vmlinuz", "-initrd", f"{self._host}/initramfs"),
            *("-append", f"console=ttyS0 mem={MEMORY_MIB}M panic=-1 {self._parameters}"),
            *("-serial", "mon:stdio" if self._console else f"file:{self.log}"),
        ]
        if self._variables:
            command += ["-drive", f"file={uefi.CODE},format=raw,if=pflash,unit=0,readonly=on"]
            command += ["-drive", f"file={self._variables},format=raw,if=pflash,unit=1,snapshot=on"]
        if overlay := self._overlay(directory):
            # It ends with this machine's power: the guest need not wait until it is on a disk.
            drive = f"file={_quoted(overlay)},format=qcow2,if=virtio,cache=unsafe"
            command += ["-drive", drive]
        else:
            command += _unchanged_disk(self._host_disk)
        if self._container_disk:
            command += _unchanged_disk(self._container_disk)
        if self._state:
            command += ["-incoming", f"file:{self._state}/memory"]
        return command

    @property
    def _host_disk(self) -> Path:
        return self._host / "host.ext4"

    @property
    def pid(self) -> int:
        """qemu's."""
        if not self._qemu:
            raise VmError("the machine is switched off")
        return self._qemu.pid

    def _overlay(self, directory: Path) -> Path | None:
        """What the guest has changed on its disk, in a file of its own where that belongs to a
        state."""
        if self._state:
            return Path(shutil.copyfile(self._state / "host.qcow2", directory / "host.qcow2"))
        if self._keep:
            overlay = self._keep / "host.qcow2"
            create = ("create", "-q", "-f", "qcow2", "-F", "raw", "-b", self._host_disk, overlay)
            sh("qemu-img", *create)
            return overlay
        return None

    def __enter__(self) -> Vm:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Returns when the guest answers."""
        agent, guest = socket.socketpair()
        monitor, other = socket.socketpair()
        self._agent, self._monitor = Agent(agent), Monitor(monitor)
        port = f"socket,id=agent,fd={guest.fileno()}"
        command = [
            *self._command(self.log.parent),
            *("-device", "virtio-serial-pci", "-chardev", port),
            *("-device", "virtserialport,chardev=agent,name=agent"),
            *("-chardev", f"socket,id=monitor,fd={other.fileno()}"),
            *("-mon", "chardev=monitor,mode=control"),
        ]
        with guest, other, self.log.with_suffix(".qemu").open("wb") as errors:
            self._qemu = subprocess.Popen(
                command,
                stdin=None if self._console else subprocess.DEVNULL,
                stdout=None if self._console else subprocess.DEVNULL,
                stderr=None if self._console else errors,
                pass_fds=[guest.fileno(), other.fileno()],
                preexec_fn=lambda: _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        self._request("run", b"true", str(LIMIT), 2 * LIMIT)

    def close(self) -> None:
        """Switches the machine off at once; it keeps nothing."""
        if self._qemu:
            self._qemu.kill()
            self._qemu.wait()
        for channel in (self._agent, self._monitor):
            if channel:
                channel.close()
        self._qemu = self._agent = self._monitor = None

    def save(self) -> None:
        """Puts the machine's memory beside its disk, into the folder `keep`, and switches it off:
        what booted() gives."""
        if not self._monitor:
            raise VmError("the machine is switched off")
        self._monitor.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self._monitor.ask("migrate", uri=f"file:{self._keep}/memory")
        deadline = time.monotonic() + LIMIT
        while (status := self._monitor.ask("query-migrate").get("status")) != "completed":
            if status == "failed" or time.monotonic() > deadline:
                raise VmError(f"the machine's state is not saved: {status}\n{self._tail()}")
            time.sleep(0.05)
        self.close()

    def wait(self) -> None:
        """Until the guest switches itself off."""
        if self._qemu:
            self._qemu.wait()

    def run(self, command: str | Sequence[str], timeout: float = LIMIT) -> Result:
        """Runs a shell command (or, from a list, a program) on the host side of the guest."""
        script = command if isinstance(command, str) else shlex.join(command)
        started = time.monotonic()
        rc, out = self._request(
            "run", script.encode(), str(max(1, round(timeout))), timeout + LIMIT
        )
        return Result(rc, out.decode(errors="replace"), time.monotonic() - started)

    def check(self, command: str | Sequence[str]) -> str:
        """The output of a command that has to succeed."""
        result = self.run(command)
        if result.rc != 0:
            raise VmError(
                f"{command!r} exited {result.rc} after {result.seconds:.1f} s:\n{result.out}"
            )
        return result.out

    def put(self, local: Path | str | bytes, remote: str) -> None:
        """Writes a local file, or bytes, to a file in the guest; its folder is made."""
        data = local if isinstance(local, bytes) else Path(local).read_bytes()
        rc, out = self._request("put", data, remote, LIMIT)
        if rc != 0:
            raise VmError(f"cannot write {remote}: {out.decode(errors='replace')}")

    def gpu(self, module: str = "/usr/lib/vm/fakegpu.ko", **parameters: int) -> None:
        """Plugs in the emulated NVIDIA function; parameters are those of fakegpu.ko."""
        arguments = [f"{name}={value:#x}" for name, value in parameters.items()]
        window = MEMORY_MIB << 20
        self.check(["insmod", module, f"window={window:#x}", *arguments])

    def container(
        self,
        argv: Sequence[str],
        *,
        name: str = "driver",
        env: dict[str, str] | None = None,
        mounts: Sequence[Mount] = (),
        own_pids: bool = False,
        pod: bool = False,
    ) -> Container:
        """Starts a program of the container disk in the background, as `docker run --privileged
        --pid=host --net=host` would; or as kubelet does in a privileged pod with hostPID.

        mounts are (host path, container path, "ro" or "rw"), added to those that a driver container
        gets. A second start under the name of an ended container finds the files that the first one
        wrote. With own_pids the program is PID 1, as without --pid=host. A pod has no mounts but
        `mounts`, and /sys is read-only.
        """
        container = Container(self, name)
        container.start(argv, env or {}, mounts, own_pids, pod)
        return container

    def kernel_log(self) -> str:
        return self.check("dmesg")

    def _request(self, verb: str, data: bytes, argument: str, timeout: float) -> tuple[int, bytes]:
        if not self._agent or not self._monitor:
            raise VmError("the machine is switched off")
        try:
            return self._agent.request(verb, data, argument, timeout)
        except (OSError, ValueError) as error:
            cause = repr(error)
            if isinstance(error, TimeoutError):
                cause = f"no answer within {timeout:.0f} s\n{self._monitor.processors()}"
            self.close()
            raise VmError(f"lost the machine at {verb!r}: {cause}\n{self._tail()}") from error

    def _tail(self) -> str:
        """The last words of qemu and of the serial console."""
        texts = [
            path.read_text(errors="replace")
            for path in (self.log.with_suffix(".qemu"), self.log)
            if path.exists()
        ]
        return "\n".join("\n".join(texts).splitlines()[-80:])


def _quoted(path: Path) -> str:
    return str(path).replace(",", ",,")


def _unchanged_disk(file: Path) -> list[str]:
    """What the guest writes to it is forgotten."""
    return ["-drive", f"file={_quoted(file)},format=raw,if=virtio,snapshot=on"]


def qemu() -> list[str]:
    """The program: bookworm-backports', which emulates SHA, with the data files of bookworm's."""
    program = FIXTURES / "qemu/usr/bin/qemu-system-x86_64"
    return [str(program), *("-L", "/usr/share/qemu"), *("-L", "/usr/share/seabios")]


def make_host(kernel: str, release: str | None = None) -> Path:
    """The folder with the kernel and the host disk for kernel "6.1" or "6.12", made when it is
    missing or out of date."""
    named = ["--release", release] if release else []
    return Path(material("make-host-disk", "--kernel", kernel, *named))


def make_container_disk(rootfs: Path, output: Path) -> Path:
    """The disk of a driver image's root file system, given as a folder or a tar."""
    material("make-container-disk", rootfs, output)
    return output


def booted(host: Path, container_disk: Path) -> Path:
    """The state of a machine with these disks that has booted and has its GPU; made when it is
    missing or of other inputs. It lies beside the container disk, and in the place of an older one
    of the same disk: a machine with another disk may be about to go on from its own."""
    inputs = hashlib.sha256(repr(qemu()).encode())
    for module in ("vm.py", "channels.py"):
        inputs.update(Path(__file__).with_name(module).read_bytes())
    for disk in (host / "host.ext4", host / "vmlinuz", host / "initramfs", container_disk):
        status = disk.stat()
        inputs.update(f"{disk} {status.st_ino} {status.st_size} {status.st_mtime_ns}".encode())
    place, name = container_disk.parent, f"{container_disk.stem}-{host.name}-booted"
    folder = place / f"{name}-{inputs.hexdigest()[:16]}"
    with open(place / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for old in place.glob(f"{name}-*"):
                shutil.rmtree(old)
            work = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=place))
            with Vm(host, container_disk, log=work / "console.log", keep=work) as vm:
                vm.gpu()
                vm.save()
            work.rename(folder)
    return folder
