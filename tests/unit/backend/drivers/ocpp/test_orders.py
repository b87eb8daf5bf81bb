"""Operators' commands in the words of every version, and over real sockets what becomes of them."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from ocpp.messages import MessageType, get_validator

from backend.drivers.ocpp.central import CentralSystem
from backend.drivers.ocpp.dialects import DIALECTS, Dialect
from backend.drivers.ocpp.orders import CannotBeSaid
from backend.drivers.ocpp.questions import HEARTBEAT
from backend.model.command import WAYS, CommandKind, Order, Verdict
from backend.model.device import Device
from backend.settings.node import OcppListener
from tests.support.charge_point import Bare, calling, charger
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink

KEY = "hall/CP-01"
RESET = Order(KEY, CommandKind.RESET, "hard")
EVERY = [Order(KEY, kind, how, connector) for kind in CommandKind for how in (*WAYS[kind], "") for connector in (None, 0, 2)]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_whatever_can_be_said_is_by_the_book(dialect: Dialect) -> None:
    version = dialect.protocol.removeprefix("ocpp")
    said = []
    for order in EVERY:
        try:
            question = dialect.order(order)
        except CannotBeSaid:
            continue
        get_validator(MessageType.Call, question.action, version).validate(question.payload)
        said.append(order.kind)
    assert set(said) == set(CommandKind)
    for question in (HEARTBEAT, *dialect.catch_up(charger_known(), 10)):
        get_validator(MessageType.Call, question.action, version).validate(question.payload)


def charger_known() -> Any:
    from backend.drivers.ocpp.charger import Charger, Transaction

    return Charger(charger()).with_transaction(Transaction("t", 2, None, "", 5))


@pytest.mark.parametrize(
    ("protocol", "order", "action", "payload"),
    [
        ("ocpp1.6", RESET, "Reset", {"type": "Hard"}),
        ("ocpp2.0.1", RESET, "Reset", {"type": "Immediate"}),
        ("ocpp2.1", Order(KEY, CommandKind.RESET, "", 2), "Reset", {"type": "OnIdle", "evseId": 2}),
        ("ocpp1.6", Order(KEY, CommandKind.UNLOCK, "", 2), "UnlockConnector", {"connectorId": 2}),
        ("ocpp2.0.1", Order(KEY, CommandKind.UNLOCK, "", 2), "UnlockConnector", {"evseId": 2, "connectorId": 1}),
        (
            "ocpp1.6",
            Order(KEY, CommandKind.AVAILABILITY, "off"),
            "ChangeAvailability",
            {"connectorId": 0, "type": "Inoperative"},
        ),
        (
            "ocpp2.0.1",
            Order(KEY, CommandKind.AVAILABILITY, "on", 1),
            "ChangeAvailability",
            {"operationalStatus": "Operative", "evse": {"id": 1}},
        ),
        ("ocpp1.6", Order(KEY, CommandKind.TRIGGER), "TriggerMessage", {"requestedMessage": "StatusNotification"}),
        (
            "ocpp2.0.1",
            Order(KEY, CommandKind.TRIGGER, "transaction", 1),
            "TriggerMessage",
            {"requestedMessage": "TransactionEvent", "evse": {"id": 1}},
        ),
    ],
)
def test_words(protocol: str, order: Order, action: str, payload: dict[str, Any]) -> None:
    assert DIALECTS[protocol].order(order)[:2] == (action, payload)


@asynccontextmanager
async def listening(answer_s: float = 5.0) -> AsyncGenerator[tuple[CentralSystem, str]]:
    system = CentralSystem(OcppListener("127.0.0.1", 0), settle_s=3600.0, tick_s=0.01, answer_s=answer_s)
    devices: list[Device] = [charger()]
    async with system.serve(devices, RecordingSink(), FakeClock(), lambda key: None):
        yield system, f"ws://127.0.0.1:{system.port}/ocpp"


async def obey(cp: Bare, answer: list[Any]) -> list[Any]:
    """Wait for a call and answer it in this way; gives the call."""
    call = await cp.receive()
    await cp.raw(json.dumps([answer[0], call[1], *answer[1:]]))
    return call


@pytest.mark.parametrize("version", list(DIALECTS))
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ([3, {"status": "Accepted"}], (Verdict.ACCEPTED, "Accepted")),
        ([3, {"status": "Scheduled"}], (Verdict.SCHEDULED, "Scheduled")),
        ([3, {"status": "Rejected"}], (Verdict.REFUSED, "Rejected")),
        ([3, {}], (Verdict.REFUSED, "")),
        ([4, "NotSupported", "", {}], (Verdict.REFUSED, "NotSupported")),
    ],
)
async def test_the_answer_is_the_verdict(version: str, answer: list[Any], verdict: tuple[Verdict, str]) -> None:
    sent: list[bool] = []
    async with listening() as (system, url), calling(url, subprotocols=[version]) as cp, asyncio.TaskGroup() as tasks:
        await cp.ask("Heartbeat", {})
        asked = tasks.create_task(system.command(RESET, lambda: sent.append(True)))
        call = await obey(cp, answer)
        assert call[2] == "Reset"
        assert await asked == verdict
        assert sent == [True]
        assert (await cp.ask("Heartbeat", {}))[0] == 3


async def test_a_silent_charger_times_out_and_is_still_served() -> None:
    async with listening(answer_s=0.05) as (system, url), calling(url) as cp:
        await cp.ask("Heartbeat", {})
        assert await system.command(RESET, lambda: None) == (Verdict.TIMED_OUT, "")
        assert (await cp.receive())[2] == "Reset"
        assert (await cp.ask("Heartbeat", {}))[0] == 3


async def test_a_line_that_is_lost_meanwhile_is_told_at_once() -> None:
    async with listening(answer_s=60) as (system, url), calling(url) as cp, asyncio.TaskGroup() as tasks:
        await cp.ask("Heartbeat", {})
        asked = tasks.create_task(system.command(RESET, lambda: None))
        await cp.receive()
        cp.socket.transport.abort()
        async with asyncio.timeout(2):
            assert await asked == (Verdict.TIMED_OUT, "")


async def test_nothing_is_sent_to_who_is_not_there_or_has_no_such_words() -> None:
    sent: list[bool] = []
    async with listening() as (system, url):
        assert await system.command(RESET, lambda: sent.append(True)) == (Verdict.OFFLINE, "")
        async with calling(url) as cp:
            await cp.ask("Heartbeat", {})
            order = Order(KEY, CommandKind.TRIGGER, "transaction")
            assert await system.command(order, lambda: sent.append(True)) == (Verdict.UNSUPPORTED, "")
    assert await system.command(RESET, lambda: sent.append(True)) == (Verdict.OFFLINE, "")
    assert sent == []


async def test_two_orders_go_out_one_after_the_other() -> None:
    async with listening() as (system, url), calling(url) as cp, asyncio.TaskGroup() as tasks:
        await cp.ask("Heartbeat", {})
        first = tasks.create_task(system.command(RESET, lambda: None))
        second = tasks.create_task(system.command(Order(KEY, CommandKind.UNLOCK, "", 1), lambda: None))
        call = await cp.receive()
        assert call[2] == "Reset"
        await cp.raw('[2,"beat","Heartbeat",{}]')
        assert (await cp.receive())[:2] == [3, "beat"], "the second waits for the answer to the first"
        await cp.raw(json.dumps([3, call[1], {"status": "Accepted"}]))
        assert (await obey(cp, [3, {"status": "UnlockFailed"}]))[2] == "UnlockConnector"
        assert (await first, await second) == ((Verdict.ACCEPTED, "Accepted"), (Verdict.REFUSED, "UnlockFailed"))
