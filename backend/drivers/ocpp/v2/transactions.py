"""TransactionEvent: events of a transaction come late, twice, in another order, or not at all (OCPP 2.0.1, E, part 2).

The station numbers them; the charging state follows the highest number, a start and an end are recorded once each, and every
meter value keeps its own time.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from backend.drivers.ocpp.charger import Charger, Outcome, Progress, Transaction
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.meter import Sample, newest_register, readings_of
from backend.drivers.ocpp.settling import taken_over, what_is_known
from backend.drivers.ocpp.stamps import Stamp, read_stamp
from backend.drivers.ocpp.v2.meter import first_register, register_at_begin, samples_of
from backend.drivers.ocpp.v2.places import freed_ms, is_past, moved, state_in, state_readings, state_specs
from backend.model.event import Event, EventKind, EventValue
from backend.model.states import ChargingState, ConnectorState

CHARGING: Final[Mapping[str, ChargingState]] = {
    "Charging": ChargingState.CHARGING,
    "EVConnected": ChargingState.EV_CONNECTED,
    "Idle": ChargingState.IDLE,
    "SuspendedEV": ChargingState.SUSPENDED_EV,
    "SuspendedEVSE": ChargingState.SUSPENDED_EVSE,
}
"""ChargingStateEnumType."""
_CONNECTED: Final = frozenset(CHARGING.values()) - {ChargingState.IDLE}
_FLOWS: Final = _CONNECTED - {ChargingState.EV_CONNECTED}
_REMEMBERED: Final = 64
_LONGEST_REASON: Final = 40


def transaction_event(charger: Charger, payload: Payload, now_ms: int) -> Outcome:
    """What a station tells of a transaction; a repeat changes nothing."""
    stamp = read_stamp(payload["timestamp"], now_ms)
    known = charger.transaction(payload["transactionInfo"]["transactionId"])
    mark = f"{payload['seqNo']}/{payload['eventType']}/{payload['timestamp']}"[:80]
    if known is not None and mark in known.progress.recent:
        return Outcome(charger, {})
    told = known or _unheard(charger, payload, stamp)
    evse = payload.get("evse", {}).get("id", 0) or told.connector
    samples = samples_of(evse, payload.get("meterValue", ()), now_ms) if evse else ()
    told = replace(told, connector=evse, progress=_further(told.progress, payload, stamp, mark))
    told = _metered(told, payload, samples, now_ms)
    charger, told, events = _recorded(charger, told, payload, stamp)
    if told.connector and is_past(charger, told):
        told = replace(told, left_ms=told.left_ms or freed_ms(charger, told.connector))
        charger = charger.with_transaction(told)
    return _outcome(charger, told, replace(stamp, at_ms=min(stamp.at_ms, now_ms)), samples, events)


def _unheard(charger: Charger, payload: Payload, stamp: Stamp) -> Transaction:
    """One that we hear of for the first time, by whichever of its events."""
    places = {plate.number for plate in charger.device.connectors} | {number for number in charger.connectors if number}
    evse = places.pop() if len(places) == 1 else 0
    number: str = payload["transactionInfo"]["transactionId"]
    return Transaction(number, evse, None, "", stamp.at_ms, stamp.own, begun=False)


def _further(progress: Progress, payload: Payload, stamp: Stamp, mark: str) -> Progress:
    seq: int = payload["seqNo"]
    charging = CHARGING.get(payload["transactionInfo"].get("chargingState", ""))
    newest = (seq, stamp.at_ms) >= (progress.newest_seq, progress.newest_ms)
    return replace(
        progress,
        charging=charging if newest and charging is not None else progress.charging,
        connected=progress.connected or charging in _CONNECTED,
        charged=progress.charged or charging in _FLOWS,
        newest_seq=max(progress.newest_seq, seq),
        newest_ms=stamp.at_ms if newest else progress.newest_ms,
        first_seq=seq if progress.first_seq is None else min(progress.first_seq, seq),
        count=progress.count + 1,
        recent=(*progress.recent, mark)[-_REMEMBERED:],
    )


def _metered(told: Transaction, payload: Payload, samples: tuple[Sample, ...], now_ms: int) -> Transaction:
    """Its registers: of the beginning as the station marks it, else the first one of its start or that was heard at all."""
    begin_wh = register_at_begin(told.connector, payload.get("meterValue", ()), now_ms)
    if begin_wh is None and (told.start_wh is None or payload["eventType"] == "Started"):
        begin_wh = first_register(told.connector, samples)
    last_wh = newest_register(told.connector, samples)
    return replace(
        told,
        start_wh=told.start_wh if begin_wh is None else begin_wh,
        last_wh=told.last_wh if last_wh is None else last_wh,
    )


def _recorded(
    charger: Charger, told: Transaction, payload: Payload, stamp: Stamp
) -> tuple[Charger, Transaction, tuple[Event, ...]]:
    device = charger.device.key
    match payload["eventType"]:
        case "Started" if not told.begun:
            told = replace(told, begun=True, started_ms=stamp.at_ms, believed=stamp.own, stamp=payload["timestamp"][:40])
            charger, events = taken_over(charger, told)
            return charger, told, (*events, Event(stamp.at_ms, EventKind.SESSION_STARTED, device, _start_data(told)))
        case "Ended" if not told.stopped:
            event = Event(stamp.at_ms, EventKind.SESSION_STOPPED, device, _stop_data(told, payload))
            told = replace(told, stopped=True)
            return charger.with_transaction(told), told, (event,)
        case _:
            told = replace(told, left_ms=None) if _goes_on(charger, told, stamp) else told
            return charger.with_transaction(told), told, ()


def _goes_on(charger: Charger, told: Transaction, stamp: Stamp) -> bool:
    """Whether it was thought to be left behind, but is heard of later than that, and nobody else is there."""
    other = charger.open_on(told.connector)
    return told.left_ms is not None and stamp.at_ms > told.left_ms and other is None


def _start_data(told: Transaction) -> dict[str, EventValue]:
    return {
        "connector": told.connector,
        "transaction": told.number,
        "meter_wh": told.start_wh,
        "stamp": told.stamp,
        "believed": told.believed,
    }


def _stop_data(told: Transaction, payload: Payload) -> dict[str, EventValue]:
    info: Mapping[str, Any] = payload["transactionInfo"]
    reason: str = info.get("stoppedReason", "Local")
    data: dict[str, EventValue] = {
        "transaction": told.number,
        "meter_wh": told.last_wh,
        "reason": reason[:_LONGEST_REASON],
        "known": told.begun,
    }
    if told.progress.missing:
        data["missing"] = told.progress.missing
    return data | what_is_known(told, told.last_wh)


def _outcome(
    charger: Charger, told: Transaction, stamp: Stamp, samples: tuple[Sample, ...], events: tuple[Event, ...]
) -> Outcome:
    readings = readings_of(charger.device.key, samples)
    specs = tuple(sample.spec for sample in samples)
    if not told.connector:
        return Outcome(charger, {}, specs, readings, events=events)
    before = charger.connectors.get(told.connector)
    since_ms = told.left_ms or (before.since_ms if before is not None else 0)
    now = moved(charger, told.connector, stamp)
    if not now.readings and stamp.at_ms < since_ms:
        # It came too late to change what is now, but that is how it was then.
        history = state_readings(charger.device.key, told.connector, *_as_it_was(told), stamp)
        readings, specs = (*readings, *history), (*specs, *state_specs(told.connector))
    return replace(now, specs=(*specs, *now.specs), readings=(*readings, *now.readings), events=(*events, *now.events))


def _as_it_was(told: Transaction) -> tuple[ConnectorState, ChargingState]:
    if told.stopped:
        return ConnectorState.FINISHING, ChargingState.EV_CONNECTED
    return state_in(told), told.progress.charging
