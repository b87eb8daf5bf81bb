"""What ``echonet://host:port/0279:1?timeout=5`` says."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from backend.drivers.contract import DeviceMisconfigured
from backend.drivers.echonet.frame import Eoj

PORT: Final = 3610
DEFAULT_TIMEOUT_S: Final = 5.0
"""Radio adapters need some seconds for one answer."""
DEFAULT_ZONE: Final = "Asia/Tokyo"
_OPTIONS: Final = {"timeout", "zone"}


@dataclass(frozen=True, slots=True)
class EchonetAddress:
    """Where an object is and how it is asked."""

    host: str
    eoj: Eoj
    port: int = PORT
    timeout_s: float = DEFAULT_TIMEOUT_S
    """For one request."""
    zone: ZoneInfo = ZoneInfo(DEFAULT_ZONE)  # noqa: RUF009 - zones are kept and never change
    """By which the object's own clock goes."""


def parse_address(address: str) -> EchonetAddress:
    """Take an address apart. Raises ``DeviceMisconfigured`` naming what is wrong."""
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        if parts.scheme != "echonet" or not parts.hostname:
            raise ValueError("expected echonet://host/CLASS:INSTANCE such as echonet://192.0.2.20/0279:1")
        if unknown := set(query) - _OPTIONS:
            raise ValueError(f"unknown option {sorted(unknown)[0]}")
        return EchonetAddress(
            parts.hostname,
            _eoj(parts.path),
            parts.port or PORT,
            _timeout(query.get("timeout", str(DEFAULT_TIMEOUT_S))),
            _zone(query.get("zone", DEFAULT_ZONE)),
        )
    except ValueError as error:
        raise DeviceMisconfigured(f"{address}: {error}") from error


def _eoj(path: str) -> Eoj:
    code, _, instance = path.strip("/").partition(":")
    if len(code) != 4:
        raise ValueError("expected a class of four hexadecimal digits such as 0279:1")
    number = int(instance or "1")
    if not 1 <= number <= 127:
        raise ValueError("an instance must be from 1 to 127")
    return Eoj(int(code, 16), number)


def _timeout(text: str) -> float:
    timeout_s = float(text)
    if not 0.05 <= timeout_s <= 20:
        raise ValueError("timeout must be from 0.05 to 20 seconds")
    return timeout_s


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, OSError) as error:
        raise ValueError(f"unknown time zone {text}") from error
