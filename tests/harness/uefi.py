"""The variable store of qemu's UEFI firmware (Debian's package ovmf) with a certificate in the
signature database "db".

The kernel takes the certificates of "db" into its keyring .platform at boot, with secure boot and
without; Debian's kernels accept modules that a key in there signed. The firmware's own way to enrol
one, writing the variable in setup mode, would take another boot.
"""

import struct
import uuid
from pathlib import Path

CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
_EMPTY_STORE = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")

_SIGNATURE_DATABASE = uuid.UUID(
    "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
)  # EFI_IMAGE_SECURITY_DATABASE_GUID
_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")  # EFI_CERT_X509_GUID
_OWNER = uuid.UUID("77fa9abd-0359-4d32-bd60-28f4e78f784b")  # whoever enrolled it; any will do
_AUTHENTICATED_STORE = uuid.UUID(
    "aaf32c78-947b-439a-a180-2e144ec37792"
)  # gEfiAuthenticatedVariableGuid
_NON_VOLATILE, _BOOT_SERVICE, _RUNTIME, _TIME_BASED_AUTHENTICATED = 0x01, 0x02, 0x04, 0x20


def variable_store(output: Path, certificate: bytes) -> Path:
    """Writes a store whose db holds exactly the certificate (DER)."""
    store = bytearray(_EMPTY_STORE.read_bytes())
    volume_header = struct.unpack_from("<H", store, 48)[
        0
    ]  # EFI_FIRMWARE_VOLUME_HEADER.HeaderLength
    if store[volume_header : volume_header + 16] != _AUTHENTICATED_STORE.bytes_le:
        raise ValueError(f"{_EMPTY_STORE} holds no store of authenticated variables")
    first = volume_header + 28  # sizeof(VARIABLE_STORE_HEADER)
    variable = _variable("db", _signature_list(certificate))
    if any(byte != 0xFF for byte in store[first : first + len(variable)]):
        raise ValueError(f"{_EMPTY_STORE} is not empty")
    store[first : first + len(variable)] = variable
    output.write_bytes(store)
    return output


def _signature_list(certificate: bytes) -> bytes:
    """EFI_SIGNATURE_LIST with one EFI_SIGNATURE_DATA (UEFI specification, 32.4.1)."""
    entry = _OWNER.bytes_le + certificate
    return _X509.bytes_le + struct.pack("<III", 28 + len(entry), 0, len(entry)) + entry


def _variable(name: str, data: bytes) -> bytes:
    """AUTHENTICATED_VARIABLE_HEADER, name and data, as edk2 stores them
    (MdeModulePkg/Include/Guid/VariableFormat.h)."""
    text = name.encode("utf-16-le") + b"\0\0"
    attributes = _NON_VOLATILE | _BOOT_SERVICE | _RUNTIME | _TIME_BASED_AUTHENTICATED
    header = struct.pack(
        "<HBBIQ16sIII", 0x55AA, 0x3F, 0, attributes, 0, bytes(16), 0, len(text), len(data)
    )
    return header + _SIGNATURE_DATABASE.bytes_le + text + data
