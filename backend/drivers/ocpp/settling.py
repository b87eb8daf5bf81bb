"""Sessions whose end nobody reports: they are recorded as interrupted, once, with the energy as far as it was heard."""

from dataclasses import replace
from typing import Final

from backend.drivers.ocpp.charger import Charger, Outcome, Transaction
from backend.model.event import Event, EventKind, EventValue

PATIENCE_MS: Final = 10 * 60_000
"""So long after a connector is free its end may still come: chargers send what happened off line when all else is sent."""


def what_is_known(transaction: Transaction, stop_wh: float | None) -> dict[str, EventValue]:
    """What the end of a transaction tells of its beginning and its energy, as far as that is known."""
    data: dict[str, EventValue] = {"connector": transaction.connector or None}
    if transaction.begun:
        data["started_ms"] = transaction.started_ms
    start_wh = transaction.start_wh
    if start_wh is not None:
        data["start_wh"] = start_wh
        if stop_wh is not None and stop_wh >= start_wh:
            data["energy_wh"] = stop_wh - start_wh
    return data


def taken_over(charger: Charger, newcomer: Transaction) -> tuple[Charger, tuple[Event, ...]]:
    """A transaction began: what was still open on its connector, and began before, has lost its end."""
    older = [
        each
        for each in charger.transactions
        if each.is_open and each.connector == newcomer.connector and each.started_ms < newcomer.started_ms
    ]
    at_ms = newcomer.started_ms
    charger = charger.with_left((each.number for each in older), at_ms).with_transaction(newcomer)
    return _given_up(charger, [replace(each, left_ms=at_ms) for each in older])


def settled(outcome: Outcome, now_ms: int) -> Outcome:
    """With those recorded as interrupted that were left too long ago."""
    late = [
        each
        for each in outcome.charger.transactions
        if each.left_ms is not None and not each.stopped and not each.given_up and now_ms - each.left_ms >= PATIENCE_MS
    ]
    if not late:
        return outcome
    charger, events = _given_up(outcome.charger, late)
    return replace(outcome, charger=charger, events=(*outcome.events, *events))


def _given_up(charger: Charger, transactions: list[Transaction]) -> tuple[Charger, tuple[Event, ...]]:
    events: list[Event] = []
    for each in transactions:
        charger = charger.with_transaction(replace(each, given_up=True))
        events.append(_interrupted(charger.device.key, each))
    return charger, tuple(events)


def _interrupted(device: str, transaction: Transaction) -> Event:
    data: dict[str, EventValue] = {"transaction": transaction.number, "reason": "", "known": transaction.begun}
    data |= {"meter_wh": transaction.last_wh, **what_is_known(transaction, transaction.last_wh)}
    return Event(transaction.left_ms or transaction.started_ms, EventKind.SESSION_INTERRUPTED, device, data)
