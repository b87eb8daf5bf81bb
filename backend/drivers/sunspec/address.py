"""What ``sunspec://host:port?unit=1&instance=1&timeout=3&meter=reversed`` says."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from backend.drivers.contract import DeviceMisconfigured

DEFAULT_PORT = 502
DEFAULT_TIMEOUT_S = 3.0
LIKELY_UNITS = (1, 126, 2, 3, 247)
"""Where devices are found when nobody knows: 126 is SunSpec's own suggestion, 247 the highest address there is."""


class Mounting(StrEnum):
    """How a meter counts; the standard leaves it to the installer (domain.md section 1)."""

    STANDARD = "standard"
    """Power + is import."""
    EXPORT_POSITIVE = "export_positive"
    """Power + is export, the energy registers are named rightly."""
    REVERSED = "reversed"
    """Mounted the other way round: power and both energy registers are swapped."""


@dataclass(frozen=True, slots=True)
class SunSpecAddress:
    """Where a device is and how it is asked."""

    host: str
    port: int = DEFAULT_PORT
    units: tuple[int, ...] = (1,)
    """Modbus unit ids to try, in order; ``unit=any`` tries the likely ones."""
    timeout_s: float = DEFAULT_TIMEOUT_S
    """For one request."""
    mounting: Mounting = Mounting.STANDARD
    instance: int = 0
    """Which of several models of one number is meant, from 0, as in the paths of a probe: the second meter is ``203#1``."""


def parse_address(address: str) -> SunSpecAddress:
    """Take an address apart. Raises ``DeviceMisconfigured`` naming what is wrong."""
    try:
        parts = urlsplit(address)
        port = parts.port or DEFAULT_PORT
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        if parts.scheme != "sunspec" or not parts.hostname:
            raise ValueError("expected sunspec://host:port?unit=1")
        if unknown := set(query) - {"unit", "timeout", "meter", "instance"}:
            raise ValueError(f"unknown option {sorted(unknown)[0]}")
        return SunSpecAddress(
            parts.hostname,
            port,
            _units(query.get("unit", "1")),
            _timeout(query.get("timeout", str(DEFAULT_TIMEOUT_S))),
            Mounting(query.get("meter", Mounting.STANDARD)),
            _instance(query.get("instance", "0")),
        )
    except ValueError as error:
        raise DeviceMisconfigured(f"{address}: {error}") from error


def _units(text: str) -> tuple[int, ...]:
    if text == "any":
        return LIKELY_UNITS
    unit = int(text)
    if not 0 <= unit <= 255:
        raise ValueError("unit must be from 0 to 255")
    return (unit,)


def _instance(text: str) -> int:
    instance = int(text)
    if not 0 <= instance <= 99:
        raise ValueError("instance must be from 0 to 99")
    return instance


def _timeout(text: str) -> float:
    timeout_s = float(text)
    if not 0.05 <= timeout_s <= 60:
        raise ValueError("timeout must be from 0.05 to 60 seconds")
    return timeout_s
