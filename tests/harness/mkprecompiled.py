"""A reader and a writer of NVIDIA's mkprecompiled format, after docs/mkprecompiled.md and not after
driverctl's sources."""

import struct
from dataclasses import dataclass

CORES = {
    "nvidia.ko": "nvidia/nv-kernel.o_binary",
    "nvidia-modeset.ko": "nvidia-modeset/nv-modeset-kernel.o_binary",
}


@dataclass(frozen=True)
class Entry:
    """A file of a package: an interface where `linked` names what becomes of it, else a module."""

    name: str
    data: bytes
    linked: str = ""
    core: str = ""
    attributes: int = 0
    linked_crc: int = 0
    signature: bytes = b""


def crc(data: bytes) -> int:
    table = []
    for value in range(256):
        value <<= 24
        for _ in range(8):
            value = (value << 1) ^ 0x104C11DB7 if value & 0x80000000 else value << 1
        table.append(value)
    now = 0xFFFFFFFF
    for byte in data:
        now = (now << 8) & 0xFFFFFFFF ^ table[now >> 24 ^ byte]
    return now


def _number(value: int) -> bytes:
    return struct.pack("<I", value)


def _counted(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _number(len(data)) + data


def _file(sequence: int, entry: Entry) -> bytes:
    kind = 0 if entry.linked else 1
    check = _number(crc(entry.data))
    parts = [b"FILE", *map(_number, (sequence, kind, entry.attributes))]
    parts += map(_counted, (entry.name, entry.linked, entry.core, "."))
    parts += [check, _counted(entry.data), check, _number(entry.linked_crc)]
    parts += [_counted(entry.signature), _number(sequence), b"END."]
    return b"".join(parts)


def write(entries: list[Entry], kernel: str, driver: str, proc_version: str = "") -> bytes:
    head = [b"\aNVIDIA\a", _number(2), *map(_counted, (driver, kernel, proc_version))]
    files = [_file(sequence, entry) for sequence, entry in enumerate(entries)]
    return b"".join([*head, _number(len(entries)), *files])


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        assert len(part) == size
        self.at += size
        return part

    def number(self) -> int:
        return struct.unpack("<I", self.take(4))[0]

    def counted(self) -> bytes:
        return self.take(self.number())

    def entry(self, sequence: int) -> Entry:
        assert self.take(4) == b"FILE" and self.number() == sequence
        kind, attributes = self.number(), self.number()
        name, linked, core, directory = (self.counted().decode() for _ in range(4))
        assert kind == (0 if linked else 1) and directory == "."
        check, data = self.number(), self.counted()
        assert self.number() == check
        linked_crc, signature = self.number(), self.counted()
        assert self.number() == sequence and self.take(4) == b"END."
        return Entry(name, data, linked, core, attributes, linked_crc, signature)


@dataclass(frozen=True)
class Package:
    driver: str
    kernel: str
    proc_version: str
    entries: list[Entry]


def read(data: bytes) -> Package:
    reader = _Reader(data)
    assert reader.take(8) == b"\aNVIDIA\a" and reader.number() == 2
    driver, kernel, proc_version = (reader.counted().decode() for _ in range(3))
    entries = [reader.entry(sequence) for sequence in range(reader.number())]
    assert reader.at == len(data)
    return Package(driver, kernel, proc_version, entries)
