"""The smallest kernel module: an ELF object that no compiler has made, with what modpost puts into
one."""

import struct

STRTAB, SYMTAB, PROGBITS = 3, 2, 1
HEADER, SECTION = 64, 64  # sizes


def _symbols(names: list[str]) -> tuple[bytes, bytes]:
    """Undefined symbols of anybody, and the strings that they are named by."""
    table, strings = bytes(24), b"\0"
    for name in names:
        table += struct.pack("<IBBHQQ", len(strings), 1 << 4, 0, 0, 0, 0)
        strings += name.encode() + b"\0"
    return table, strings


def module_image(
    name: str,
    kernel: str,
    version: str,
    payload: bytes = b"",
    needs: dict[str, int] | None = None,
) -> bytes:
    """`needs`: CRCs by symbol, 0 where the kernel that it was compiled for had none."""
    needs = needs or {}
    info = {"name": name.replace("-", "_"), "vermagic": f"{kernel} SMP", "version": version}
    symbols, strings = _symbols(list(needs))
    versions = b"".join(struct.pack("<Q56s", crc, s.encode()) for s, crc in needs.items() if crc)
    sections = [
        (".strtab", STRTAB, strings, 0, 0),
        (".symtab", SYMTAB, symbols, 1, 24),
        (".modinfo", PROGBITS, "".join(f"{key}={info[key]}\0" for key in info).encode(), 0, 0),
        (".gnu.linkonce.this_module", PROGBITS, b"module", 0, 0),
        (".data", PROGBITS, payload, 0, 0),
        ("__versions", PROGBITS, versions, 0, 0),
    ]
    names = b"\0" + b"".join(section[0].encode() + b"\0" for section in sections) + b".shstrtab\0"
    sections.append((".shstrtab", STRTAB, names, 0, 0))
    body, headers = b"", bytes(SECTION)
    for title, kind, content, link, size in sections:
        at = names.index(b"\0" + title.encode() + b"\0") + 1
        place = (0, HEADER + len(body), len(content), link, int(kind == SYMTAB), 1, size)
        headers += struct.pack("<IIQQQQIIQQ", at, kind, 2 * (kind == PROGBITS), *place)
        body += content
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    count = len(sections) + 1
    numbers = (1, 62, 1, 0, 0, HEADER + len(body), 0, HEADER, 0, 0, SECTION, count, count - 1)
    return ident + struct.pack("<HHIQQQIHHHHHH", *numbers) + body + headers
