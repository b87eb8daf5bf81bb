"""Addresses of devices: what each scheme must look like."""

import re
from urllib.parse import parse_qsl, urlsplit

from backend.model.message import Message

SCHEMES = ("sunspec", "ocpp")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
_IDENTITY = re.compile(r"[A-Za-z0-9*_=:+|@.\-]{1,48}")
SUNSPEC_FORM = Message("an address such as sunspec://192.0.2.10:502?unit=126")
OCPP_FORM = Message("an address such as ocpp://CP-01, with the identity that the charger uses")
NO_CREDENTIALS = Message("an address without user name and password; keep secrets with “enemado secret set”")


def address_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme not in SCHEMES:
        return Message(
            "an address that begins with one of: {schemes}",
            {"schemes": ", ".join(f"{s}://" for s in SCHEMES)},
        )
    if scheme == "ocpp":
        return None if _IDENTITY.fullmatch(rest) else OCPP_FORM
    return _sunspec_fault(address)


def _sunspec_fault(address: str) -> Message | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return SUNSPEC_FORM
    if parts.username is not None or parts.password is not None:
        return NO_CREDENTIALS
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or port == 0 or parts.path not in ("", "/") or parts.fragment:
        return SUNSPEC_FORM
    queries = dict(parse_qsl(parts.query, keep_blank_values=True))
    unit = queries.pop("unit", "1")
    if not unit.isdecimal() or int(unit) > 255:
        return Message("a unit from 0 to 255, such as sunspec://192.0.2.10:502?unit=126")
    return SUNSPEC_FORM if queries else None


def normal_address(address: str) -> str:
    """One spelling per device, so that the same one cannot be registered twice."""
    scheme, _, rest = address.partition("://")
    if scheme == "ocpp":
        return address
    parts = urlsplit(f"{scheme}://{rest}")
    unit = dict(parse_qsl(parts.query)).get("unit", "1")
    return f"{scheme}://{(parts.hostname or '').lower()}:{parts.port or 502}?unit={int(unit)}"
