"""What a parent believes and what it does not; nothing is acknowledged that is not kept."""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from backend.http.problems import Problem
from backend.identity.authority import Authority
from backend.identity.certificates import make_request
from backend.identity.node_key import NodeKey
from backend.model.delivery import StorageError
from backend.model.event import EventKind
from backend.model.spans import Spans
from backend.store.exchange import Incoming, KeptBatch
from backend.sync.doubts import Doubts
from backend.sync.ingest import RECEIPT, Ingest
from backend.sync.judge import portions
from backend.sync.keys import KnownKeys
from backend.sync.messages import BatchesAnswer, Result, Said, canonical
from backend.sync.quarantine import Quarantine
from backend.wire.parcel import SignedBatch, pack_parcel
from backend.wire.signature import ENVELOPE_BYTES, verify
from tests.support.clock import FakeClock
from tests.support.exchange import PseudoStore, Sealer, new_key
from tests.support.sink import RecordingSink


@dataclass
class Desk:
    """A parent that two nodes belong to."""

    authority: Authority
    store: PseudoStore
    quarantine: Quarantine
    sink: RecordingSink
    clock: FakeClock
    key: NodeKey
    ingest: Ingest
    school: Sealer
    north: Sealer
    taken: list[tuple[str, int]]

    async def take(self, *batches: KeptBatch | SignedBatch, caller: str = "school") -> BatchesAnswer:
        signed = [each if isinstance(each, SignedBatch) else each.signed for each in batches]
        return await self.ingest.take(caller, pack_parcel(signed))

    def revoke(self, sealer: Sealer) -> None:
        members = [each for each in self.authority.registry.members() if each.key_id == sealer.key.key_id]
        self.authority.revoke(members, self.clock.now_ms())


def enrol(authority: Authority, clock: FakeClock, node: str) -> Sealer:
    sealer = Sealer(node)
    code = authority.make_code(node, clock.now_ms())
    authority.apply(code, make_request(sealer.key.private, node), clock.now_ms())
    authority.confirm(sealer.key.key_id, clock.now_ms())
    return sealer


@asynccontextmanager
async def desk(folder: Path) -> AsyncGenerator[Desk]:
    clock, sink, store, key = FakeClock(), RecordingSink(), PseudoStore(), new_key()
    quarantine = Quarantine(folder / "cloud.enemado", clock)
    authority = Authority(folder / "ca")
    authority.create("Town", clock.now_ms())
    taken: list[tuple[str, int]] = []

    async def heard(caller: str, batches: Sequence[Incoming]) -> None:
        taken.append((caller, len(batches)))

    school, north = enrol(authority, clock, "school"), enrol(authority, clock, "north")
    ingest = Ingest(store, KnownKeys(authority, clock), Doubts(quarantine, sink, clock), key, heard)  # type: ignore[arg-type]
    try:
        yield Desk(authority, store, quarantine, sink, clock, key, ingest, school, north, taken)
    finally:
        ingest.close()


async def test_what_is_believed_is_kept_and_acknowledged_with_a_receipt(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        batches = [found.school.seal() for _ in range(3)]
        answer = await found.take(*batches)
        assert answer.results == [Result(Said.KEPT)] * 3
        (told,) = answer.chains
        assert (told.chain, told.spans) == (found.school.chain, Spans(((1, 6),)))
        digest = hashlib.sha256(canonical(answer.chains)).digest()
        verify(bytes.fromhex(answer.receipt), digest, found.key.private.public_key(), RECEIPT)
        assert found.taken == [("school", 3)]
        assert found.store.kept[found.school.chain][1].signed == batches[0].signed, "those very bytes"


async def test_a_repeat_gets_the_same_answer_and_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        batch = found.school.seal()
        first = await found.take(batch)
        again = await found.take(batch, batch)
        assert again.results == [Result(Said.KNOWN)] * 2
        assert (again.chains, again.receipt) == (first.chains, first.receipt)
        assert found.quarantine.entries() == []
        assert found.taken == [("school", 1)]


async def test_one_that_is_not_believed_says_nothing_about_its_neighbours(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        good = [found.school.seal() for _ in range(4)]
        body = good[0].signed.body
        stranger, impostor = Sealer("school"), Sealer("school", found.north.key)
        cases = {
            "forged": replace(good[0].signed, body=body[:50] + bytes([body[50] ^ 1]) + body[51:]),
            "malformed": replace(good[1].signed, envelope=bytes(ENVELOPE_BYTES)),
            "unknown_key": stranger.seal().signed,
            "wrong_node": impostor.seal().signed,
        }
        answer = await found.take(good[0], *cases.values(), *good[1:])
        assert [each.reason for each in answer.results] == ["", *cases, "", "", ""]
        assert [each.verdict for each in answer.results[1:5]] == [Said.REFUSED] * 4
        lying = {entry.reason: found.quarantine.original(entry.number) for entry in found.quarantine.entries("school")}
        assert {reason: (kept.body, kept.envelope) for reason, kept in lying.items() if kept} == {
            reason: (signed.body, signed.envelope) for reason, signed in cases.items()
        }
        assert answer.chains[0].spans == Spans(((1, 8),))
        assert {event.data["reason"] for event in found.sink.events} == set(cases)
        assert {event.kind for event in found.sink.events} == {EventKind.BATCH_QUARANTINED}


async def test_signed_rubbish_is_malformed(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        rubbish = SignedBatch(b"rubbish", found.school.key.sign(b"rubbish"))
        assert (await found.take(rubbish)).results == [Result(Said.REFUSED, "malformed")]


async def test_nobody_speaks_for_another_node(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        assert (await found.take(found.north.seal(), caller="school")).results == [Result(Said.REFUSED, "wrong_node")]
        assert (await found.take(found.north.seal(), caller="north")).results == [Result(Said.KEPT)]


async def test_a_key_that_is_revoked_counts_no_more_from_the_next_parcel_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        assert (await found.take(found.school.seal())).results == [Result(Said.KEPT)]
        found.revoke(found.school)
        assert (await found.take(found.school.seal())).results == [Result(Said.REFUSED, "revoked")]


async def test_other_bytes_under_the_same_numbers_are_a_conflict(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        clone = replace(found.school, at_ms=found.school.at_ms + 5)
        await found.take(found.school.seal())
        assert (await found.take(clone.seal())).results == [Result(Said.REFUSED, "conflict")]
        assert [entry.reason for entry in found.quarantine.entries()] == ["conflict"]


async def test_nothing_is_acknowledged_that_the_disk_did_not_take(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        batch = found.school.seal()
        found.store.trouble = StorageError("disk full")
        with pytest.raises(StorageError):
            await found.take(batch)
        assert found.taken == []
        found.store.trouble = None
        assert (await found.take(batch)).results == [Result(Said.KEPT)]


async def test_a_flood_of_forgeries_makes_few_events_and_all_are_counted(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        stranger = Sealer("school")
        for _ in range(50):
            await found.take(stranger.seal())
        assert [event.data["count"] for event in found.sink.events] == [1]
        found.clock.advance(61)
        await found.take(stranger.seal())
        assert [event.data["count"] for event in found.sink.events] == [1, 50]


async def test_what_is_no_parcel_is_refused_as_a_whole(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        for body in (b"", b"EP\x01\x01\x00", b"EB" + bytes(100), pack_parcel([found.school.seal().signed]) + b"\x00"):
            with pytest.raises(Problem) as problem:
                await found.ingest.take("school", body)
            assert (problem.value.status, problem.value.code) == (400, "malformed")


async def test_a_parcel_is_decoded_in_portions_that_fit_into_memory() -> None:
    sealer = Sealer()
    large = [sealer.seal(100_000).signed for _ in range(5)]
    assert [len(part) for part in portions(large)] == [3, 2]
    small = [sealer.seal(1).signed for _ in range(300)]
    assert [len(part) for part in portions(small)] == [256, 44]
    assert list(portions([])) == []
