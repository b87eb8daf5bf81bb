"""What we knew before a restart, read back from what was recorded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from backend.drivers.ocpp.charger import Charger, Transaction
from backend.model.device import ConnectorStatus, Device, DeviceStatus
from backend.model.event import Event, EventKind
from backend.model.states import ConnectorState

_LOOK_BACK_MS: Final = 30 * 86_400_000
_EVENTS: Final = 500


class Memory(Protocol):
    """What was recorded; a store's reader is one."""

    async def statuses(self) -> Sequence[DeviceStatus]: ...

    async def connectors(self) -> Sequence[ConnectorStatus]: ...

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Newest first."""
        ...


async def recall(device: Device, memory: Memory, now_ms: int) -> Charger:
    """The charger as it was last heard, with its recent transactions."""
    connectors = {status.connector: status for status in await memory.connectors() if status.device == device.key}
    plates = [status.plate for status in await memory.statuses() if status.device == device.key]
    charger = Charger(device, connectors=connectors, order_ms={number: s.since_ms for number, s in connectors.items()})
    if plates:
        charger = replace(charger, plate=plates[0])
    for event in reversed(await memory.events(now_ms - _LOOK_BACK_MS, now_ms + _LOOK_BACK_MS, device.key, _EVENTS)):
        charger = _replay(charger, event)
    for number, status in connectors.items():
        if status.state is ConnectorState.AVAILABLE:
            charger = charger.with_free(number)
    return charger


def _replay(charger: Charger, event: Event) -> Charger:
    number = event.data.get("transaction")
    if not isinstance(number, int):
        return charger
    if event.kind is EventKind.SESSION_STARTED:
        return charger.with_transaction(_started(number, event))
    if event.kind is EventKind.SESSION_STOPPED:
        known = charger.transaction(number)
        return charger if known is None else charger.with_transaction(replace(known, stopped=True))
    return charger


def _started(number: int, event: Event) -> Transaction:
    connector, meter_wh = event.data.get("connector"), event.data.get("meter_wh")
    return Transaction(
        number,
        connector if isinstance(connector, int) else 0,
        float(meter_wh) if isinstance(meter_wh, int | float) else 0.0,
        str(event.data.get("stamp", "")),
        event.at_ms,
        event.data.get("believed") is not False,
    )
