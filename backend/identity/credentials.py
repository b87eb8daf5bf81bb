"""What a node shows its parent and whom it believes there: two files beside the cache, and its key."""

import ssl
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.cabinet import KeyLost, write_private
from backend.identity.node_key import key_cabinet
from backend.identity.tls import client_context


class NotEnrolled(Exception):
    """The node has no certificate yet, or does not know whom to believe."""


class Credentials:
    """Of the node with this cache. Every call reads the files: another process may have enrolled the node meanwhile."""

    def __init__(self, cache: Path) -> None:
        self._certificate = cache.with_name(cache.name + ".certificate")
        self._authorities = cache.with_name(cache.name + ".authorities")
        self._cabinet = key_cabinet(cache)

    @property
    def certificate(self) -> bytes:
        """PEM; empty where there is none. Raises ``OSError``."""
        return _read(self._certificate)

    @property
    def authorities(self) -> bytes:
        """PEM of everyone who is believed; empty where nobody is yet. Raises ``OSError``."""
        return _read(self._authorities)

    def version(self) -> tuple[tuple[int, int], ...]:
        """Differs after every change."""
        return tuple(_stamp(path) for path in (self._certificate, self._authorities, self._cabinet.path))

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
        try:
            kept = self._cabinet.load()
        except KeyLost as error:
            raise NotEnrolled("the key cannot be had") from error
        if not isinstance(kept, Ed25519PrivateKey):
            raise NotEnrolled("no key")
        return kept


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)
