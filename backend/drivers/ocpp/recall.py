"""What we knew before a restart, read back from what was recorded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from backend.drivers.ocpp.charger import Charger, Plug, Progress, Transaction, TransactionId
from backend.model.device import ConnectorStatus, Device, DeviceStatus
from backend.model.event import Event, EventKind, EventValue
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
            charger = charger.with_free(number, status.since_ms)
    return charger


def _replay(charger: Charger, event: Event) -> Charger:
    number = event.data.get("transaction")
    if event.kind is EventKind.PLUG_STATE:
        return _with_plug(charger, event)
    if not isinstance(number, int | str) or isinstance(number, bool):
        return charger
    known = charger.transaction(number)
    if event.kind is EventKind.SESSION_STARTED:
        return charger.with_transaction(_started(number, event, known))
    if event.kind is EventKind.SESSION_STOPPED:
        known = known or (_ended(number, event) if isinstance(number, str) else None)
        return charger if known is None else charger.with_transaction(replace(known, stopped=True))
    if event.kind is EventKind.SESSION_INTERRUPTED and known is not None:
        return charger.with_transaction(replace(known, left_ms=event.at_ms, given_up=True))
    return charger


def _started(number: TransactionId, event: Event, known: Transaction | None) -> Transaction:
    return Transaction(
        number,
        _whole(event.data.get("connector")),
        _figure(event.data.get("meter_wh")),
        str(event.data.get("stamp", "")),
        event.at_ms,
        event.data.get("believed") is not False,
        stopped=known is not None and known.stopped,
        progress=Progress(newest_ms=event.at_ms),
    )


def _ended(number: TransactionId, event: Event) -> Transaction:
    """Its start was never told, or may still come."""
    connector = _whole(event.data.get("connector"))
    return Transaction(number, connector, None, "", event.at_ms, begun=False, progress=Progress(newest_ms=event.at_ms))


def _with_plug(charger: Charger, event: Event) -> Charger:
    place = (_whole(event.data.get("evse")), _whole(event.data.get("plug")))
    try:
        state = ConnectorState[str(event.data.get("state"))]
    except KeyError:
        return charger
    return replace(charger, plugs={**charger.plugs, place: Plug(state, event.at_ms, event.at_ms)})


def _whole(value: EventValue) -> int:
    return value if isinstance(value, int) else 0


def _figure(value: EventValue) -> float | None:
    return float(value) if isinstance(value, int | float) else None
