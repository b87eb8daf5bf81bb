"""NotifyReport: what a station is made of, told in parts: nameplate, EVSEs, connectors (2.0.1, B07)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from backend.drivers.ocpp.charger import Charger, Inventory, Outcome
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.nameplate import identified, plate_of
from backend.drivers.ocpp.points import first_specs, plug_spec
from backend.drivers.ocpp.schemas import LARGEST_CONNECTOR
from backend.drivers.ocpp.v2.places import has_several
from backend.model.event import Event, EventKind

_LONGEST: Final = 20
_POWER: Final = "Power"

Row = Mapping[str, Any]


def notify_report(charger: Charger, payload: Payload, now_ms: int) -> Outcome:
    """Parts add up until the last one; then it is recorded once as an event."""
    rows = payload.get("reportData", ())
    inventory = charger.inventory
    if inventory.request != payload["requestId"]:
        inventory = Inventory(payload["requestId"])
    for row in rows:
        inventory = _with_row(inventory, row)
    charger, events = identified(replace(charger, inventory=inventory), _plate(charger, rows), now_ms)
    if payload.get("tbc", False) or not inventory.types:
        return Outcome(charger, {}, events=events)
    evses = sorted({evse for evse, _ in inventory.types})
    specs = (spec for evse in evses for spec in first_specs(evse))
    plugs = (plug_spec(evse, plug) for evse, plug in sorted(inventory.types) if has_several(charger, evse))
    return Outcome(charger, {}, (*specs, *plugs), events=(*events, _reported(charger, now_ms)))


def _with_row(inventory: Inventory, row: Row) -> Inventory:
    component, variable = row["component"], row["variable"]["name"]
    place: Row = component.get("evse", {})
    evse, number = place.get("id", 0), place.get("connectorId", 0)
    if not 0 < evse <= LARGEST_CONNECTOR:
        return inventory
    if component["name"] == "Connector" and 0 < number <= LARGEST_CONNECTOR:
        told = _actual(row)[:_LONGEST] if variable == "ConnectorType" else inventory.types.get((evse, number), "")
        return replace(inventory, types={**inventory.types, (evse, number): told})
    limit = row.get("variableCharacteristics", {}).get("maxLimit")
    if component["name"] == "EVSE" and variable == _POWER and limit is not None:
        return replace(inventory, max_w={**inventory.max_w, evse: float(limit)})
    return inventory


def _plate(charger: Charger, rows: Any) -> Any:
    told = {row["variable"]["name"]: _actual(row) for row in rows if row["component"]["name"] == "ChargingStation"}
    plate = charger.plate
    return plate_of(
        told.get("VendorName") or plate.maker,
        told.get("Model") or plate.model,
        told.get("SerialNumber") or plate.serial,
        told.get("FirmwareVersion") or plate.version,
    )


def _actual(row: Row) -> str:
    values = (each.get("value", "") for each in row["variableAttribute"] if each.get("type", "Actual") == "Actual")
    return str(next(values, ""))


def _reported(charger: Charger, now_ms: int) -> Event:
    inventory = charger.inventory
    told = (
        f"{evse}/{number} {kind} {inventory.max_w.get(evse, 0):.0f} W" if evse in inventory.max_w else f"{evse}/{number} {kind}"
        for (evse, number), kind in sorted(inventory.types.items())
    )
    data = {"evses": len({evse for evse, _ in inventory.types}), "connectors": "; ".join(told)[:500]}
    return Event(now_ms, EventKind.DEVICE_REPORTED, charger.device.key, {**data})
