"""What a listener shows and whom it believes: a server's certificate that makes and renews itself."""

import ssl
from collections.abc import Sequence
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from backend.identity.authority import Authority
from backend.identity.cabinet import Cabinet, KeyLost, write_private
from backend.identity.certificates import NotACertificate, is_issued_by, is_server, read_certificate
from backend.identity.renewal import is_due
from backend.identity.tls import server_context
from backend.model.clock import Clock

_log = structlog.get_logger(__name__)


class GateShut(OSError):
    """There is no certificate to be shown, and none can be made."""


class Gate:
    """Of one listener. Key and certificate lie beside the cache; ``refresh`` looks after them and belongs into a thread."""

    def __init__(self, authority: Authority, hosts: Sequence[str], cache: Path, clock: Clock) -> None:
        self._authority, self._hosts, self._clock = authority, tuple(hosts), clock
        self._cabinet = Cabinet(cache.with_name(cache.name + ".server.key"))
        self._file = cache.with_name(cache.name + ".server")
        self._context: ssl.SSLContext | None = None
        self._shown, self._believed = b"", b""

    @property
    def context(self) -> ssl.SSLContext:
        """For the next connection; those that are open keep theirs. ``refresh`` must have succeeded once."""
        if self._context is None:
            raise GateShut("no certificate")
        return self._context

    def refresh(self) -> None:
        """Renew the certificate where it is time, and believe what the authority has now.

        Raises ``GateShut`` where there is nothing to show; while there is, it is told and shown on.
        """
        try:
            self._refresh()
        except (KeyLost, NotACertificate, ValueError, OSError) as error:
            if self._context is None:
                raise GateShut(f"{self._authority.folder}: {error}") from error
            _log.error("the listener's certificate cannot be renewed", why=str(error))

    def _refresh(self) -> None:
        if not self._authority.exists:
            raise GateShut("there is no authority")
        now_ms = self._clock.now_ms()
        private, shown = self._key(), self._kept()
        if not self._serves(shown, private, now_ms):
            shown = self._authority.issue_server(self._hosts, private.public_key(), now_ms)
            write_private(self._file, shown)
            _log.info("the listener has a new certificate", names=self._hosts)
        believed = self._authority.believed(now_ms)
        if (shown, believed) != (self._shown, self._believed):
            self._context = server_context(shown, private, believed)
            self._shown, self._believed = shown, believed

    def _key(self) -> EllipticCurvePrivateKey:
        kept = self._cabinet.load()
        if isinstance(kept, EllipticCurvePrivateKey):
            return kept
        private = generate_private_key(SECP256R1())
        self._cabinet.keep(private, f"server {self._file}")
        return private

    def _kept(self) -> bytes:
        return self._file.read_bytes() if self._file.exists() else b""

    def _serves(self, shown: bytes, private: EllipticCurvePrivateKey, now_ms: int) -> bool:
        try:
            certificate = read_certificate(shown)
        except NotACertificate:
            return False
        ours = is_issued_by(certificate, self._authority.certificates())
        return ours and is_server(certificate, self._hosts, private.public_key()) and not is_due(shown, now_ms)
