"""``sunspec://host:port?unit=1``: a device that answers over Modbus TCP."""

import re
from urllib.parse import parse_qsl, urlsplit

from backend.model.message import Message

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
_SECONDS = re.compile(r"\d{1,2}(\.\d+)?")
_MOUNTINGS = ("standard", "export_positive", "reversed")
FORM = Message("an address such as sunspec://192.0.2.10:502?unit=126")
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
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or port == 0 or parts.path not in ("", "/") or parts.fragment:
        return FORM
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    return next((form for name, text in options.items() if (form := _option_fault(name, text)) is not None), None)


def _option_fault(name: str, text: str) -> Message | None:
    if name == "unit":
        good = text == "any" or (text.isdecimal() and int(text) <= 255)
        return None if good else Message("a unit from 0 to 255, or any, such as sunspec://192.0.2.10:502?unit=126")
    if name == "timeout":
        good = _SECONDS.fullmatch(text) is not None and 0.05 <= float(text) <= 60
        return None if good else Message("a time-out from 0.05 to 60 seconds, such as timeout=3")
    if name == "meter":
        return None if text in _MOUNTINGS else Message("meter=standard, meter=export_positive or meter=reversed")
    if name == "instance":
        good = text.isdecimal() and int(text) <= 99
        return None if good else Message("an instance from 0 to 99, counted from 0 as “device probe” does: instance=1")
    return Message("only the options unit, instance, timeout and meter after “?”")


def normal(address: str) -> str:
    """One spelling per device; of a well-formed address."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query))
    unit, instance = options.get("unit", "1"), int(options.get("instance", "0"))
    number = unit if unit == "any" else int(unit)
    which = f"&instance={instance}" if instance else ""
    return f"sunspec://{(parts.hostname or '').lower()}:{parts.port or 502}?unit={number}{which}"
