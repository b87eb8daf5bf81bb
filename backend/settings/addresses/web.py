"""``push://roof-sensor``, ``http://192.0.2.20/status.json``: devices that send JSON to us, and those that we ask for it."""

import re
from urllib.parse import parse_qsl, urlsplit

from backend.model.message import Message

_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,48}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
_SECONDS = re.compile(r"\d{1,2}(\.\d+)?")
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{64}")
PUSH_FORM = Message("a name that the device uses, such as push://roof-sensor")
FORM = Message("an address such as http://192.0.2.20/status.json")
NO_CREDENTIALS = Message("an address without user name and password; keep secrets with “enemado secret set”")
OPTION_FORM = Message("only the options timeout=3 and, for https, sha256=… of the certificate after “#”")


def push_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    return None if _NAME.fullmatch(address.partition("://")[2]) else PUSH_FORM


def pull_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    try:
        parts = urlsplit(address)
        port = parts.port
        options = dict(parse_qsl(parts.fragment, keep_blank_values=True, strict_parsing=bool(parts.fragment)))
    except ValueError:
        return FORM
    if parts.username is not None or parts.password is not None:
        return NO_CREDENTIALS
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or port == 0 or not address.isprintable() or " " in address:
        return FORM
    return None if all(_is_option(parts.scheme, name, text) for name, text in options.items()) else OPTION_FORM


def _is_option(scheme: str, name: str, text: str) -> bool:
    if name == "timeout":
        return _SECONDS.fullmatch(text) is not None and 0.05 <= float(text) <= 60
    return name == "sha256" and scheme == "https" and _FINGERPRINT.fullmatch(text) is not None


def pull_normal(address: str) -> str:
    """One spelling per device, of a well-formed address; options are none of the device."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}{parts.path or '/'}{query}"
