"""Child and parent over a real socket: who is let in, as whom, and what a line does when it is bad."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from backend.http.problems import Problem
from backend.identity.authority import Authority
from backend.identity.certificates import issue_node, pem_of, read_request
from backend.identity.credentials import Credentials
from backend.identity.tls import blind_context, client_context
from backend.sync import line as lines
from backend.sync.line import Line, LineCut, Refused, Unenrolled
from tests.support.applicant import Applicant
from tests.support.fault_proxy import Fault, Kind, fault_proxy
from tests.support.node_process import free_ports
from tests.support.until import until
from tests.unit.backend.sync.conftest import NOW_MS, Town

DAY_MS = 86_400_000


@asynccontextmanager
async def line_of(town: Town, credentials: Credentials, url: str = "") -> AsyncGenerator[Line]:
    line = Line.of_member(url or town.url, credentials)
    try:
        yield line
    finally:
        await line.close()


async def refusal(asking: Awaitable[object]) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        await asking
    return caught.value.status, caught.value.code


@pytest.fixture
def school(town: Town) -> Credentials:
    return Applicant("緑ヶ丘小学校").settle(town.authority, town.folder / "school.enemado", NOW_MS)


async def test_a_member_is_known_by_name_and_a_stranger_by_nothing(town: Town, school: Credentials) -> None:
    stranger = Line(town.url, school.stranger_context)
    async with town.open(), line_of(town, school) as line:
        assert (await line.get("/who")).body.decode() == "緑ヶ丘小学校"
        assert (await line.post("/take", b"x" * 1000)).body == b"1000"
        assert await refusal(stranger.get("/who")) == (401, "no_certificate")
        assert (await stranger.get("/open")).body == b"anybody"
        await stranger.close()
    assert town.refused() == {"no_certificate": 1}


async def test_who_is_revoked_is_refused_on_the_open_connection(town: Town, school: Credentials) -> None:
    async with town.open(), line_of(town, school) as line:
        await line.get("/who")
        town.authority.revoke(town.authority.registry.members(), NOW_MS)
        assert await refusal(line.get("/who")) == (403, "revoked")


async def test_who_the_registry_does_not_know_is_unknown(town: Town, school: Credentials) -> None:
    strange = Authority(town.folder / "other")
    strange.create("Town", NOW_MS)
    async with town.open(), line_of(town, school) as line:
        await line.get("/who")
        strange.registry.path.replace(town.authority.registry.path)
        assert await refusal(line.get("/who")) == (403, "unknown")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("expired", "expired"), ("early", "not_yet_valid"), ("other authority", "unknown_authority"), ("self", "unknown_authority")],
)
async def test_a_certificate_that_does_not_hold_is_refused_and_told(
    town: Town, school: Credentials, fault: str, reason: str
) -> None:
    thief = Applicant("緑ヶ丘小学校")
    signing = town.authority
    if fault in {"other authority", "self"}:
        signing = Authority(town.folder / "other")
        signing.create("Town" if fault == "other authority" else "緑ヶ丘小学校", NOW_MS)
    begins_ms = NOW_MS + {"expired": -31, "early": 1}.get(fault, 0) * DAY_MS
    shown = pem_of(issue_node(read_request(thief.request), signing.certificates()[0], signing._key(1), begins_ms))
    line = Line(town.url, lambda: client_context(school.authorities, shown, thief.private))
    async with town.open():
        with pytest.raises(LineCut):
            await line.get("/who")
        await until(lambda: town.told)
        await line.close()
    assert town.refused() == {reason: 1}


async def test_a_node_believes_no_other_server(town: Town, school: Credentials) -> None:
    other = Authority(town.folder / "other")
    other.create("Town", NOW_MS)
    elsewhere = Town(other, town.folder / "elsewhere", town.port)
    elsewhere.folder.mkdir()
    async with elsewhere.open(), line_of(town, school) as line:
        with pytest.raises(LineCut, match="certificate verify failed"):
            await line.get("/open")


async def test_a_node_believes_no_other_name(town: Town, school: Credentials) -> None:
    town.names = ("elsewhere.example", "192.0.2.1")
    for host in ("localhost", "127.0.0.1"):
        async with town.open(), line_of(town, school, f"https://{host}:{town.port}") as line:
            with pytest.raises(LineCut, match=r"ismatch|not valid for|doesn't match"):
                await line.get("/open")


async def test_nothing_but_its_own_authorities_is_loaded(town: Town, school: Credentials) -> None:
    context = school.member_context()
    line = Line(town.url, lambda: context)
    async with town.open():
        await line.get("/who")
        await line.close()
    assert len(context.get_ca_certs()) == 1


async def test_a_blind_line_gets_an_answer_and_no_warning(town: Town) -> None:
    line = Line(town.url, blind_context)
    async with town.open():
        assert (await line.get("/open")).body == b"anybody"
        await line.close()


async def test_a_new_certificate_is_taken_up(town: Town) -> None:
    late = Applicant("late")
    cache = town.folder / "late.enemado"
    async with town.open(), line_of(town, Credentials(cache)) as line:
        with pytest.raises(Unenrolled):
            await line.get("/who")
        late.settle(town.authority, cache, NOW_MS)
        assert (await line.get("/who")).body == b"late"
        Applicant("again").settle(town.authority, cache, NOW_MS)
        assert (await line.get("/who")).body == b"again"


async def test_refusals_say_when_to_ask_again_and_nobody_follows_elsewhere(town: Town, school: Credentials) -> None:
    async def busy(request: Request) -> Response:
        raise Problem(503, "busy", "later", {"Retry-After": "7"})

    async def away(request: Request) -> Response:
        return RedirectResponse("/open")

    async with town.open(Route("/busy", busy), Route("/away", away)), line_of(town, school) as line:
        with pytest.raises(Refused) as caught:
            await line.get("/busy")
        assert (caught.value.status, caught.value.code, caught.value.retry_after_s) == (503, "busy", 7.0)
        assert (await refusal(line.get("/away")))[0] == 307
        assert await refusal(line.get("/nowhere")) == (404, "not_found")
        assert await refusal(line.get("/take")) == (405, "method_not_allowed")
        assert await refusal(line.post("/take", b"x" * 1001)) == (413, "too_large")


async def test_nobody_there(town: Town, school: Credentials) -> None:
    async with line_of(town, school) as line:
        with pytest.raises(LineCut, match="refused"):
            await line.get("/who")


async def test_no_proxy_of_the_environment_is_used(town: Town, school: Credentials, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_ports(1)[0]}")
    async with town.open(), line_of(town, school) as line:
        await line.get("/who")


async def test_a_cancelled_request_frees_the_thread_at_once(town: Town, school: Credentials) -> None:
    asked = asyncio.Event()

    async def never(request: Request) -> Response:
        asked.set()
        await asyncio.Event().wait()
        return Response()

    async with town.open(Route("/never", never)), line_of(town, school) as line:
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(line.get("/never"), name="asking")
            await asked.wait()
            asking.cancel()
        async with asyncio.timeout(5):
            assert (await line.get("/open")).body == b"anybody"


async def test_a_line_that_drips_is_given_up(town: Town, school: Credentials, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_S", 1.0)
    drip = Fault(Kind.DRIP, after=1 << 20, drop=1, pause_s=0.005)
    async with town.open(), fault_proxy(town.port) as proxy, line_of(town, school, f"https://localhost:{proxy.port}") as line:
        assert (await line.get("/who")).body
        proxy.plan = lambda: drip
        await proxy.cut()
        await proxy.mend()
        with pytest.raises(LineCut, match="too long"):
            await line.get("/who")
        proxy.plan = lambda: Fault(Kind.PASS)
        async with asyncio.timeout(5):
            assert (await line.get("/who")).body
