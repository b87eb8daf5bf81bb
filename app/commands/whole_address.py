"""From what a person types to the address that stands in settings."""

import asyncio
import re
from urllib.parse import parse_qsl, urlsplit

from app.commands.failure import CommandError
from backend.drivers.contract import Area, Found
from backend.model.message import Message

_HOST = re.compile(r"[^/]*(\?.*)?$")
"""Without a scheme and without the stroke of a device's key: ``192.0.2.10:502``, ``inverter.example?unit=3``."""


def with_scheme(text: str) -> str:
    """A bare host is asked by SunSpec."""
    return f"sunspec://{text}" if _HOST.match(text) else text


def whole_address(text: str) -> str:
    """With the unit at which a SunSpec device answers, where none was named. Raises ``CommandError``."""
    from backend.settings.addresses import address_fault

    address = with_scheme(text)
    expected = address_fault(address)
    if expected is not None:
        raise CommandError(
            Message("“{text}” is no address of a device.", {"text": text}),
            Message("Nothing was asked and nothing was written."),
            Message("Write it as enemado device scan shows it, such as sunspec://192.0.2.10:502?unit=126."),
            code=2,
        )
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query))
    if parts.scheme != "sunspec" or options.get("unit", "any") != "any":
        return address
    return _with_unit(address, asyncio.run(_search(parts.hostname or "", parts.port or 502)))


async def _search(host: str, port: int) -> list[Found]:
    from backend.drivers.sunspec.scan import SunSpecScanner

    found: list[Found] = []
    await SunSpecScanner(ports=()).scan(Area((host,), (port,)), found.append, lambda done, total: None)
    return found


def _with_unit(address: str, found: list[Found]) -> str:
    if not found:
        raise CommandError(
            Message("{address}: no SunSpec device answers under any of the usual units.", {"address": address}),
            Message("The device does not answer, or speaks something else."),
            Message("Look at its power, its cable, its address; many inverters sleep at night."),
        )
    if len(found) > 1:
        raise CommandError(
            Message("Several devices answer under {address}.", {"address": address}),
            Message("It is not clear which one is meant."),
            Message("Name one of them: {addresses}", {"addresses": ", ".join(each.address for each in found)}),
            code=2,
        )
    rest = "&".join(part for part in urlsplit(address).query.split("&") if part and part != "unit=any")
    return found[0].address + (f"&{rest}" if rest else "")
