"""How nodes come to belong, stay, change their keys, and are believed no more; over real sockets, by the injected clock."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.identity.authority import Authority
from backend.identity.authority import Refused as Denied
from backend.identity.certificates import ends_ms, holder_of, make_request, read_certificate
from backend.identity.credentials import Credentials
from backend.identity.node_key import key_cabinet, next_cabinet, open_next_key, open_node_key
from backend.identity.registry import Standing
from backend.identity.renewal import ask_renewal
from backend.model.event import EventKind
from backend.model.sync import LinkState
from backend.sync import membership as memberships
from backend.sync.applying import Impostor, apply
from backend.sync.line import Line, Refused
from backend.sync.membership import Membership
from backend.sync.messages import AUTHORITIES, ENROL, PROOF, VOUCH, Application, Vouching, encode
from backend.sync.registry_watch import RegistryWatch
from backend.sync.vouching import Voucher
from tests.support.applicant import Applicant
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink
from tests.support.tasks import running
from tests.support.until import until
from tests.unit.backend.sync.conftest import NOW_MS, Town

DAY_S = 86_400
DAY_MS = 1000 * DAY_S


class Node:
    """A school's node, as far as it belongs to anybody."""

    def __init__(self, town: Town, name: str = "school") -> None:
        self.name, self.url, self.cache = name, town.url, town.folder / f"{name}.enemado"
        self.clock = FakeClock(NOW_MS)
        self.key = open_node_key(self.cache)
        self.sink = RecordingSink()
        self.credentials = Credentials(self.cache)
        self.membership = Membership(self.url, name, self.cache, self.key, self.clock, self.sink)

    async def apply(self, code: str) -> Standing:
        return (await apply(self.url, self.name, self.key.private, code, self.credentials)).standing

    async def step(self) -> LinkState | None:
        await self.membership._try()
        return self.membership.standing

    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.sink.events]

    @property
    def ends_ms(self) -> int:
        return ends_ms(read_certificate(self.credentials.certificate))


@pytest.fixture
def clock(town: Town) -> FakeClock:
    """Of the town."""
    made = FakeClock(NOW_MS)
    town.clock = made
    return made


@pytest.fixture
def school(town: Town, clock: FakeClock) -> Node:
    return Node(town)


async def join(town: Town, node: Node) -> None:
    await node.apply(town.authority.make_code(node.name, NOW_MS))
    town.authority.confirm(node.key.key_id, NOW_MS)
    assert await node.step() is None


async def test_a_code_an_operator_and_a_running_node(town: Town, school: Node) -> None:
    async with town.open():
        assert await school.step() is LinkState.NOT_ENROLLED
        assert await school.apply(town.authority.make_code("school", NOW_MS)) is Standing.WAITING
        assert await school.step() is LinkState.WAITING
        town.authority.confirm(school.key.key_id, NOW_MS)
        assert await school.step() is None
        line = Line.of_member(town.url, school.credentials)
        assert (await line.get("/who")).body == b"school"
        await line.close()
    assert school.kinds() == [EventKind.NODE_ENROLLED]


async def test_it_asks_by_itself_until_it_is_confirmed(town: Town, school: Node) -> None:
    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0)

    async with town.open(), running(school.membership.run(at_once)):
        await until(lambda: school.membership.standing is LinkState.NOT_ENROLLED)
        await school.apply(town.authority.make_code("school", NOW_MS))
        await until(lambda: school.membership.standing is LinkState.WAITING)
        town.authority.confirm(school.key.key_id, NOW_MS)
        await until(lambda: school.membership.standing is None)


@pytest.mark.parametrize("fault", ["guess", "other node", "used", "old", "own name"])
async def test_codes_that_do_not_count_are_all_refused_alike(town: Town, school: Node, clock: FakeClock, fault: str) -> None:
    node = school
    code = town.authority.make_code("harbour" if fault == "other node" else "school", NOW_MS)
    if fault == "guess":
        code = "AAAA-BBBB-CCCC-DDDD"
    elif fault == "used":
        town.authority.apply(code, Applicant().request, NOW_MS)
    elif fault == "own name":
        node = Node(town, "town")
        code = town.authority.make_code("town", NOW_MS)
    async with town.open():
        if fault == "old":
            clock.advance(2 * DAY_S)
        with pytest.raises(Refused) as caught:
            await node.apply(code)
    assert (caught.value.status, caught.value.code, caught.value.detail) == (403, "refused", "This is not accepted.")
    assert sum(town.refused().values()) == 1
    assert not node.credentials.authorities


async def test_who_does_not_know_the_code_cannot_pass_for_the_parent(town: Town, school: Node) -> None:
    async def pretend(request: Request) -> Response:
        return Response(town.authority.believed(NOW_MS), headers={PROOF: "00" * 32})

    async with town.open(Route(AUTHORITIES, pretend)):
        with pytest.raises(Impostor):
            await school.apply(town.authority.make_code("school", NOW_MS))
    assert not school.credentials.authorities


async def test_guessing_is_slowed_down_by_address_and_told(town: Town, school: Node) -> None:
    async with town.open():
        line = Line(town.url, school.credentials.stranger_context)
        await school.apply(town.authority.make_code("school", NOW_MS))
        statuses: list[int] = []
        for _ in range(40):
            with pytest.raises(Refused) as caught:
                await line.post(ENROL, encode(Application("AAAA", Applicant().request.decode())))
            statuses.append(caught.value.status)
        await line.close()
    assert statuses == [403] * 28 + [429] * 12
    assert town.refused() == {"not_enrolled": 28, "too_many_requests": 12}


async def test_a_certificate_is_renewed_at_a_third_of_its_life(town: Town, school: Node, clock: FakeClock) -> None:
    async with town.open():
        await join(town, school)
        first = school.ends_ms
        for each in (clock, school.clock):
            each.advance(19 * DAY_S)
        await school.step()
        assert school.ends_ms == first
        for each in (clock, school.clock):
            each.advance(1.1 * DAY_S)
        assert await school.step() is None
        assert school.ends_ms > first + 20 * DAY_MS
    assert school.credentials.renewals == 1


async def test_ten_minutes_are_renewed_in_time_too(town: Town, school: Node, clock: FakeClock) -> None:
    town.authority = Authority(town.authority.folder, node_days=10 / 1440)
    async with town.open():
        await join(town, school)
        renewed = set[int]()
        for _ in range(12):
            for each in (clock, school.clock):
                each.advance(180)
            assert await school.step() is None
            assert school.ends_ms > school.clock.now_ms()
            renewed.add(school.ends_ms)
    assert 4 <= len(renewed) <= 12


async def test_after_an_outage_of_months_it_renews_and_after_the_grace_it_does_not(
    town: Town, school: Node, clock: FakeClock
) -> None:
    async with town.open():
        await join(town, school)
        for each in (clock, school.clock):
            each.advance(200 * DAY_S)
        assert await school.step() is None
        assert school.ends_ms > school.clock.now_ms()
        for each in (clock, school.clock):
            each.advance(211 * DAY_S)
        assert await school.step() is LinkState.REFUSED
        assert "refused" in school.membership.trouble


async def test_a_new_key_takes_over_and_what_the_old_one_signed_still_counts(town: Town, school: Node) -> None:
    async with town.open():
        await join(town, school)
        old, certificate = school.key.private, school.credentials.certificate
        former = school.key.key_id
        key_id = await school.membership.rotate()
        assert key_id == school.key.key_id != former
        assert open_node_key(school.cache).key_id == key_id
        assert town.authority.public_key(former) is not None
        line = Line.of_member(town.url, school.credentials)
        assert (await line.get("/who")).body == b"school"
        await line.close()
    assert school.kinds() == [EventKind.NODE_ENROLLED, EventKind.KEY_MADE]
    for successor in (None, Applicant().private):
        with pytest.raises(Denied):
            town.authority.renew(ask_renewal(old, certificate, "school", successor), NOW_MS)
    with pytest.raises(Denied):
        town.authority.apply("", make_request(old, "school"), NOW_MS)


async def test_a_rotation_whose_answer_was_lost_is_finished(town: Town, school: Node) -> None:
    async with town.open():
        await join(town, school)
        successor = open_next_key(school.cache)
        renewal = ask_renewal(school.key.private, school.credentials.certificate, "school", successor)
        town.authority.renew(renewal, NOW_MS)
        assert await school.step() is None
    assert school.key.private.private_bytes_raw() == successor.private_bytes_raw()


async def test_a_node_that_dies_between_certificate_and_key_goes_on_with_both(town: Town, school: Node) -> None:
    async with town.open():
        await join(town, school)
        successor = open_next_key(school.cache)
        renewal = ask_renewal(school.key.private, school.credentials.certificate, "school", successor)
        school.credentials.keep(town.authority.renew(renewal, NOW_MS).certificate)
        line = Line.of_member(town.url, school.credentials)
        assert (await line.get("/who")).body == b"school"
        await line.close()
    assert open_node_key(school.cache).private.private_bytes_raw() == successor.private_bytes_raw()
    assert open_node_key(school.cache).key_id == holder_of(read_certificate(school.credentials.certificate)).key_id
    assert not next_cabinet(school.cache).path.exists()


async def test_keys_are_changed_every_few_renewals(
    town: Town, school: Node, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memberships, "ROTATE_AFTER", 2)
    async with town.open():
        await join(town, school)
        keys = [school.key.key_id]
        for _ in range(4):
            for each in (clock, school.clock):
                each.advance(21 * DAY_S)
            assert await school.step() is None
            keys.append(school.key.key_id)
    assert [new != old for old, new in pairwise(keys)] == [False, True, False, True]


async def test_of_two_nodes_with_one_key_one_is_left_after_it_changed(town: Town, school: Node, clock: FakeClock) -> None:
    async with town.open():
        await join(town, school)
        copy = Node(town, "school")
        copied = [path for path in town.folder.iterdir() if path.name.startswith("school")]
        thief = town.folder / "thief"
        thief.mkdir()
        for path in copied:
            (thief / path.name).write_bytes(path.read_bytes())
        copy.cache, copy.credentials = thief / school.cache.name, Credentials(thief / school.cache.name)
        copy.membership = Membership(town.url, "school", copy.cache, open_node_key(copy.cache), copy.clock, copy.sink)
        await school.membership.rotate()
        for each in (clock, copy.clock):
            each.advance(21 * DAY_S)
        assert await copy.step() is LinkState.REFUSED


async def test_a_key_that_was_lost_has_to_be_enrolled_again(town: Town, school: Node) -> None:
    async with town.open():
        await join(town, school)
        key_cabinet(school.cache).path.unlink()
        again = Node(town)
        assert again.key.is_new
        assert await again.step() is LinkState.NOT_ENROLLED
        await join(town, again)


async def test_another_parent_takes_the_place_of_the_first(town: Town, school: Node, tmp_path: Path) -> None:
    async with town.open():
        await join(town, school)
    other = Authority(tmp_path / "other")
    other.create("Other", NOW_MS)
    elsewhere = Town(other, tmp_path / "elsewhere", town.port, FakeClock(NOW_MS))
    elsewhere.folder.mkdir()
    async with elsewhere.open():
        await school.apply(other.make_code("school", NOW_MS))
        assert await school.step() is LinkState.WAITING
        other.confirm(school.key.key_id, NOW_MS)
        assert await school.step() is None
        line = Line.of_member(elsewhere.url, school.credentials)
        assert (await line.get("/who")).body == b"school"
        await line.close()


async def test_operators_decisions_become_events_once(town: Town, school: Node) -> None:
    town.authority.apply(town.authority.make_code("school", NOW_MS), Applicant("school").request, NOW_MS)
    (member,) = town.authority.registry.members()
    for decide, kind in (
        (lambda: None, []),
        (lambda: town.authority.confirm(member.key_id, NOW_MS), [EventKind.NODE_ENROLLED]),
        (lambda: None, []),
        (lambda: town.authority.revoke([member], NOW_MS), [EventKind.NODE_REVOKED]),
        (lambda: None, []),
    ):
        decide()
        sink = RecordingSink()
        watch = RegistryWatch(town.authority, sink, town.clock)
        looked = asyncio.Event()

        async def pause(seconds: float, looked: asyncio.Event = looked) -> None:
            looked.set()
            await asyncio.sleep(0)

        async with running(watch.run(pause)):
            await looked.wait()
        assert [event.kind for event in sink.events] == kind
        assert all(event.subject == "node:school" for event in sink.events)


async def test_a_cloud_vouches_for_its_own_children_and_for_nobody_elses(town: Town, clock: FakeClock, tmp_path: Path) -> None:
    ward, region = Authority(tmp_path / "ward"), Node(town, "region")
    ward.create("Ward", NOW_MS)
    pupil = Applicant("pupil")
    pupil.join(ward, NOW_MS)
    school, other = Applicant("school"), Applicant("other cloud")
    school.settle(town.authority, tmp_path / "school", NOW_MS)
    async with town.open():
        await join(town, region)
        line, voucher = Line.of_member(town.url, region.credentials), Voucher(ward)
        await voucher.tell(line)
        known = town.authority.find(pupil.key_id)
        assert known is not None
        assert (known.node, known.revoked) == ("pupil", False)
        assert town.authority.speaks_for("region", "pupil")
        assert not town.authority.speaks_for("school", "pupil")

        thief = Line.of_member(town.url, other.settle(town.authority, tmp_path / "other-cloud", NOW_MS))
        den = Authority(tmp_path / "den")
        den.create("Den", NOW_MS)
        stolen = [Applicant(name).join(den, NOW_MS).certificate.decode() for name in ("school", "pupil", "town")]
        await thief.post(VOUCH, encode(Vouching(stolen)))
        assert town.authority.speaks_for("region", "pupil")
        assert not any(town.authority.speaks_for("other cloud", name) for name in ("school", "pupil", "town"))
        ward.revoke([each for each in ward.registry.members() if each.key_id == pupil.key_id], NOW_MS)
        await voucher.tell(line)
        assert town.authority.public_key(pupil.key_id) is None
        await line.close()
        await thief.close()
    assert town.refused() == {"foreign_name": 3}
