"""What the API answers about a small school's morning, over a real socket."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.api.tokens import Scope
from backend.model.columns import Columns
from backend.model.device import DeviceStatus
from backend.model.event import Event, EventKind, EventValue
from backend.model.states import Connectivity
from backend.model.sync import ChildStatus, LinkState, SyncStatus
from tests.support.api import Api, running_api
from tests.support.small_cache import EIGHT_MS, NOON_MS, POWER

HOUR_MS = 3_600_000
MORNING = {"from_ms": EIGHT_MS, "to_ms": NOON_MS}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Api]:
    async with running_api(tmp_path) as running:
        yield running


async def ask(api: Api, path: str, **values: Any) -> Any:
    async with api.client(*Scope) as client:
        answer = await client.get(f"/v1{path}", params=values)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refusal(api: Api, path: str, **values: Any) -> tuple[int, str]:
    async with api.client(*Scope) as client:
        answer = await client.get(f"/v1{path}", params=values)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def walk(api: Api, path: str, **values: Any) -> list[Any]:
    """All pages, one after the other."""
    pages: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await ask(api, path, **values, **cursor)
        pages.append(page)
        if page["next_cursor"] is None:
            return pages
        cursor = {"cursor": page["next_cursor"]}


async def test_what_stands_where(api: Api) -> None:
    assert (await ask(api, "/node"))["now_ms"] == NOON_MS
    (site,) = (await ask(api, "/sites"))["items"]
    assert (site["key"], site["names"]["en"], site["installed_kw"]) == ("school", "School", 20.0)
    charger, inverter = (await ask(api, "/devices"))["items"]
    assert (charger["key"], inverter["key"], inverter["status"]["connectivity"]) == ("school/ev", "school/pv", "CONNECTED")
    assert "192.0.2.10" not in str((charger, inverter))
    points = (await ask(api, "/points", device="school/pv"))["items"]
    assert [point["key"] for point in points] == ["school/pv/ac_energy", "school/pv/ac_power"]
    assert (await ask(api, "/points", site="elsewhere"))["items"] == []


async def test_the_newest_readings(api: Api) -> None:
    rows = {row["point"]: row for row in (await ask(api, "/latest", site="school"))["items"]}
    assert rows["school/pv/ac_power"] | {"at_ms": 0} == {
        "point": "school/pv/ac_power",
        "at_ms": 0,
        "value": 6000.0,
        "unit": "W",
        "state": None,
        "severity": "good",
        "quality": "GOOD",
        "flags": [],
    }
    assert rows["school/ev/connector1.state"]["state"] == "CHARGING"


async def test_a_lost_device_has_no_good_values(api: Api) -> None:
    await api.writer.store.commit(Columns.empty(), (), (DeviceStatus("school/pv", Connectivity.LOST, NOON_MS),))
    rows = {row["point"]: row for row in (await ask(api, "/latest"))["items"]}
    assert rows["school/pv/ac_power"]["severity"] == "uncertain"
    assert rows["school/ev/connector1.state"]["severity"] == "good"


async def test_history_by_the_hour(api: Api) -> None:
    found = await ask(api, "/history", point="school/pv/ac_energy", level="1h", **MORNING)
    assert found["start_ms"] == [EIGHT_MS + hour * HOUR_MS for hour in range(4)]
    assert found["energy"][1:] == [pytest.approx(6000.0, abs=20)] * 3
    power = await ask(api, "/history", point="school/pv/ac_power", level="1h", **MORNING)
    assert (power["mean"][1], power["energy"]) == (6000.0, [None] * 4)


@pytest.mark.parametrize("level", ["raw", "1min", "15min"])
async def test_pages_of_history_hold_everything_once(api: Api, level: str) -> None:
    values = {"point": "school/pv/ac_power", "level": level, **MORNING}
    name = "at_ms" if level == "raw" else "start_ms"
    whole = (await ask(api, "/history", limit=10_000, **values))[name]
    pages = await walk(api, "/history", limit=7 if level == "15min" else 97, **values)
    assert len(pages) > 2
    assert [at_ms for page in pages for at_ms in page[name]] == whole


async def test_energy_by_day(api: Api) -> None:
    (row,) = await ask(api, "/energy", point="school/pv/ac_energy", first="2026-11-22", last="2026-11-23")
    assert row["unit"] == "Wh"
    assert list(row["days"]) == ["2026-11-23"]
    assert row["days"]["2026-11-23"] == pytest.approx(24_000, abs=100)


async def test_events_come_once_also_where_many_share_an_instant(api: Api) -> None:
    kinds = (EventKind.DEVICE_LOST, EventKind.DEVICE_CONNECTED)
    told = [Event(EIGHT_MS + count // 5, kinds[count % 2], "school/pv", {"count": count}) for count in range(23)]
    await api.writer.store.commit(Columns.empty(), told, ())
    pages = await walk(api, "/events", subject="school/pv", limit=3, **MORNING)
    assert [row["data"]["count"] for page in pages for row in page["items"]] == list(reversed(range(23)))
    lost = await walk(api, "/events", subject="school/pv", kind="device_lost", limit=2, **MORNING)
    assert [row["data"]["count"] for page in lost for row in page["items"]] == list(reversed(range(0, 23, 2)))


async def test_alarms_are_the_events_that_mean_trouble(api: Api) -> None:
    told = [
        Event(EIGHT_MS + 1, EventKind.DEVICE_LOST, "school/pv", {"cause": "timeout"}),
        Event(EIGHT_MS + 2, EventKind.DEVICE_CONNECTED, "school/pv"),
        Event(EIGHT_MS + 3, EventKind.DEVICE_HEALTH, "school/pv", {"health": "FAULT"}),
        Event(EIGHT_MS + 4, EventKind.DEVICE_HEALTH, "school/pv", {"health": "OK"}),
        Event(EIGHT_MS + 5, EventKind.CONNECTOR_STATE, "school/ev", {"state": "FAULTED"}),
        Event(EIGHT_MS + 6, EventKind.CONNECTOR_STATE, "school/ev", {"state": "AVAILABLE"}),
        Event(EIGHT_MS + 7, EventKind.BATCH_QUARANTINED, "node:あおば", {"reason": "forged"}),
    ]
    await api.writer.store.commit(Columns.empty(), told, ())
    pages = await walk(api, "/alarms", limit=2, **MORNING)
    assert [row["at_ms"] - EIGHT_MS for page in pages for row in page["items"]] == [7, 5, 3, 1]
    (row,) = (await ask(api, "/alarms", subject="node:あおば", **MORNING))["items"]
    assert (row["kind"], row["data"]) == ("batch_quarantined", {"reason": "forged"})


async def test_gaps_tell_what_is_missing_and_why(api: Api) -> None:
    minute = 60_000
    told = [
        Event(EIGHT_MS + 10 * minute, EventKind.DEVICE_LOST, "school/pv", {"cause": "timeout"}),
        Event(EIGHT_MS + 20 * minute, EventKind.DEVICE_CONNECTED, "school/pv"),
        Event(EIGHT_MS + 30 * minute, EventKind.DEVICE_LOST, "school/ev", {"cause": "silent"}),
        Event(EIGHT_MS + 40 * minute, EventKind.DATA_LOST, "node", {"from_ms": EIGHT_MS, "to_ms": EIGHT_MS + minute, "count": 7}),
    ]
    await api.writer.store.commit(Columns.empty(), told, ())
    pages = await walk(api, "/gaps", limit=1, **MORNING)
    rows = [row for page in pages for row in page["items"]]
    assert [(row["subject"], row["kind"], row["from_ms"] - EIGHT_MS, row["count"]) for row in rows] == [
        ("school/ev", "no_data", 30 * minute, None),
        ("school/pv", "no_data", 10 * minute, None),
        ("node", "lost", 0, 7),
    ]
    assert [row["to_ms"] for row in rows] == [None, EIGHT_MS + 20 * minute, EIGHT_MS + minute]
    assert [row["count"] for row in (await ask(api, "/gaps", kind="lost", **MORNING))["items"]] == [7]
    late = {"from_ms": NOON_MS - 1000, "to_ms": NOON_MS}
    assert [row["subject"] for row in (await ask(api, "/gaps", **late))["items"]] == ["school/ev"]


async def test_lost_late_and_quarantined_are_always_told(api: Api) -> None:
    alone = await ask(api, "/sync")
    assert [alone[name] for name in ("lost", "late", "quarantined", "link", "children")] == [0, 0, 0, "no_parent", []]
    told = SyncStatus(LinkState.CUT, lost=3, late=1200, quarantined=2, children=(ChildStatus("北小", NOON_MS, False, 7, 1),))
    await api.writer.store.put("sync", "main", told)
    found = await ask(api, "/sync")
    assert [found[name] for name in ("lost", "late", "quarantined", "link")] == [3, 1200, 2, "cut"]
    assert found["children"] == [{"node": "北小", "heard_ms": NOON_MS, "silent": False, "late": 7, "quarantined": 1}]


async def test_chargers_and_their_sessions(api: Api) -> None:
    (charger,) = (await ask(api, "/chargers"))["items"]
    (connector,) = charger["connectors"]
    assert (connector["number"], connector["type"], connector["state"]) == (1, "CCS", "CHARGING")
    data: dict[str, EventValue] = {
        "transaction": 7,
        "connector": 1,
        "started_ms": EIGHT_MS,
        "energy_wh": 1200.0,
        "meter_wh": 1.0,
        "reason": "Local",
    }
    ended = Event(NOON_MS - 1, EventKind.SESSION_STOPPED, "school/ev", data)
    unknown = Event(NOON_MS - 2, EventKind.SESSION_STOPPED, "school/ev", {"transaction": 6, "meter_wh": 1.0, "reason": "Local"})
    await api.writer.store.commit(Columns.empty(), (unknown, ended), ())
    first, second = (await ask(api, "/sessions", charger="school/ev", **MORNING))["items"]
    assert (first["transaction"], first["energy_wh"], first["started_ms"]) == (7, 1200.0, EIGHT_MS)
    assert (second["connector"], second["energy_wh"]) == (None, None)
    assert (first["ending"], first["stop_wh"]) == ("complete", 1.0)


async def test_sessions_of_every_version_are_one_thing(api: Api) -> None:
    """Interrupted, interrupted and ended after all, begun after the end was told: each is there once."""

    def at(minute: int, kind: EventKind, transaction: str, **data: EventValue) -> Event:
        return Event(EIGHT_MS + minute * 60_000, kind, "school/ev", {"transaction": transaction, "connector": 1, **data})

    happened = (
        at(1, EventKind.SESSION_STARTED, "late", meter_wh=100.0),
        at(9, EventKind.SESSION_STOPPED, "late", meter_wh=400.0, reason="PowerLoss"),
        at(20, EventKind.SESSION_INTERRUPTED, "left", meter_wh=900.0, start_wh=500.0, started_ms=EIGHT_MS, reason=""),
        at(30, EventKind.SESSION_INTERRUPTED, "came", meter_wh=900.0, started_ms=EIGHT_MS, reason=""),
        at(31, EventKind.SESSION_STOPPED, "came", meter_wh=950.0, started_ms=EIGHT_MS, energy_wh=50.0, reason="Local"),
    )
    await api.writer.store.commit(Columns.empty(), happened, ())
    told = {each["transaction"]: each for each in (await ask(api, "/sessions", **MORNING))["items"]}
    assert {name: (each["energy_wh"], each["ending"], each["reason"]) for name, each in told.items()} == {
        "late": (300.0, "interrupted", "PowerLoss"),
        "left": (400.0, "interrupted", ""),
        "came": (50.0, "complete", "Local"),
    }
    assert told["late"]["started_ms"] == EIGHT_MS + 60_000
    assert len((await ask(api, "/sessions", **MORNING))["items"]) == 3


async def test_chargers_of_operators_are_kept_apart(api: Api) -> None:
    (charger,) = (await ask(api, "/chargers"))["items"]
    ended = Event(NOON_MS - 1, EventKind.SESSION_STOPPED, "school/ev", {"transaction": 7, "reason": "Local"})
    await api.writer.store.commit(Columns.empty(), (ended,), ())
    for operator, count in ((charger["operator"], 1), ("somebody else", 0)):
        assert len((await ask(api, "/chargers", operator=operator))["items"]) == count
        assert len((await ask(api, "/sessions", operator=operator, **MORNING))["items"]) == count


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [
        ("/history", {"point": "school/pv/nothing", **MORNING}, (404, "point")),
        ("/history", {"point": "school/pv/ac_power", "from_ms": NOON_MS, "to_ms": EIGHT_MS}, (400, "range")),
        ("/history", {"point": "school/pv/ac_power", "level": "raw", "from_ms": 0, "to_ms": NOON_MS}, (400, "range_too_long")),
        ("/history", {"point": "school/pv/ac_power"}, (422, "invalid")),
        ("/history", {"point": "school/pv/ac_power", "cursor": "nonsense", **MORNING}, (400, "cursor")),
        ("/events", {"colour": "red", **MORNING}, (422, "invalid")),
        ("/sites", {"cursor": "WzEsMl0"}, (400, "cursor")),
        ("/energy", {"point": "school/pv/ac_power", "first": "2026-11-23", "last": "2026-11-23"}, (400, "kind")),
        ("/energy", {"point": "school/pv/ac_energy", "first": "20261123", "last": "2026-11-23"}, (422, "invalid")),
        ("/nowhere", {}, (404, "not_found")),
    ],
)
async def test_what_makes_no_sense_is_refused_as_a_problem(
    api: Api, path: str, values: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert await refusal(api, path, **values) == expected


async def test_only_reading_is_possible(api: Api) -> None:
    async with api.client(*Scope) as client:
        answers = [await client.request(method, "/v1/sites") for method in ("POST", "PUT", "DELETE", "TRACE")]
    assert [answer.status_code for answer in answers] == [405] * 4
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


async def test_long_answers_are_compressed_and_known_ones_not_sent_again(api: Api) -> None:
    values = {"point": "school/pv/ac_power", "level": "1min", **MORNING}
    async with api.client(*Scope) as client:
        first = await client.get("/v1/history", params=values)
        again = await client.get("/v1/history", params=values, headers={"If-None-Match": first.headers["etag"]})
    assert (first.headers["content-encoding"], first.headers["cache-control"]) == ("gzip", "private, no-cache")
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*"])
async def test_who_takes_gzip_gets_it(api: Api, accepted: str) -> None:
    values = {"point": "school/pv/ac_power", "level": "1min", **MORNING}
    async with api.client(*Scope) as client:
        plain = await client.get("/v1/history", params=values, headers={"Accept-Encoding": "identity"})
        packed = await client.get("/v1/history", params=values, headers={"Accept-Encoding": accepted})
        refused = await client.get("/v1/history", params=values, headers={"Accept-Encoding": "gzip;q=0"})
    assert [answer.headers.get("content-encoding") for answer in (plain, packed, refused)] == [None, "gzip", None]
    assert plain.content == packed.content == refused.content
    assert plain.headers["etag"] == packed.headers["etag"]


async def test_what_was_committed_is_in_the_next_answer(api: Api) -> None:
    async with api.client(*Scope) as client:
        for count in range(1, 15):
            await api.writer.write(POWER, np.array([NOON_MS + count]), np.array([float(count)]))
            rows = [(await client.get("/v1/latest", params={"device": "school/pv"})).json()["items"] for _ in range(2)]
            assert [row["value"] for each in rows for row in each if row["point"] == POWER.key] == [float(count)] * 2


async def test_the_description_needs_no_token_and_holds_examples(api: Api) -> None:
    async with api.stranger() as client:
        found = (await client.get("/openapi.json")).json()
    shapes = found["components"]["schemas"]
    assert shapes["DeviceShape"]["examples"]
    assert "Problem" in shapes
    assert {path.removeprefix("/v1/") for path in found["paths"]} == {
        *("node", "sync", "sites", "devices", "points", "latest", "history", "energy"),
        *("events", "alarms", "gaps", "chargers", "sessions", "stream", "readings"),
    }
    assert all(operation["security"] == [{"token": []}] for path in found["paths"].values() for operation in path.values())
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


async def test_a_damaged_token_file_lets_nobody_in(api: Api) -> None:
    async with api.client(*Scope) as client:
        api.tokens.path.write_text("nonsense")
        answer = await client.get("/v1/sites")
    assert answer.status_code == 503
