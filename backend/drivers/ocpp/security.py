"""Who may come in: the security profiles of OCPP (domain.md section 4; OCPP 1.6 security whitepaper, edition 2)."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Any, Final
from urllib.parse import unquote

from backend.model.device import Device, Security

_NOBODY: Final = "a password that nobody has"
_LONGEST_ID: Final = 48


class Reason(StrEnum):
    """Why somebody was sent away."""

    NO_IDENTITY = "no_identity"
    UNKNOWN = "unknown"
    PROTOCOL = "protocol"
    """Offers no version of OCPP that we speak."""
    NOT_ENCRYPTED = "not_encrypted"
    ENCRYPTED = "encrypted"
    """Set to plain Basic (profile 1), but came with TLS; or spoke TLS where none is spoken."""
    NOT_PRIVATE = "not_private"
    """Comes without TLS from outside the private network."""
    CERTIFICATE = "certificate"
    PASSWORD = "password"
    HANDSHAKE = "handshake"
    """TLS could not be agreed on: a certificate that is not of our authority, or ours is not believed there."""
    CROWDED = "crowded"
    """Stood outside too long without saying who it is, while many others came."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of whoever calls, before anything is believed."""

    claimed: str
    """Charge point identity, from the path."""
    peer: str
    """IP address."""
    encrypted: bool = False
    authorization: str = ""
    certified: tuple[str, ...] = ()
    """Common names and serial numbers of a client certificate that our authority signed."""


def identity_of(path: str) -> str:
    """The charge point's identity: the last part of the path, or nothing. Some chargers add a slash."""
    try:
        last = path.partition("?")[0].rstrip("/").rpartition("/")[2]
        return unquote(last, errors="strict")
    except ValueError:
        return ""


def address_identity(address: str) -> str:
    """The identity in a device's address ``ocpp://CP-01``."""
    return address.partition("://")[2]


def certified_names(certificate: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Common names and serial numbers in the subject, as ``SSLSocket.getpeercert`` gives it."""
    subject = (certificate or {}).get("subject", ())
    return tuple(value for part in subject for name, value in part if name in {"commonName", "serialNumber"})


def refusal(caller: Caller, device: Device | None, secret: str | None) -> Reason | None:
    """None where the caller may come in."""
    if not caller.claimed or len(caller.claimed) > _LONGEST_ID:
        return Reason.NO_IDENTITY
    if device is None:
        _password_fits(caller, None)
        return Reason.UNKNOWN
    match device.security:
        case Security.NONE:
            return None if _is_private(caller.peer) else Reason.NOT_PRIVATE
        case Security.BASIC:
            return _refuse_basic(caller, secret)
        case Security.TLS_BASIC:
            if not caller.encrypted:
                return Reason.NOT_ENCRYPTED
            return None if _password_fits(caller, secret) else Reason.PASSWORD
        case Security.TLS_CERTIFICATE | None:
            if not caller.encrypted:
                return Reason.NOT_ENCRYPTED
            return None if caller.claimed in caller.certified else Reason.CERTIFICATE


def _refuse_basic(caller: Caller, secret: str | None) -> Reason | None:
    if caller.encrypted:
        return Reason.ENCRYPTED
    if not _is_private(caller.peer):
        return Reason.NOT_PRIVATE
    return None if _password_fits(caller, secret) else Reason.PASSWORD


def _password_fits(caller: Caller, secret: str | None) -> bool:
    """Whatever is wrong, the same comparisons are made. Keys set as hexadecimal text may come as the bytes they mean."""
    user, password = _credentials(caller.authorization)
    kept = secret or _NOBODY
    plain = hmac.compare_digest(password, kept.encode())
    binary = hmac.compare_digest(password, _as_hex(kept))
    named = hmac.compare_digest(user, caller.claimed.encode("utf-8", "surrogatepass"))
    return bool(secret) and named and (plain or binary)


def _credentials(authorization: str) -> tuple[bytes, bytes]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return b"", b""
    return user, password


def _as_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text) or text.encode()
    except ValueError:
        return text.encode()


def _is_private(peer: str) -> bool:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_private or address.is_loopback or address.is_link_local
