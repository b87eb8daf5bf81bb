"""``ocpp://CP-01``, ``gateway://roof-meter``: devices that come to us or are spoken for, under a name of their own."""

import re

from backend.model.message import Message

_IDENTITY = re.compile(r"[A-Za-z0-9*_=:+|@.\-]{1,48}")
GATEWAY_FORM = Message("an address such as gateway://roof-meter, under any name of its own")
OCPP_FORM = Message("an address such as ocpp://CP-01, with the identity that the charger uses")


def ocpp_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    return None if _is_named(address) else OCPP_FORM


def gateway_fault(address: str) -> Message | None:
    """What is expected instead, or None where the address is well formed."""
    return None if _is_named(address) else GATEWAY_FORM


def _is_named(address: str) -> bool:
    return _IDENTITY.fullmatch(address.partition("://")[2]) is not None


def as_written(address: str) -> str:
    """Every letter counts."""
    return address
