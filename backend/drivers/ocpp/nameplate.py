"""What a charger says of itself, and the event of learning it: a changed serial means another charger."""

from dataclasses import replace
from typing import Final

from backend.drivers.ocpp.charger import Charger
from backend.model.device import Nameplate
from backend.model.event import Event, EventKind

_LONGEST: Final = 64


def plate_of(maker: str, model: str, serial: str, version: str) -> Nameplate:
    """A nameplate of texts as sent, cut where they are too long."""
    return Nameplate(maker[:_LONGEST], model[:_LONGEST], serial[:_LONGEST], version[:_LONGEST])


def identified(charger: Charger, plate: Nameplate, now_ms: int) -> tuple[Charger, tuple[Event, ...]]:
    """The charger with this plate; an event where that is news."""
    if plate == charger.plate:
        return charger, ()
    replaced = bool(charger.plate.serial and plate.serial and charger.plate.serial != plate.serial)
    data = {"maker": plate.maker, "model": plate.model, "serial": plate.serial, "version": plate.version, "replaced": replaced}
    event = Event(now_ms, EventKind.DEVICE_IDENTIFIED, charger.device.key, {**data})
    return replace(charger, plate=plate), (event,)
