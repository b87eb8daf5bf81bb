"""Addresses of devices: what each scheme must look like."""

import re
from urllib.parse import parse_qsl, urlsplit

from backend.model.message import Message

SCHEMES = ("sunspec", "ocpp", "gateway")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
_IDENTITY = re.compile(r"[A-Za-z0-9*_=:+|@.\-]{1,48}")
_SECONDS = re.compile(r"\d{1,2}(\.\d+)?")
_MOUNTINGS = ("standard", "export_positive", "reversed")
SUNSPEC_FORM = Message("an address such as sunspec://192.0.2.10:502?unit=126")
GATEWAY_FORM = Message("an address such as gateway://roof-meter, under any name of its own")
OCPP_FORM = Message("an address such as ocpp://CP-01, with the identity that the charger uses")
NO_CREDENTIALS = Message("an address without user name and password; keep secrets with “enemado secret set”")
STORE_FORM = Message("an address such as postgresql://enemado@db.example/enemado, its password in the file ~/.pgpass")
_SECRET = {"password", "sslpassword"}


def store_fault(address: str) -> Message | None:
    """What is expected of a database's address instead, or None where it is well formed; several hosts stand with commas."""
    return None if all(map(_is_database, each_host(address))) else STORE_FORM


def each_host(address: str) -> list[str]:
    """One address for each host of ``postgresql://user@h1:p1,h2:p2/database``, in order."""
    scheme, _, rest = address.partition("://")
    netloc, slash, path = rest.partition("/")
    user, at, hosts = netloc.rpartition("@")
    return [f"{scheme}://{user}{at}{host}{slash}{path}" for host in hosts.split(",")]


def _is_database(address: str) -> bool:
    try:
        parts = urlsplit(address)
        named = parts.scheme == "postgresql" and parts.hostname and parts.path.strip("/") and parts.port != 0
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        return False
    return bool(named) and parts.password is None and not options.keys() & _SECRET and not parts.fragment


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
    if scheme == "gateway":
        return None if _IDENTITY.fullmatch(rest) else GATEWAY_FORM
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


def normal_address(address: str) -> str:
    """One spelling per device, so that the same one cannot be registered twice."""
    scheme, _, rest = address.partition("://")
    if scheme != "sunspec":
        return address
    parts = urlsplit(f"{scheme}://{rest}")
    options = dict(parse_qsl(parts.query))
    unit, instance = options.get("unit", "1"), int(options.get("instance", "0"))
    number = unit if unit == "any" else int(unit)
    which = f"&instance={instance}" if instance else ""
    return f"{scheme}://{(parts.hostname or '').lower()}:{parts.port or 502}?unit={number}{which}"
