"""The small authority of a cloud node: what it asks its registry, and what it decides."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from backend.identity.cabinet import Cabinet, KeyLost, Place, write_private
from backend.identity.certificates import (
    NODE_DAYS,
    SERVER_DAYS,
    Holder,
    NotACertificate,
    begins_ms,
    ends_ms,
    holder_of,
    is_issued_by,
    issue_node,
    issue_server,
    make_authority,
    pem_of,
    read_certificate,
    read_request,
    read_shown,
)
from backend.identity.codes import digest_of, id_of, new_code, prove
from backend.identity.registry import Member, Registry, Standing
from backend.identity.renewal import RENEWAL, Renewal
from backend.identity.vouched import Vouched
from backend.wire.signature import Forged, verify

DAY_MS = 86_400_000
CODE_MS = DAY_MS
GRACE_MS = 180 * DAY_MS
"""For so long after its certificate ended may a node renew: an outage strands nobody."""


class Refused(Exception):
    """The authority says no; the same words whatever the reason, so that nothing can be learnt by asking."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """For a node that knows nothing but its code."""

    authorities: bytes
    """PEM."""
    proof: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """A key of which signatures were believed once."""

    node: str
    public: Ed25519PublicKey
    revoked: bool


class NoCaller(StrEnum):
    """Why a certificate that TLS believed gives nobody entrance."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    """It ended while the connection was open."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Answer:
    """To a node that applied or renewed."""

    standing: Standing
    certificate: bytes = b""
    """PEM, once an operator has confirmed the key."""
    authorities: bytes = b""
    """PEM of every authority to be believed from now on."""


class Authority:
    """One folder: ``authority-<n>.pem``, its key beside it, and the registry. The highest number signs."""

    def __init__(self, folder: Path, node_days: float = NODE_DAYS, server_days: float = SERVER_DAYS) -> None:
        """The days are what its certificates live."""
        self.folder, self._node_days, self._server_days = folder, node_days, server_days
        self.registry = Registry(folder / "registry.sqlite")
        self.vouched = Vouched(self.registry)

    @property
    def exists(self) -> bool:
        """Whether it was created."""
        return bool(self._files())

    def create(self, name: str, now_ms: int) -> Place:
        """The first certificate, or with ``rotate`` the next one; where its key is kept. Raises ``OSError``."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.registry.create()
        private, certificate = make_authority(name, now_ms)
        number = len(self._files()) + 1
        path = self.folder / f"authority-{number:03}.pem"
        place = Cabinet(path.with_suffix(".key")).keep(private, f"authority {certificate.serial_number:x}")
        write_private(path, pem_of(certificate))
        return place

    def rotate(self, now_ms: int) -> Place:
        """A new key signs from now on; the former stays believed until it ends, so that nobody is cut off."""
        newest = self._newest()[1]
        return self.create(newest.subject.rfc4514_string().removeprefix("CN="), now_ms)

    def certificates(self) -> list[x509.Certificate]:
        """Every authority, oldest first."""
        return [read_certificate(path.read_bytes()) for path in self._files()]

    def believed(self, now_ms: int) -> bytes:
        """PEM of every authority that has not ended."""
        return pem_of(*(each for each in self.certificates() if ends_ms(each) > now_ms))

    def make_code(self, node: str, now_ms: int, valid_ms: int = CODE_MS, reads: Sequence[str] = ()) -> str:
        """A code with which this node may apply once, and then follow these sites; it is told now and never again."""
        code = new_code()
        self.registry.add_code(digest_of(code), node, now_ms + valid_ms, reads)
        return code

    def reads(self, node: str) -> frozenset[str]:
        """The sites that this node may follow."""
        return frozenset(self.registry.reads(node))

    def introduce(self, code_id: str, now_ms: int) -> Introduction:
        """Whom to believe, proved to whoever has the code with this id (``codes.id_of``). Raises ``Refused``."""
        for digest in self.registry.codes(now_ms):
            if hmac.compare_digest(id_of(digest), code_id):
                believed = self.believed(now_ms)
                return Introduction(believed, prove(digest, believed))
        raise Refused

    def apply(self, code: str, request: bytes, now_ms: int, own: str = "") -> Answer:
        """A node asks to belong; no other may bear our ``own`` name. Asking again with the same key needs no code.

        Raises ``Refused``.
        """
        holder = self._read(request)
        if holder.node == own:
            raise Refused
        member = self.registry.member(holder.key_id)
        if member is None:
            member = Member(holder.key_id, holder.node, request, now_ms, None, None)
            if not self.registry.apply(digest_of(code), member):
                raise Refused
        if member.standing is Standing.REVOKED or member.node != holder.node or member.successor is not None:
            raise Refused
        return self._answer(member, now_ms)

    def confirm(self, key_id: bytes, now_ms: int) -> Member:
        """An operator compared the key id: the node belongs. Raises ``Refused`` and ``KeyLost``."""
        member = self.registry.member(key_id)
        if member is None or member.standing is not Standing.WAITING:
            raise Refused
        return self._certify(member, now_ms)

    def renew(self, renewal: Renewal, now_ms: int) -> Answer:
        """A node that belongs asks for a new certificate, perhaps for a new key. Raises ``Refused`` and ``KeyLost``."""
        new = self._read(renewal.request)
        member = self._entitled(renewal, new, now_ms)
        if new.key_id != member.key_id:
            further = self.registry.member(new.key_id)
            further = further or Member(new.key_id, new.node, renewal.request, now_ms, None, None)
            if further.standing is Standing.REVOKED or further.node != new.node:
                raise Refused
            if not self.registry.succeed(member.key_id, further):
                raise Refused
            member = further
        elif member.successor is not None:
            raise Refused
        if member.certificate is None or not _is_fresh(read_certificate(member.certificate), now_ms):
            member = self._certify(member, now_ms)
        return self._answer(member, now_ms)

    def revoke(self, members: Sequence[Member], now_ms: int) -> None:
        """Believe these keys no more; there is no way back for a key."""
        self.registry.revoke([member.key_id for member in members], now_ms)

    def find(self, key_id: bytes) -> Known | None:
        """Whose key it is, of a member or of somebody whom a member vouches for."""
        member = self.registry.member(key_id)
        if member is not None:
            public = read_request(member.request).public
            return (
                None if member.standing is Standing.WAITING else Known(member.node, public, member.standing is Standing.REVOKED)
            )
        vouched = self.vouched.find(key_id)
        return Known(vouched.node, vouched.public, vouched.revoked) if vouched else None

    def public_key(self, key_id: bytes) -> tuple[str, Ed25519PublicKey] | None:
        """Node and key, if its signatures count now; certificates may have ended since, data may come late."""
        known = self.find(key_id)
        return None if known is None or known.revoked else (known.node, known.public)

    def speaks_for(self, caller: str, node: str) -> bool:
        """Whether what this node signed may come through this caller."""
        return caller == node or (self.vouched.voucher(node) == caller and not self.registry.knows(node))

    def vouch(
        self, caller: str, certificates: Sequence[bytes], revoked: Sequence[bytes], now_ms: int, own: str = ""
    ) -> list[str]:
        """A member tells the keys of its own children; names that are somebody else's, or our ``own``, and were not taken.

        Raises ``Refused`` for what are no certificates.
        """
        try:
            keys = [(holder_of(read_certificate(pem)), pem) for pem in certificates]
        except NotACertificate as error:
            raise Refused from error
        foreign = self.vouched.keep(caller, [key for key in keys if key[0].node != own])
        self.vouched.revoke(caller, revoked, now_ms)
        return foreign + [own for key in keys if key[0].node == own]

    def to_vouch_for(self) -> tuple[list[bytes], list[bytes]]:
        """What this node tells its own parent: certificates of all keys that count here, ids of those that do not."""
        members = self.registry.members()
        certificates, revoked = self.vouched.all()
        certificates += [each.certificate for each in members if each.certificate and each.standing is Standing.CONFIRMED]
        return certificates, revoked + [each.key_id for each in members if each.standing is Standing.REVOKED]

    def judge(self, shown: bytes, now_ms: int) -> Holder | NoCaller:
        """Who calls with this certificate (DER, as TLS verified it), or why it is nobody."""
        try:
            certificate = read_shown(shown)
            holder = holder_of(certificate)
        except NotACertificate:
            return NoCaller.UNKNOWN
        if not begins_ms(certificate) <= now_ms <= ends_ms(certificate):
            return NoCaller.EXPIRED
        member = self.registry.member(holder.key_id)
        if member is None or member.node != holder.node or member.standing is Standing.WAITING:
            return NoCaller.UNKNOWN
        return holder if member.standing is Standing.CONFIRMED else NoCaller.REVOKED

    def issue_server(self, hosts: Sequence[str], public: CertificatePublicKeyTypes, now_ms: int) -> bytes:
        """PEM of a server's certificate, by the oldest authority that outlives it: every node believes that one.

        Raises ``ValueError`` for what is no host, and ``KeyLost``.
        """
        number, authority = next(
            (number, each)
            for number, each in enumerate(self.certificates(), start=1)
            if ends_ms(each) > now_ms + (self._server_days + 1) * DAY_MS or number == len(self._files())
        )
        return pem_of(issue_server(hosts, public, authority, self._key(number), now_ms, self._server_days))

    def _entitled(self, renewal: Renewal, new: Holder, now_ms: int) -> Member:
        """The key that signed the renewal, if it may. Raises ``Refused``."""
        try:
            old = read_certificate(renewal.certificate)
            holder = holder_of(old)
            verify(renewal.envelope, renewal.request, holder.public, RENEWAL)
        except (NotACertificate, Forged) as error:
            raise Refused from error
        member = self.registry.member(holder.key_id)
        in_time = begins_ms(old) <= now_ms <= ends_ms(old) + GRACE_MS
        if member is None or member.standing is not Standing.CONFIRMED or not in_time:
            raise Refused
        if holder.node != new.node or not is_issued_by(old, self.certificates()):
            raise Refused
        return member

    def _certify(self, member: Member, now_ms: int) -> Member:
        number, authority = self._newest()
        pem = pem_of(issue_node(read_request(member.request), authority, self._key(number), now_ms, self._node_days))
        if not self.registry.certify(member.key_id, pem):
            raise Refused
        return Member(member.key_id, member.node, member.request, member.applied_ms, pem, None)

    def _answer(self, member: Member, now_ms: int) -> Answer:
        if member.certificate is None:
            return Answer(Standing.WAITING)
        return Answer(Standing.CONFIRMED, member.certificate, self.believed(now_ms))

    def _read(self, request: bytes) -> Holder:
        try:
            return read_request(request)
        except NotACertificate as error:
            raise Refused from error

    def _newest(self) -> tuple[int, x509.Certificate]:
        found = self.certificates()
        return len(found), found[-1]

    def _key(self, number: int) -> EllipticCurvePrivateKey:
        key = Cabinet(self.folder / f"authority-{number:03}.key").load()
        if not isinstance(key, EllipticCurvePrivateKey):
            raise KeyLost(str(self.folder))
        return key

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("authority-*.pem"))


def _is_fresh(certificate: x509.Certificate, now_ms: int) -> bool:
    """Less than a third of its life gone: a repeated question gets the same answer."""
    begin, end = begins_ms(certificate), ends_ms(certificate)
    return begin <= now_ms < begin + (end - begin) // 3
