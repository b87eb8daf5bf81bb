"""X.509 alone (RFC 5280): requests, authorities, certificates of nodes and servers. Pure; time arrives as an argument."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.wire.signature import key_id_of

NODE_DAYS = 30
SERVER_DAYS = 365
AUTHORITY_DAYS = 3650
_EARLIER = timedelta(minutes=10)
"""Certificates begin a little before they are made, because clocks differ."""
_REFUSALS = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion)


class NotACertificate(Exception):
    """The bytes are no request or certificate of the kind that is used here."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A node and its key, as a request or a certificate names them."""

    node: str
    key_id: bytes
    public: Ed25519PublicKey


def make_request(private: Ed25519PrivateKey, node: str) -> bytes:
    """A PKCS#10 request (PEM), signed by the key it is for. Raises ``ValueError`` for a name that is too long."""
    return x509.CertificateSigningRequestBuilder().subject_name(_name(node)).sign(private, None).public_bytes(Encoding.PEM)


def read_request(pem: bytes) -> Holder:
    """Who asks, proved to have the key. Raises ``NotACertificate``."""
    try:
        request = x509.load_pem_x509_csr(pem)
        if not request.is_signature_valid:
            raise NotACertificate("the request is not signed by its own key")
        return _holder(request.subject, request.public_key())
    except _REFUSALS as error:
        raise NotACertificate(str(error)) from error


def read_certificate(pem: bytes) -> x509.Certificate:
    """One certificate. Raises ``NotACertificate``."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except _REFUSALS as error:
        raise NotACertificate(str(error)) from error


def read_certificates(pem: bytes) -> list[x509.Certificate]:
    """Several, one after the other. Raises ``NotACertificate``."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except _REFUSALS as error:
        raise NotACertificate(str(error)) from error


def read_shown(der: bytes) -> x509.Certificate:
    """A certificate as a connection shows it (DER). Raises ``NotACertificate``."""
    try:
        return x509.load_der_x509_certificate(der)
    except _REFUSALS as error:
        raise NotACertificate(str(error)) from error


def holder_of(certificate: x509.Certificate) -> Holder:
    """Whose certificate it is. Raises ``NotACertificate`` if it is none of a node."""
    try:
        return _holder(certificate.subject, certificate.public_key())
    except _REFUSALS as error:
        raise NotACertificate(str(error)) from error


def is_issued_by(certificate: x509.Certificate, authorities: Sequence[x509.Certificate]) -> bool:
    """Whether one of these authorities signed it; validity is another question."""
    for authority in authorities:
        try:
            certificate.verify_directly_issued_by(authority)
        except (*_REFUSALS, InvalidSignature):
            continue
        return True
    return False


def make_authority(name: str, now_ms: int) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    """A new authority; it may sign certificates of nodes and servers and nothing below them."""
    private = generate_private_key(SECP256R1())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = (
        _builder(name, private.public_key(), name, now_ms, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return private, builder.sign(private, SHA256())


def issue_node(
    holder: Holder, authority: x509.Certificate, private: EllipticCurvePrivateKey, now_ms: int, days: float = NODE_DAYS
) -> x509.Certificate:
    """A certificate with which a node may be a client, and nothing else."""
    return _issue(holder.node, holder.public, authority, now_ms, days, ExtendedKeyUsageOID.CLIENT_AUTH).sign(private, SHA256())


def issue_server(
    hosts: Sequence[str],
    public: CertificatePublicKeyTypes,
    authority: x509.Certificate,
    private: EllipticCurvePrivateKey,
    now_ms: int,
    days: float = SERVER_DAYS,
) -> x509.Certificate:
    """A certificate for a server with these names and addresses. Raises ``ValueError``."""
    names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
    builder = _issue(hosts[0], public, authority, now_ms, days, ExtendedKeyUsageOID.SERVER_AUTH)
    return builder.add_extension(names, critical=False).sign(private, SHA256())


def is_server(certificate: x509.Certificate, hosts: Sequence[str], public: CertificatePublicKeyTypes) -> bool:
    """Whether it is for exactly these names and this key."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, *_REFUSALS):
        return False
    return certificate.public_key() == public and set(names) == {_general_name(host) for host in hosts}


def pem_of(*certificates: x509.Certificate) -> bytes:
    """Certificates as text, one after the other."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def ends_ms(certificate: x509.Certificate) -> int:
    """End of its validity, ms since 1970."""
    return round(certificate.not_valid_after_utc.timestamp() * 1000)


def begins_ms(certificate: x509.Certificate) -> int:
    """Start of its validity, ms since 1970."""
    return round(certificate.not_valid_before_utc.timestamp() * 1000)


def _issue(
    name: str,
    public: CertificatePublicKeyTypes,
    authority: x509.Certificate,
    now_ms: int,
    days: float,
    purpose: x509.ObjectIdentifier,
) -> x509.CertificateBuilder:
    issuer = authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    authority_key = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(name, public, str(issuer), now_ms, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key), critical=False)
    )


def _builder(name: str, public: CertificatePublicKeyTypes, issuer: str, now_ms: int, days: float) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(now_ms / 1000, UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _holder(subject: x509.Name, public: object) -> Holder:
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1 or not isinstance(public, Ed25519PublicKey):
        raise NotACertificate("not the name and the Ed25519 key of a node")
    return Holder(str(names[0].value), key_id_of(public), public)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
