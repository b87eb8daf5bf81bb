"""What a node shows its parent and whom it believes there: two files beside the cache, and its key."""

import contextlib
import ssl
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.cabinet import KeyLost, write_private
from backend.identity.certificates import NotACertificate, is_issued_by, read_certificate, read_certificates
from backend.identity.node_key import certificate_file, is_for, key_cabinet, next_cabinet
from backend.identity.tls import client_context


class NotEnrolled(Exception):
    """The node has no certificate yet, or does not know whom to believe."""


class Credentials:
    """Of the node with this cache. Every call reads the files: another process may have enrolled the node meanwhile."""

    def __init__(self, cache: Path) -> None:
        self._certificate = certificate_file(cache)
        self._authorities = cache.with_name(cache.name + ".authorities")
        self._renewals = cache.with_name(cache.name + ".renewals")
        self._cabinets = (key_cabinet(cache), next_cabinet(cache))

    @property
    def certificate(self) -> bytes:
        """PEM; empty where there is none. Raises ``OSError``."""
        return _read(self._certificate)

    @property
    def authorities(self) -> bytes:
        """PEM of everyone who is believed; empty where nobody is yet. Raises ``OSError``."""
        return _read(self._authorities)

    @property
    def renewals(self) -> int:
        """How often the certificate was renewed for the present key. Raises ``OSError``."""
        counted = _read(self._renewals)
        return int(counted) if counted.isdigit() else 0

    def count_renewals(self, count: int) -> None:
        """Raises ``OSError``."""
        write_private(self._renewals, b"%d" % count)

    def version(self) -> tuple[tuple[int, int], ...]:
        """Differs after every change."""
        return tuple(_stamp(path) for path in (self._certificate, self._authorities, self._cabinets[0].path))

    def begin(self, authorities: bytes) -> None:
        """The node has applied with a parent that has these authorities. Raises ``OSError``."""
        if not _is_issued_by(self.certificate, authorities):
            self._certificate.unlink(missing_ok=True)
        self.keep(authorities=authorities)

    def keep(self, certificate: bytes = b"", authorities: bytes = b"") -> None:
        """Replace what is not empty. Raises ``OSError``."""
        # Whom to believe comes first: with a certificate there is always someone to show it to.
        for path, data in ((self._authorities, authorities), (self._certificate, certificate)):
            if data and data != _read(path):
                write_private(path, data)

    def member_context(self) -> ssl.SSLContext:
        """Believes the authorities and shows the certificate. Raises ``NotEnrolled`` and ``OSError``."""
        certificate, authorities = self.certificate, self.authorities
        if not certificate or not authorities:
            raise NotEnrolled("no certificate")
        try:
            return client_context(authorities, certificate, self.private())
        except (ValueError, ssl.SSLError) as error:
            raise NotEnrolled(str(error)) from error

    def stranger_context(self) -> ssl.SSLContext:
        """Believes the authorities and shows nothing. Raises ``NotEnrolled`` and ``OSError``."""
        authorities = self.authorities
        if not authorities:
            raise NotEnrolled("nobody to be believed")
        return client_context(authorities)

    def private(self) -> Ed25519PrivateKey:
        """The key that the certificate is for. Raises ``NotEnrolled`` and ``OSError``."""
        for cabinet in self._cabinets:
            with contextlib.suppress(KeyLost):
                kept = cabinet.load()
                if isinstance(kept, Ed25519PrivateKey) and is_for(self._certificate, kept):
                    return kept
        raise NotEnrolled("no certificate for the key of this node")


def _is_issued_by(certificate: bytes, authorities: bytes) -> bool:
    try:
        return is_issued_by(read_certificate(certificate), read_certificates(authorities))
    except NotACertificate:
        return False


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)
