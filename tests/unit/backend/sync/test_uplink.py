"""What is sent, in which order, and what becomes of it when the parent, the line or the disk misbehave."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from backend.model.event import EventKind
from backend.model.gap import Gap, GapKind
from backend.model.spans import Spans
from backend.model.sync import LinkState
from backend.sync.line import LineCut, Refused, Reply
from backend.sync.messages import Result, Said
from backend.sync.uplink import Uplink
from backend.wire.parcel import SignedBatch
from tests.support.clock import FakeClock
from tests.support.exchange import Journal, PseudoParent, Sealer
from tests.support.sink import RecordingSink
from tests.support.until import until

PARCEL = 4096


@dataclass
class Scene:
    """A child and its parent."""

    journal: Journal
    parent: PseudoParent
    sink: RecordingSink
    clock: FakeClock
    uplink: Uplink
    pauses: list[float]

    def all_there(self, chain: int = 0) -> bool:
        wanted = [batch.first for batch in self.journal.kept[chain]]
        return self.parent.firsts(self.journal.sealers[chain].chain) == wanted

    def events(self, kind: EventKind) -> list[dict[str, object]]:
        return [dict(event.data) for event in self.sink.events if event.kind is kind]


@asynccontextmanager
async def scene(
    journal: Journal | None = None, parent: PseudoParent | None = None, pause: Callable[[float], Awaitable[None]] | None = None
) -> AsyncGenerator[Scene]:
    journal, parent, sink, clock = journal or Journal(), parent or PseudoParent(), RecordingSink(), FakeClock()
    pauses: list[float] = []

    async def at_once(seconds: float) -> None:
        pauses.append(seconds)
        clock.advance(seconds)
        await asyncio.sleep(0)

    uplink = Uplink([parent], journal, journal, sink, clock, PARCEL, None, lambda: 0.5, pause or at_once)  # type: ignore[arg-type]
    found = Scene(journal, parent, sink, clock, uplink, pauses)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(uplink.run(), name="uplink")
        try:
            yield found
        finally:
            running.cancel()


async def test_everything_arrives_and_is_remembered_as_delivered() -> None:
    journal = Journal()
    journal.commit(100)
    async with scene(journal) as found:
        await until(found.all_there)
        await until(lambda: found.uplink.late == 0)
        assert found.uplink.link.state is LinkState.CONNECTED
    assert journal.delivered[0] == Spans(((1, 200),))
    assert found.sink.events == []


async def test_a_new_commit_is_sent_as_soon_as_it_is_told() -> None:
    async with scene() as found:
        found.journal.commit()
        found.uplink.wake()
        await until(found.all_there, 0.5)


async def test_what_is_new_comes_before_what_is_old_and_both_in_every_parcel() -> None:
    journal = Journal()
    old = journal.commit(200)
    parent = PseudoParent()
    fresh: list[int] = []

    def commit_more(batches: list[SignedBatch]) -> None:
        if batches and len(fresh) < 5:
            fresh.append(journal.commit()[0].first)

    parent.fault = commit_more
    async with scene(journal, parent) as found:
        await until(found.all_there)
    parcels = [[first for _, first in parcel] for parcel in parent.parcels]
    half = len(parcels[0]) // 2
    assert parcels[0][:3] == [batch.first for batch in reversed(old[-3:])], "newest first"
    assert half - 2 <= parcels[0].index(1) <= half + 2, "the other half is the oldest"
    for number in range(5):
        assert parcels[number + 1][0] == fresh[number], "what is committed meanwhile goes with the very next parcel"
    assert sorted(first for parcel in parcels for first in parcel) == sorted(b.first for b in journal.kept[0]), "each once"


async def test_definitions_go_first() -> None:
    journal = Journal()
    journal.commit(5, defines=True)
    journal.commit(100)
    middle = journal.commit(defines=True)[0].first
    journal.commit(100)
    async with scene(journal, PseudoParent(needs_definitions=True)) as found:
        await until(found.all_there)
    first = [number for _, number in found.parent.parcels[0]]
    assert first[:6] == [1, 4, 7, 10, 13, middle]


async def test_a_parent_that_lost_the_definitions_gets_them_again() -> None:
    journal = Journal()
    journal.commit(defines=True)
    journal.commit(20)
    parent = PseudoParent(needs_definitions=True)
    async with scene(journal, parent) as found:
        await until(found.all_there)
        parent.defined.clear()
        journal.commit(3)
        found.uplink.wake()
        await until(found.all_there)
    assert found.sink.events == []


async def test_a_batch_that_no_definition_helps_is_set_aside() -> None:
    journal = Journal()
    journal.commit(3)
    async with scene(journal, PseudoParent(needs_definitions=True)) as found:
        await until(lambda: found.uplink.late == 0 and len(found.events(EventKind.BATCH_REFUSED)) == 3)
    assert {event["reason"] for event in found.events(EventKind.BATCH_REFUSED)} == {"undefined"}


async def test_what_the_parent_does_not_believe_is_told_once_and_blocks_nothing() -> None:
    journal = Journal()
    batches = journal.commit(50)
    bad = batches[20]
    parent = PseudoParent(verdicts={bad.first: Result(Said.REFUSED, "forged")})
    async with scene(journal, parent) as found:
        await until(lambda: len(parent.firsts(journal.sealers[0].chain)) == 49 and found.uplink.late == 0)
        (told,) = found.events(EventKind.BATCH_REFUSED)
        assert (told["first"], told["span"], told["count"], told["reason"]) == (bad.first, 2, 2, "forged")
        assert (told["from_ms"], told["to_ms"]) == (1_795_401_720_000 + 40_000, 1_795_401_720_000 + 41_000)
    assert journal.delivered[0].covers(1, 100)
    async with scene(journal, parent) as again:
        await until(lambda: parent.asked.count("/sync/v1/batches") >= 2 and again.uplink.late == 0)
        assert again.events(EventKind.BATCH_REFUSED) == [], "it was told before the node was started again"


async def test_a_batch_at_which_the_whole_parcel_is_refused_is_found_by_halving() -> None:
    journal = Journal()
    bad = journal.commit(60)[33]

    def fault(batches: list[SignedBatch]) -> None:
        if any(each.body == bad.signed.body for each in batches):
            raise Refused(413, "too_large", "", None)

    parent = PseudoParent(fault=fault)
    async with scene(journal, parent) as found:
        await until(lambda: len(parent.firsts(journal.sealers[0].chain)) == 59 and found.uplink.late == 0)
    (told,) = found.events(EventKind.BATCH_REFUSED)
    assert (told["first"], told["reason"]) == (bad.first, "too_large")
    assert found.pauses == []


async def test_a_batch_at_which_the_parent_breaks_waits_and_the_others_go_on() -> None:
    journal = Journal()
    bad = journal.commit(60)[33]
    broken = True

    def fault(batches: list[SignedBatch]) -> None:
        if broken and any(each.body == bad.signed.body for each in batches):
            raise Refused(500, "broken", "", None)

    parent = PseudoParent(fault=fault)
    async with scene(journal, parent) as found:
        await until(lambda: len(parent.firsts(journal.sealers[0].chain)) == 59)
        assert found.events(EventKind.BATCH_REFUSED) == []
        broken = False
        journal.commit()
    async with scene(journal, parent) as found:
        await until(found.all_there)


async def test_a_parent_that_is_broken_altogether_is_left_in_peace() -> None:
    journal = Journal()
    journal.commit(100)
    parent = PseudoParent()

    def fault(batches: list[SignedBatch]) -> None:
        if batches and len(parent.parcels) < 200:
            raise Refused(500, "broken", "", None)

    parent.fault = fault
    async with scene(journal, parent) as found:
        await until(found.all_there)
    assert len(found.pauses) >= 3
    assert len(found.events(EventKind.UPLINK_CUT)) == len(found.events(EventKind.UPLINK_BACK))


async def test_spoilt_bytes_are_never_sent() -> None:
    journal = Journal()
    spoilt = journal.commit(10)[4]
    body = spoilt.signed.body[:-40] + bytes([spoilt.signed.body[-40] ^ 1]) + spoilt.signed.body[-39:]
    journal.kept[0][4] = replace(spoilt, signed=SignedBatch(body, spoilt.signed.envelope))
    async with scene(journal) as found:
        await until(lambda: len(found.parent.firsts(journal.sealers[0].chain)) == 9)
        (told,) = found.events(EventKind.DATA_LOST)
    assert (told["count"], told["cause"]) == (2, "damaged")
    assert all(first != spoilt.first for parcel in found.parent.parcels for _, first in parcel)


async def test_what_was_removed_here_is_not_waited_for() -> None:
    journal = Journal()
    batches = journal.commit(200)
    for batch in batches[20:60]:
        journal.remove(batch)
    async with scene(journal) as found:
        await until(lambda: found.all_there() and found.uplink.late == 0)


async def test_a_cut_is_told_once_and_nothing_is_lost_or_sent_twice() -> None:
    journal = Journal()
    journal.commit(100)
    parent = PseudoParent()
    cuts = iter((1, 2, 2, 1, 0, 1))

    def fault(batches: list[SignedBatch]) -> None:
        if batches and next(cuts, 0):
            raise LineCut("no route to host")

    parent.fault = fault
    async with scene(journal, parent) as found:
        await until(found.all_there)
        await until(lambda: found.events(EventKind.UPLINK_BACK))
    assert found.events(EventKind.UPLINK_CUT) == [{"reason": "no route to host"}] * len(found.events(EventKind.UPLINK_BACK))
    assert 0 < found.pauses[0] <= 1


async def test_a_line_that_was_cut_before_the_node_started_is_told_when_it_is_back_and_all_is_there() -> None:
    journal, parent = Journal(), PseudoParent()
    journal.commit(30)
    async with scene(journal, parent) as found:
        found.uplink.link.resume([Gap(1, "node", GapKind.LATE, "uplink", 0, None, None, 0.0)])
        await until(lambda: found.events(EventKind.UPLINK_CAUGHT_UP))
        assert found.all_there()
    assert found.events(EventKind.UPLINK_BACK) == [{"late": 60}]
    assert len(found.events(EventKind.UPLINK_CAUGHT_UP)) == 1
    async with scene(Journal()) as found:
        found.uplink.link.resume([Gap(1, "node", GapKind.LATE, "uplink", 0, 9, 60, 1.0)])
        await until(lambda: found.uplink.link.state is LinkState.CONNECTED)
    assert found.sink.events == []


async def test_a_lost_answer_costs_nothing() -> None:
    """The parent took the parcel and nobody heard of it."""
    journal = Journal()
    journal.commit(100)
    parent = PseudoParent()
    whole = parent.post
    lost = iter((True, False, True))

    async def post(path: str, body: bytes, headers: dict[str, str]) -> Reply:
        answer = await whole(path, body, headers)
        if next(lost, False):
            raise LineCut("timed out")
        return answer

    parent.post = post  # type: ignore[method-assign]
    async with scene(journal, parent) as found:
        await until(found.all_there)
    sent = [first for parcel in parent.parcels for _, first in parcel]
    assert len(sent) == len(set(sent)), "the parent said at the next meeting what it has"


async def test_parcels_shrink_when_the_line_is_cut_and_grow_again() -> None:
    journal = Journal()
    journal.commit(400)
    parent = PseudoParent()

    def fault(batches: list[SignedBatch]) -> None:
        if batches and len(parent.parcels) in (2, 3):
            raise LineCut("timed out")

    parent.fault = fault
    journal.commit(10, readings=1000)
    clock, sink = FakeClock(), RecordingSink()

    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0)

    uplink = Uplink([parent], journal, journal, sink, clock, 64 * 1024, None, lambda: 0.5, at_once)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(uplink.run(), name="uplink")
        await until(lambda: len(parent.firsts(journal.sealers[0].chain)) == 410)
        running.cancel()
    sizes = [len(parcel) for parcel in parent.parcels]
    assert sizes[3] < sizes[1]


async def test_who_asks_to_wait_is_obeyed_and_is_no_cut() -> None:
    journal = Journal()
    journal.commit(10)
    parent = PseudoParent()
    busy = iter((True, True))

    def fault(batches: list[SignedBatch]) -> None:
        if batches and next(busy, False):
            raise Refused(503, "busy", "", 7.0)

    parent.fault = fault
    async with scene(journal, parent) as found:
        await until(found.all_there)
        assert found.uplink.link.state is LinkState.CONNECTED
    assert [round(pause, 3) for pause in found.pauses] == [7.5, 8.0]
    assert found.sink.events == []


async def test_a_key_that_counts_no_more_is_told_as_such() -> None:
    parent = PseudoParent()

    def fault(batches: list[SignedBatch]) -> None:
        raise Refused(403, "revoked", "", None)

    parent.fault = fault
    async with scene(parent=parent) as found:
        await until(lambda: found.uplink.link.state is LinkState.REFUSED)
        assert "revoked" in found.uplink.link.trouble


async def test_a_store_that_was_set_back_begins_a_new_epoch() -> None:
    journal = Journal()
    batches = journal.commit(20)
    parent = PseudoParent()
    async with scene(journal, parent) as found:
        await until(found.all_there)
    restored = Journal([replace(journal.sealers[0], next=batches[10].first)], [batches[:10]])
    async with scene(restored, parent) as found:
        await until(lambda: restored.renewals)
        await until(lambda: found.all_there(1))
    assert restored.renewals == ["restored"]
    assert len(parent.firsts(journal.sealers[0].chain)) == 20, "what only the parent has stays there"


async def test_readings_of_a_chain_that_another_life_used_go_along_in_a_new_one() -> None:
    """A card was set back, and had sealed more by then than the parent ever saw of the former life."""
    journal = Journal()
    batches = journal.commit(20)
    parent = PseudoParent()
    async with scene(journal, parent) as found:
        await until(found.all_there)
    other = replace(journal.sealers[0], next=batches[10].first, predecessor=b"p" * 32)
    restored = Journal([other], [batches[:10]])
    lost = restored.commit(15)
    parent.verdicts = {batch.first: Result(Said.REFUSED, "conflict" if batch.first < 41 else "forked") for batch in lost}
    async with scene(restored, parent) as found:
        await until(lambda: restored.renewals and found.all_there(1))
        await until(lambda: len(found.sink.columns) >= 5)
        assert restored.renewals == ["restored"]
        rescued = sum(len(columns) for columns in found.sink.columns)
        assert rescued == 2 * len(found.events(EventKind.BATCH_REFUSED)) > 0


async def test_a_parent_that_was_set_back_is_given_again_what_it_lost() -> None:
    journal = Journal()
    batches = journal.commit(60)
    parent = PseudoParent()
    async with scene(journal, parent) as found:
        await until(found.all_there)
    for batch in batches[30:]:
        del parent.kept[journal.sealers[0].chain][batch.first]
    async with scene(journal, parent) as found:
        await until(found.all_there)


async def test_children_of_a_child_are_passed_on_each_in_its_turn() -> None:
    journal = Journal()
    journal.commit(50)
    for node in ("north", "south"):
        number = journal.add_chain(Sealer(node))
        journal.commit(50, chain=number)
    async with scene(journal) as found:
        await until(lambda: all(found.all_there(number) for number in range(3)))
    halfway = [node for parcel in found.parent.parcels[: len(found.parent.parcels) // 2 + 1] for node, _ in parcel]
    assert {"school", "north", "south"} <= set(halfway)


async def test_late_is_what_the_parent_does_not_have_yet() -> None:
    journal = Journal()
    journal.commit(100)
    async with scene(journal) as found:
        await until(found.all_there)
    assert found.parent.late[0] == 200


async def test_a_line_that_fails_all_the_time_keeps_no_node_from_stopping() -> None:
    journal = Journal()
    journal.commit(3)

    def fault(batches: list[SignedBatch]) -> None:
        if batches:
            raise LineCut("cut")

    for steps in range(40):
        async with asyncio.timeout(5), scene(journal, PseudoParent(fault=fault)):
            for _ in range(steps):
                await asyncio.sleep(0)


async def test_what_the_parent_lost_behind_its_own_back_is_sent_again() -> None:
    journal = Journal()
    batches = journal.commit(64)
    parent = PseudoParent()
    async with scene(journal, parent) as found:
        await until(found.all_there)
        await until(lambda: found.uplink.late == 0)
        parent.lose(journal.sealers[0].chain, batches[10:13])
        asked = parent.asked.count("/sync/v1/reconcile")
        found.clock.advance(3600)
        await until(found.all_there)
        told = found.events(EventKind.SYNC_DIFFERS)
        assert sum(int(str(event["count"])) for event in told) == 3
        assert parent.asked.count("/sync/v1/reconcile") - asked < 30
        await until(lambda: found.uplink.reconciliation.at_ms is not None)
