"""StartTransaction and StopTransaction: numbers that never repeat, reports that may (OCPP 1.6, sections 4.8, 4.10)."""

from dataclasses import replace
from typing import Final

from backend.drivers.ocpp.charger import Charger, Outcome, Transaction
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.meter import read_samples, readings_of
from backend.drivers.ocpp.points import register_spec
from backend.drivers.ocpp.settling import taken_over, what_is_known
from backend.drivers.ocpp.stamps import Stamp, read_stamp
from backend.drivers.ocpp.status import with_session
from backend.model.device import ConnectorStatus
from backend.model.event import Event, EventKind, EventValue
from backend.model.reading import Reading

_NUMBERS_FROM_MS: Final = 1_735_689_600_000
"""2025-01-01: with one number a second, 31 bits last until 2093."""
_STAMP_LENGTH: Final = 40


def next_number(now_ms: int, last: int) -> int:
    """A transaction number above all earlier ones, also after a restart that forgot them."""
    return max(last + 1, (now_ms - _NUMBERS_FROM_MS) // 1000, 1)


def start_transaction(charger: Charger, payload: Payload, now_ms: int, number: int) -> Outcome:
    """A new transaction, or the same answer again for one that is reported twice."""
    connector: int = payload["connectorId"]
    stamp = read_stamp(payload["timestamp"], now_ms)
    start_wh = float(payload["meterStart"])
    text: str = payload["timestamp"][:_STAMP_LENGTH]
    known = _reported_before(charger, connector, text, start_wh, stamp)
    if known is not None:
        return Outcome(charger, {"transactionId": known.number})
    transaction = Transaction(number, connector, start_wh, text, stamp.at_ms, stamp.own)
    charger, interrupted = taken_over(charger, transaction)
    data: dict[str, EventValue] = {
        "connector": connector,
        "transaction": number,
        "meter_wh": start_wh,
        "stamp": transaction.stamp,
        "believed": stamp.own,
    }
    event = Event(stamp.at_ms, EventKind.SESSION_STARTED, charger.device.key, data)
    charger, states = _refresh(charger, connector)
    register = _register(charger.device.key, connector, start_wh, stamp)
    return Outcome(charger, {"transactionId": number}, (register_spec(connector),), (register,), states, (*interrupted, event))


def stop_transaction(charger: Charger, payload: Payload, now_ms: int) -> Outcome:
    """The end of a transaction. One that we never heard of is accepted and recorded too: its energy was delivered."""
    stamp = read_stamp(payload["timestamp"], now_ms)
    known = charger.transaction(payload["transactionId"])
    text: str = payload["timestamp"][:_STAMP_LENGTH]
    if known is not None and known.stopped:
        if not known.foreign or known.stamp == text:
            return Outcome(charger, {})
        known = None
    connector = known.connector if known is not None else _only_connector(charger)
    stop_wh = float(payload["meterStop"])
    event = Event(stamp.at_ms, EventKind.SESSION_STOPPED, charger.device.key, _stop_data(payload, known, stop_wh))
    charger = _ended(charger, payload, known, stamp)
    if connector is None:
        return Outcome(charger, {}, events=(event,))
    charger, states = _refresh(charger, connector)
    samples = tuple(read_samples(connector, payload.get("transactionData", ()), now_ms))
    specs = (register_spec(connector), *(sample.spec for sample in samples))
    register = _register(charger.device.key, connector, stop_wh, stamp)
    readings = (*readings_of(charger.device.key, samples), register)
    return Outcome(charger, {}, specs, readings, states, (event,))


def _ended(charger: Charger, payload: Payload, known: Transaction | None, stamp: Stamp) -> Charger:
    """Numbers that are not ours may come again for another session: they are told apart by the stamp of their end."""
    if known is not None:
        return charger.with_transaction(replace(known, stopped=True))
    text: str = payload["timestamp"][:_STAMP_LENGTH]
    ended = Transaction(payload["transactionId"], 0, 0.0, text, stamp.at_ms, stamp.own, stopped=True, foreign=True)
    return charger.with_transaction(ended)


def _reported_before(charger: Charger, connector: int, text: str, start_wh: float, stamp: Stamp) -> Transaction | None:
    """A clock that stands still writes the same stamp for every transaction: then only an open one can be meant."""
    for known in reversed(charger.transactions):
        same = known.connector == connector and known.stamp == text and known.start_wh == start_wh
        if same and (stamp.own or not known.stopped):
            return known
    return None


def _stop_data(payload: Payload, known: Transaction | None, stop_wh: float) -> dict[str, EventValue]:
    data: dict[str, EventValue] = {
        "transaction": payload["transactionId"],
        "meter_wh": stop_wh,
        "reason": payload.get("reason", "Local"),
        "known": known is not None,
    }
    return data if known is None else data | what_is_known(known, stop_wh)


def _only_connector(charger: Charger) -> int | None:
    numbers = {plate.number for plate in charger.device.connectors} | {number for number in charger.connectors if number}
    return numbers.pop() if len(numbers) == 1 else None


def _register(device: str, connector: int, register_wh: float, stamp: Stamp) -> Reading:
    return Reading(f"{device}/{register_spec(connector).name}", stamp.at_ms, register_wh, flags=stamp.flags)


def _refresh(charger: Charger, connector: int) -> tuple[Charger, tuple[ConnectorStatus, ...]]:
    """The connector's status with the session as it stands now; nothing where no status is known yet."""
    before = charger.connectors.get(connector)
    if before is None:
        return charger, ()
    status = with_session(charger, before)
    return (charger, ()) if status == before else (charger.with_connector(status), (status,))
