"""The live stream over a real socket: what is there, what changes, and what was missed in between."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from backend.api.tokens import Scope
from backend.model.columns import Columns
from backend.model.device import DeviceStatus
from backend.model.event import Event, EventKind
from backend.model.states import Connectivity
from tests.support.api import Api, running_api
from tests.support.small_cache import NOON_MS, POWER

Told = tuple[str, str, Any]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Api]:
    async with running_api(tmp_path) as running:
        yield running


async def told(answer: httpx.Response) -> AsyncIterator[Told]:
    """Messages as a browser would hand them out: kind, id, data."""
    message: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if not line and "event" in message:
            yield message["event"], message["id"], json.loads(message["data"])
            message = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            message[name] = value


async def happen(api: Api, *counts: int) -> None:
    events = [Event(NOON_MS + count, EventKind.MALFORMED, "school/pv", {"count": count}) for count in counts]
    await api.writer.store.commit(Columns.empty(), events, ())


async def write_power(api: Api, at_ms: int, value: float) -> None:
    await api.writer.write(POWER, np.array([at_ms]), np.array([value]))


async def until_told(stream: AsyncIterator[Told], kind: str, count: int = 1) -> list[Told]:
    found: list[Told] = []
    async for message in stream:
        if message[0] == kind:
            found.append(message)
            if len(found) == count:
                return found
    raise AssertionError(f"the stream ended after {found}")


async def test_first_everything_then_what_changes(api: Api) -> None:
    async with api.client(*Scope) as client, client.stream("GET", "/v1/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = told(answer)
        ((_, _, rows),) = await until_told(stream, "readings")
        assert {row["point"]: row["value"] for row in rows}["school/pv/ac_power"] == 6000.0
        await write_power(api, NOON_MS + 1000, 7100.0)
        ((_, _, rows),) = await until_told(stream, "readings")
        assert [(row["point"], row["value"]) for row in rows] == [("school/pv/ac_power", 7100.0)]
        await api.writer.store.commit(Columns.empty(), (), (DeviceStatus("school/pv", Connectivity.LOST, NOON_MS),))
        ((_, _, rows),) = await until_told(stream, "readings")
        assert {row["severity"] for row in rows} == {"uncertain"}


async def test_events_missed_during_a_cut_are_told_in_order_and_once(api: Api) -> None:
    async with api.client(*Scope) as client:
        async with client.stream("GET", "/v1/stream", params={"about": "events"}) as answer:
            stream = told(answer)
            await happen(api, 1, 2)
            first = await until_told(stream, "happened", 2)
        await happen(api, *range(3, 1200))
        resume = {"Last-Event-ID": first[-1][1]}
        async with client.stream("GET", "/v1/stream", params={"about": "events"}, headers=resume) as answer:
            rest = await until_told(told(answer), "happened", 1197)
    assert [data["data"]["count"] for _, _, data in first + rest] == list(range(1, 1200))


async def test_an_id_of_another_store_is_answered_with_a_reset(api: Api) -> None:
    old = {"Last-Event-ID": "abcdef.7"}
    async with api.client(*Scope) as client, client.stream("GET", "/v1/stream", headers=old) as answer:
        kind, place, data = await anext(told(answer))
    assert kind == "reset"
    assert place.startswith(data["epoch"])


async def test_a_stream_tells_of_one_site_only(api: Api) -> None:
    async with api.client(*Scope) as client, client.stream("GET", "/v1/stream", params={"site": "school"}) as answer:
        stream = told(answer)
        await until_told(stream, "readings")
        await api.writer.store.commit(Columns.empty(), [Event(NOON_MS, EventKind.MALFORMED, "other/pv")], ())
        await happen(api, 5)
        ((_, _, data),) = await until_told(stream, "happened")
    assert data["subject"] == "school/pv"


async def test_a_stream_needs_the_scopes_of_what_it_tells(api: Api) -> None:
    async with api.client(Scope.EVENTS) as client:
        refused = await client.get("/v1/stream")
        async with client.stream("GET", "/v1/stream", params={"about": "events"}) as answer:
            assert answer.status_code == 200
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:enemado:problem:scope")


async def test_a_revoked_token_ends_its_stream(api: Api) -> None:
    async with api.client(*Scope) as client, client.stream("GET", "/v1/stream") as answer:
        stream = told(answer)
        await until_told(stream, "readings")
        assert api.tokens.revoke(api.tokens.all()[0].id)
        await write_power(api, NOON_MS + 1000, 7100.0)
        assert [message async for message in stream] == []
