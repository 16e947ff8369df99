"""Keys and certificates, made by openssl."""

import subprocess
from pathlib import Path

from harness.shell import sh

RSA = ("RSA", "-pkeyopt", "rsa_keygen_bits:2048")


def key_pair(file: Path, *kind: str) -> Path:
    """A private key, Ed25519 unless `kind` (openssl's words) says otherwise; FILE.pub beside it."""
    algorithm = kind or ("ED25519",)
    make = ("openssl", "genpkey", "-algorithm", *algorithm, "-out", file)
    sh(*make, stderr=subprocess.DEVNULL)
    sh("openssl", "pkey", "-in", file, "-pubout", "-out", public(file))
    return file


def public(file: Path) -> Path:
    return file.with_name(f"{file.name}.pub")


def module_certificate(certificate: Path, name: str) -> Path:
    """Of an RSA key, as docs/secure-boot.md says; the key lies beside the certificate as .key."""
    usage = "extendedKeyUsage=codeSigning,1.3.6.1.4.1.2312.16.1.2"
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "36500")
    subject = ("-subj", f"/O=Example/CN={name}", "-addext", usage)
    files = ("-keyout", certificate.with_suffix(".key"), "-out", certificate)
    sh("openssl", *request, *subject, *files, stderr=subprocess.DEVNULL)
    return certificate


def loopback_certificate(directory: Path) -> tuple[Path, Path]:
    """Certificate of 127.0.0.1 and its key; the certificate is its own authority."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test")
    name = ("-addext", "subjectAltName=IP:127.0.0.1")
    sh("openssl", *request, *name, "-keyout", key, "-out", cert, stderr=subprocess.DEVNULL)
    return cert, key
