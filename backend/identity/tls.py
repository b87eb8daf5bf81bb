"""Contexts for both sides of a connection: TLS 1.2 or 1.3, and no private key left lying on the disk."""

import secrets
import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from backend.identity.cabinet import write_private


def server_context(certificate: bytes, private: PrivateKeyTypes, authorities: bytes) -> ssl.SSLContext:
    """For ingest: a client's certificate is verified where it shows one. Who must show one is the routes' to say."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=authorities.decode("ascii"))
    _load(context, certificate, private)
    return context


def client_context(
    authorities: bytes, certificate: bytes | None = None, private: PrivateKeyTypes | None = None
) -> ssl.SSLContext:
    """For a node: believes its parent's authorities only; shows its certificate where it has a valid one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=authorities.decode("ascii"))
    if certificate is not None and private is not None:
        _load(context, certificate, private)
    return context


def blind_context() -> ssl.SSLContext:
    """Believes whoever answers: only for an answer that proves itself by other means."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _load(context: ssl.SSLContext, certificate: bytes, private: PrivateKeyTypes) -> None:
    """The ssl module reads keys from files only: for that moment it gets one, locked with a password nobody keeps."""
    password = secrets.token_bytes(32).hex()
    locked = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "chain.pem"
        write_private(path, certificate + locked)
        context.load_cert_chain(path, password=password)
