"""What gateways of third parties write, over a real socket into a real store: kept before it is acknowledged, and once."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.api.tokens import Scope
from backend.model.event import EventKind
from backend.wire.plain import LARGEST_BYTES
from tests.support.api import METER, Api, running_api
from tests.support.until import until

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Api]:
    async with running_api(tmp_path, gateways=True) as running:
        yield running


def batch(sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """One reading; what is ``...`` is left out."""
    reading = {"point": "school/meter/power", "at": NOW.isoformat(), "value": 1480.0, **changes}
    return {"sequence": sequence, "readings": [{name: each for name, each in reading.items() if each is not ...}]}


async def latest(client: Any) -> dict[str, Any]:
    rows = (await client.get("/v1/latest", params={"device": METER.key})).json()["items"]
    return {row["point"].rpartition("/")[2]: row for row in rows}


async def test_what_was_acknowledged_can_be_read_at_once_with_its_label(api: Api) -> None:
    async with api.gateway(METER.key) as client:
        answer = await client.post("/v1/readings", json=batch())
        assert (answer.status_code, answer.json()) == (200, {"sequence": 1, "readings": 1, "repeated": False})
        power = (await latest(client))["power"]
    assert (power["value"], power["flags"], power["severity"]) == (1480.0, ["ATTESTED"], "good")


async def test_an_absent_value_is_bad_and_never_zero(api: Api) -> None:
    async with api.gateway(METER.key) as client:
        assert (await client.post("/v1/readings", json=batch(value=None))).status_code == 200
        power = (await latest(client))["power"]
    assert (power["value"], power["severity"]) == (None, "bad")


async def test_a_repeat_is_answered_alike_and_another_content_refused(api: Api) -> None:
    async with api.gateway(METER.key) as client:
        again = {**batch(), "sequence": 1.0}
        answers = [await client.post("/v1/readings", json=each) for each in (batch(), again, batch(value=1.0), batch(2))]
        assert [answer.status_code for answer in answers] == [200, 200, 409, 200]
        assert [answer.json().get("repeated") for answer in answers] == [False, True, None, False]
        assert answers[2].json()["type"] == "urn:enemado:problem:sequence"
    async with api.client(Scope.EVENTS) as reader:
        await until(lambda: told(reader, EventKind.READINGS_REFUSED))


async def told(client: Any, kind: EventKind) -> bool:
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    span = {"from_ms": now_ms - 3_600_000, "to_ms": now_ms + 3_600_000}
    return bool((await client.get("/v1/events", params={"kind": kind.value, **span})).json()["items"])


async def test_the_same_batch_many_times_at_once_is_kept_once(api: Api) -> None:
    async with api.gateway(METER.key) as client:
        answers = await asyncio.gather(*(client.post("/v1/readings", json=batch()) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["repeated"] for answer in answers) == [False] + [True] * 19


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (batch(point="school/pv/ac_power"), (403, "device")),
        (batch(point="school/meter/nothing"), (404, "point")),
        (batch(point="school"), (403, "device")),
        (batch(at=(NOW + timedelta(days=2)).isoformat()), (400, "time")),
        (batch(at="1999-12-31T23:59:59Z"), (400, "time")),
        (batch(at="2026-11-23T11:42:07"), (422, "invalid")),
        (batch(value="12"), (422, "invalid")),
        (batch(colour="red"), (422, "invalid")),
        (batch(at=...), (422, "invalid")),
        (batch(0), (422, "invalid")),
        ({**batch(), "sequence": 1.5}, (422, "invalid")),
        ({**batch(), "sequence": True}, (422, "invalid")),
        ({**batch(), "sequence": 1e300}, (422, "invalid")),
        ({"sequence": 1, "readings": []}, (422, "invalid")),
        ([], (422, "invalid")),
    ],
)
async def test_what_cannot_be_taken_is_refused_whole(api: Api, sent: Any, expected: tuple[int, str]) -> None:
    if isinstance(sent, dict) and sent["readings"]:
        sent = {**sent, "readings": [*batch()["readings"], *sent["readings"]]}
    async with api.gateway(METER.key) as client:
        answer = await client.post("/v1/readings", json=sent)
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == expected
        assert answer.headers["content-type"] == "application/problem+json"
        assert "power" not in await latest(client)


async def test_only_json_of_a_bearable_size_is_looked_at(api: Api) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(LARGEST_BYTES // 65_536 + 2):
            yield b" " * 65_536

    json = {"Content-Type": "application/json"}
    async with api.gateway(METER.key) as client:
        answers = [
            await client.post("/v1/readings", content=b" " * (LARGEST_BYTES + 1), headers=json),
            await client.post("/v1/readings", content=endless(), headers=json),
            await client.post("/v1/readings", content=b"{}", headers={"Content-Type": "text/plain"}),
            await client.post("/v1/readings", content=b"\xff\xfe", headers=json),
            await client.post("/v1/readings", content=b"[" * 100_000, headers=json),
        ]
    assert [answer.status_code for answer in answers] == [413, 413, 415, 422, 422]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


async def test_nobody_else_writes(api: Api) -> None:
    async with api.client(*(scope for scope in Scope if scope is not Scope.WRITE)) as reader:
        assert (await reader.post("/v1/readings", json=batch())).status_code == 403
    async with api.client(Scope.WRITE) as bound_to_nothing:
        assert (await bound_to_nothing.post("/v1/readings", json=batch())).status_code == 403
    async with api.stranger() as stranger:
        assert (await stranger.post("/v1/readings", json=batch())).status_code == 401


async def test_a_node_without_gateways_takes_nothing(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, api.gateway(METER.key) as client:
        answer = await client.post("/v1/readings", json=batch())
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:enemado:problem:point")
