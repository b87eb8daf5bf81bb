"""Certificates of a made-up town, made by the openssl command."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from backend.settings.node import TlsFiles


def make_certificates(folder: Path) -> Path:
    """An authority, the node's certificate, one for each of two chargers, and one that nobody signed."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command makes the certificates of this test, and it is not installed")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    signing = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Town authority", *signing)
    for name, subject in (("node", "/CN=localhost"), ("one", "/CN=CP-01"), ("two", "/CN=Charger/serialNumber=CP-02")):
        _openssl(folder, "req", *key[:-2], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        purpose = "subjectAltName=IP:127.0.0.1" if name == "node" else "extendedKeyUsage=clientAuth"
        (folder / "names").write_text(f"{purpose}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed)
    _openssl(folder, "req", "-x509", *key, "-keyout", "self.key", "-out", "self.pem", "-subj", "/CN=CP-01")
    return folder


def listener_files(folder: Path) -> TlsFiles:
    """What the node's listener needs."""
    return TlsFiles(folder / "node.pem", folder / "node.key", folder / "ca.pem")


def trusting(folder: Path, name: str | None) -> ssl.SSLContext:
    """A charger that believes the town's authority, with a certificate of its own where one is named."""
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if name is not None:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
