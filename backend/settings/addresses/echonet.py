"""``echonet://192.0.2.20/0279:1``: an object of an ECHONET Lite node, by its class and number."""

import re
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from backend.model.message import Message

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_OBJECT = re.compile(r"/([0-9A-Fa-f]{4})(?::(\d{1,3}))?/?")
_SECONDS = re.compile(r"\d{1,2}(\.\d+)?")
_PORT = 3610
FORM = Message("an address such as echonet://192.0.2.20/0279:1, with class and number of the object as “device scan” shows them")
NO_CREDENTIALS = Message("an address without user name and password; keep secrets with “enemado secret set”")


def fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return FORM
    if parts.username is not None or parts.password is not None:
        return NO_CREDENTIALS
    found = _OBJECT.fullmatch(parts.path)
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or port == 0 or parts.fragment or found is None:
        return FORM
    if not 1 <= int(found[2] or 1) <= 127:
        return FORM
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    return next((form for name, text in options.items() if (form := _option_fault(name, text)) is not None), None)


def normal(address: str) -> str:
    """One spelling per device; of a well-formed address."""
    parts = urlsplit(address)
    found = _OBJECT.fullmatch(parts.path)
    assert found is not None
    return f"echonet://{(parts.hostname or '').lower()}:{parts.port or _PORT}/{found[1].upper()}:{int(found[2] or 1)}"


def _option_fault(name: str, text: str) -> Message | None:
    if name == "timeout":
        good = _SECONDS.fullmatch(text) is not None and 0.05 <= float(text) <= 20
        return None if good else Message("a time-out from 0.05 to 20 seconds, such as timeout=5")
    if name == "zone":
        return None if _is_zone(text) else Message("an IANA time zone such as Asia/Tokyo")
    return Message("only the options timeout and zone after “?”")


def _is_zone(text: str) -> bool:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return False
    return True
