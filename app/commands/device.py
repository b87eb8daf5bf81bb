"""``enemado device``: look at one device without any node, or through the node that holds it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, cast

import typer

from app.commands.columns import columns
from app.commands.device_command import command
from app.commands.failure import CommandError
from app.commands.options import CacheOption, JsonOption
from app.commands.places import which_cache
from app.commands.speech import say, tell
from app.commands.whole_address import with_scheme
from backend.drivers.contract import DeviceError, DeviceGarbled, DeviceMisconfigured, Inspectable, RawPoint
from backend.model.clock import SystemClock
from backend.model.device import Device, DeviceKind, Nameplate
from backend.model.message import Message

group = typer.Typer(help=say("Look at one device."), no_args_is_help=True)
Probe = tuple[Nameplate | None, list[RawPoint]]

group.command(help=say("Tell a charger to do something; shows what became of it."))(command)


@group.command(help=say("Everything a device says, raw beside decoded."))
def probe(
    address: Annotated[str, typer.Argument(help=say("Such as sunspec://192.0.2.10:502?unit=126, or site/device of a node."))],
    as_json: JsonOption = False,
    kind: Annotated[DeviceKind, typer.Option("--kind", help=say("What it is: decides which values would become points."))] = (
        DeviceKind.INVERTER
    ),
    cache: CacheOption = None,
) -> None:
    """With an address the device is asked directly; with a key, over the session that its node has open."""
    address = with_scheme(address)
    plate, points = asyncio.run(_probe(address, kind)) if "://" in address else _through_node(address, cache)
    if as_json:
        shown = {"address": address, "plate": asdict(plate) if plate else None, "points": [asdict(point) for point in points]}
        tell(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    if plate:
        tell(f"{plate.maker} {plate.model}  {say('serial {serial}', serial=plate.serial)}  {plate.version}".strip())
    head = (say("Path"), say("Value"), say("Unit"), say("Raw"), say("Point"))
    for line in columns([head, *(_line(point) for point in points)]):
        tell(line)


def _line(point: RawPoint) -> tuple[str, ...]:
    value = f"({point.absent})" if point.absent else str(point.value)
    return point.path, value, point.unit, "" if point.raw is None else str(point.raw), point.name


async def _probe(address: str, kind: DeviceKind) -> Probe:
    from backend.drivers.index import polling_driver

    device = Device("probe/device", "probe", kind, {"en": "probed device"}, _any_unit(address))
    try:
        session = await polling_driver(address).open(device, SystemClock())
        try:
            if not isinstance(session, Inspectable):
                raise DeviceMisconfigured(f"{address}: this driver can tell no more than its points")
            return session.plate, list(await session.inspect())
        finally:
            await session.close()
    except DeviceError as error:
        raise device_failure(address, error) from error


def _any_unit(address: str) -> str:
    """Who probes may not know the unit yet: without one, the usual ones are tried."""
    if not address.startswith("sunspec://") or "unit=" in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}unit=any"


def _through_node(device: str, cache: CacheOption) -> Probe:
    from backend.api.channel import channel_file
    from backend.api.client import ask

    answer = ask(channel_file(which_cache(cache)), "inspect", timeout_s=60.0, device=device)
    return None, [RawPoint(**row) for row in cast("Sequence[dict[str, str]]", answer["points"])]


def device_failure(address: str, error: DeviceError) -> CommandError:
    """Why a device could not be asked, and what to do."""
    if address.startswith("ocpp://"):
        return CommandError(
            Message("{address}: such a device calls the node and cannot be asked from here.", {"address": address}),
            Message("Chargers connect by themselves, over OCPP."),
            Message("See what it said last with: enemado latest SITE/DEVICE"),
            code=2,
        )
    reason = str(error)
    told = reason if address in reason else f"{address}: {reason}"
    happened = Message("{text}", {"text": told})
    if address.startswith("echonet://"):
        return _echonet_failure(happened, error)
    match error:
        case DeviceMisconfigured():
            return CommandError(
                happened,
                Message("A device cannot be asked under this address."),
                Message("Write it as sunspec://HOST:PORT?unit=NUMBER; unit=any tries the usual ones."),
                code=2,
            )
        case DeviceGarbled():
            return CommandError(
                happened,
                Message("Somebody answers, but not as SunSpec asks."),
                Message("Look whether SunSpec is switched on in the device, and whether the unit is right (unit=any)."),
            )
        case _:
            return CommandError(
                happened,
                Message("The device does not answer."),
                Message("Look at its power, its cable, its address; many inverters sleep at night."),
            )


def _echonet_failure(happened: Message, error: DeviceError) -> CommandError:
    match error:
        case DeviceMisconfigured():
            return CommandError(
                happened,
                Message("A device cannot be asked under this address."),
                Message("Write it as echonet://HOST/CLASS:NUMBER, such as echonet://192.0.2.20/0279:1."),
                code=2,
            )
        case DeviceGarbled():
            return CommandError(
                happened,
                Message("Somebody answers, but not as ECHONET Lite asks."),
                Message("Look whether ECHONET Lite is switched on in the device, and whether another device has this address."),
            )
        case _:
            return CommandError(
                happened,
                Message("The device does not answer."),
                Message(
                    "Look at its power, its network and whether ECHONET Lite is switched on in it. "
                    "A running node has UDP port 3610 of this computer: then ask through it, with SITE/DEVICE."
                ),
            )
