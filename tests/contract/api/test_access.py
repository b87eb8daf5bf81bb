"""Who may ask what, and how often."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from backend.api.tokens import Scope, token_file
from backend.api.v1.application import create_application
from backend.api.v1.follower import Follower
from backend.api.v1.service import Service
from backend.model.clock import SystemClock
from tests.support.api import Api, running_api
from tests.support.clock import FakeClock
from tests.support.reader import FakeReader
from tests.support.small_cache import EIGHT_MS, NOON_MS

MORNING = f"from_ms={EIGHT_MS}&to_ms={NOON_MS}"
NEEDS = {
    "/v1/node": Scope.PLACES,
    "/v1/sites": Scope.PLACES,
    "/v1/devices": Scope.PLACES,
    "/v1/points": Scope.PLACES,
    "/v1/latest": Scope.VALUES,
    f"/v1/history?point=school/pv/ac_power&{MORNING}": Scope.VALUES,
    "/v1/energy?point=school/pv/ac_energy&first=2026-11-23&last=2026-11-23": Scope.VALUES,
    f"/v1/events?{MORNING}": Scope.EVENTS,
    f"/v1/alarms?{MORNING}": Scope.EVENTS,
    f"/v1/gaps?{MORNING}": Scope.EVENTS,
    "/v1/sync": Scope.PLACES,
    "/v1/chargers": Scope.CHARGERS,
    f"/v1/sessions?{MORNING}": Scope.CHARGERS,
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Api]:
    async with running_api(tmp_path) as running:
        yield running


async def test_each_route_needs_its_own_scope_and_no_other_opens_it(api: Api) -> None:
    for scope in Scope:
        async with api.client(scope) as client:
            answers = {path: (await client.get(path)).status_code for path in NEEDS}
        assert answers == {path: 200 if needed is scope else 403 for path, needed in NEEDS.items()}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer enemado_0123456789ab_guess"])
async def test_nobody_gets_in_without_a_token(api: Api, header: str) -> None:
    async with api.stranger() as client:
        answers = [await client.get(path, headers={"Authorization": header}) for path in [*NEEDS, "/v1/stream", "/v1/nothing"]]
        answers.append(await client.post("/v1/readings", headers={"Authorization": header}))
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["type"] for answer in answers} == {"urn:enemado:problem:token"}
    assert all(answer.headers["www-authenticate"].startswith("Bearer") for answer in answers)


async def test_an_answer_that_is_remembered_is_given_to_nobody_who_may_not_see_it(api: Api) -> None:
    path = "/v1/latest?site=school"
    async with api.client(Scope.VALUES) as may, api.client(Scope.PLACES) as may_not, api.stranger() as stranger:
        assert [(await may.get(path)).status_code for _ in range(2)] == [200, 200]
        assert [(await client.get(path)).status_code for client in (may_not, stranger, may)] == [403, 401, 200]


async def test_a_revoked_token_is_refused_at_once_and_an_expired_one_too(api: Api) -> None:
    async with api.client(*Scope) as client:
        assert (await client.get("/v1/sites")).status_code == 200
        assert api.tokens.revoke(api.tokens.all()[0].id)
        assert (await client.get("/v1/sites")).status_code == 401
    _, word = api.tokens.create("old", tuple(Scope), SystemClock().now_ms() - 2 * 86_400_000, 1)
    async with api.stranger() as client:
        assert (await client.get("/v1/sites", headers={"Authorization": f"Bearer {word}"})).status_code == 401


async def test_too_many_requests_are_told_when_to_come_back_and_others_are_not_disturbed(tmp_path: Path) -> None:
    clock, tokens = FakeClock(NOON_MS), token_file(tmp_path / "node.enemado")
    words = [tokens.create(name, (Scope.PLACES,), NOON_MS, 1)[1] for name in ("hasty", "other")]
    reader = FakeReader()
    transport = httpx.ASGITransport(create_application(Service(reader, tokens, Follower(reader), clock=clock, per_second=0.6)))
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:

        async def ask(word: str) -> httpx.Response:
            return await client.get("/v1/sites", headers={"Authorization": f"Bearer {word}"})

        assert [(await ask(words[0])).status_code for _ in range(3)] == [200] * 3
        refused = await ask(words[0])
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert (await ask(words[1])).status_code == 200
        clock.advance(3.0)
        assert (await ask(words[0])).status_code == 200


async def test_whoever_guesses_is_slowed_down(api: Api) -> None:
    async with api.stranger() as client:
        guesses = [await client.get("/v1/sites", headers={"Authorization": f"Bearer guess-{n}"}) for n in range(30)]
        assert {answer.status_code for answer in guesses} == {401, 429}
        async with api.client(*Scope) as known:
            assert (await known.get("/v1/sites")).status_code == 200
