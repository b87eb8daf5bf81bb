"""Tampered, replayed and late batches, strangers at the door, keys that are copied or lost: nothing is taken, all is counted.

``--n 10000`` is the long form. Every test prints its seed.
"""

import hashlib
import logging
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.authority import Authority
from backend.identity.certificates import issue_node, pem_of, read_request
from backend.identity.tls import client_context
from backend.model.chain import Chain
from backend.model.event import EventKind
from backend.model.spans import Spans
from backend.store.sqlite.store import open_store
from backend.sync.doubts import Doubts
from backend.sync.ingest import Ingest
from backend.sync.keys import KnownKeys
from backend.sync.line import Line, LineCut, Refused
from backend.sync.messages import Result, Said
from backend.sync.quarantine import Quarantine
from backend.wire.batch import HASH_BYTES, Header, pack_content, read_header, seal, unseal
from backend.wire.parcel import SignedBatch, pack_parcel
from backend.wire.signature import KEY_ID_BYTES, key_id_of, sign
from tests.support.applicant import Applicant
from tests.support.clock import FakeClock
from tests.support.exchange import Sealer, new_key
from tests.support.node_process import ROOT
from tests.support.sink import RecordingSink
from tests.support.until import until
from tests.unit.backend.sync.conftest import NOW_MS, Town
from tests.unit.backend.sync.conftest import town as town  # noqa: PLC0414 - a fixture
from tests.unit.backend.sync.test_ingest import enrol

DAY_MS = 86_400_000
KEY_AT = 8
"""Where an envelope has the id of its key."""


@pytest.fixture
def times(request: pytest.FixtureRequest) -> int:
    given: int | None = request.config.getoption("--n", default=None)
    return 300 if given is None else given


@dataclass
class Parent:
    """A real store behind the step that verifies; two schools belong to it."""

    authority: Authority
    ingest: Ingest
    doubts: Doubts
    quarantine: Quarantine
    sink: RecordingSink
    clock: FakeClock
    school: Sealer
    other: Sealer
    held: Callable[..., object]

    async def take(self, *batches: SignedBatch, caller: str = "school") -> list[Result]:
        return (await self.ingest.take(caller, pack_parcel(batches))).results

    async def audited(self) -> tuple[int, int]:
        """How many are in quarantine or counted there, and how many events tell of."""
        await self.doubts.settle(all_of_it=True)
        kept = sum(entry.times for entry in self.quarantine.entries(limit=100_000))
        counted = sum(sum(reasons.values()) for reasons in self.quarantine.counted().values())
        events = [event for event in self.sink.events if event.kind is EventKind.BATCH_QUARANTINED]
        return kept + counted, sum(int(str(event.data["count"])) for event in events)


@asynccontextmanager
async def parent(folder: Path) -> AsyncGenerator[Parent]:
    clock, sink = FakeClock(), RecordingSink()
    authority = Authority(folder / "ca")
    authority.create("Town", clock.now_ms())
    quarantine = Quarantine(folder / "cloud.enemado", clock)
    doubts = Doubts(quarantine, sink, clock)

    async def heard(caller: str, batches: object) -> None:
        """Nobody asks here."""

    async with open_store(folder / "cloud.enemado", "cloud", clock) as store:
        ingest = Ingest(store, KnownKeys(authority, clock), doubts, new_key(), heard)
        school, other = enrol(authority, clock, "school"), enrol(authority, clock, "north")
        try:
            yield Parent(authority, ingest, doubts, quarantine, sink, clock, school, other, store.held)
        finally:
            ingest.close()


def resealed(body: bytes, **changes: object) -> bytes:
    """The same batch with another header and a hash that fits it."""
    header = read_header(body)
    fields = {name: getattr(header, name) for name in header.__struct_fields__}
    content = unseal(body)
    packed = pack_content(content.readings, content.readings.value.astype("int64") * 0 + 1)
    return seal(Header(**{**fields, **changes}), packed)  # type: ignore[arg-type]


def tampered(luck: random.Random, batches: list[SignedBatch], thief: Ed25519PrivateKey) -> SignedBatch:
    """One of the batches as somebody on the way would send it."""
    good, next_one = luck.sample(batches, 2)
    body, envelope = bytearray(good.body), bytearray(good.envelope)
    match luck.randrange(10):
        case 0:
            body[luck.randrange(len(body))] ^= 1 << luck.randrange(8)
        case 1:
            envelope[luck.randrange(len(envelope))] ^= 1 << luck.randrange(8)
        case 2:
            del body[luck.randrange(len(body)) :]
        case 3:
            envelope[:] = next_one.envelope
        case 4:
            middle = luck.randrange(1, len(body) - HASH_BYTES)
            spliced = bytes(body[:middle]) + next_one.body[middle:-HASH_BYTES]
            body[:] = spliced + hashlib.sha256(spliced).digest()
        case 5:
            body[:] = resealed(good.body, predecessor=luck.randbytes(32))
        case 6:
            body[:] = resealed(good.body, first=luck.randrange(1, 1 << 40))
        case 7:
            body[:] = resealed(good.body, node=luck.choice(["school1", "schoo1", "School", "north", "cloud"]))
        case 8:
            envelope[:] = sign(thief, key_id_of(thief.public_key()), good.body)
        case _:
            claimed = bytes(envelope[KEY_AT : KEY_AT + KEY_ID_BYTES])
            envelope[:] = sign(thief, claimed, good.body)
    made = SignedBatch(bytes(body), bytes(envelope))
    # A splice of batches that end alike may be what it was.
    return tampered(luck, batches, thief) if made == good else made


async def test_nothing_that_was_tampered_with_is_taken_and_all_of_it_is_audited(tmp_path: Path, times: int, seed: int) -> None:
    luck, thief = random.Random(seed), Ed25519PrivateKey.generate()
    async with parent(tmp_path) as found:
        batches = [found.school.seal(5, defines=number == 0).signed for number in range(20)]
        sent = 0
        while sent < times:
            portion = [tampered(luck, batches, thief) for _ in range(min(20, times - sent))]
            results = await found.take(*portion, caller=luck.choice(["school", "school", "north"]))
            assert {result.verdict for result in results} == {Said.REFUSED}, results
            sent += len(portion)
        assert await found.held([found.school.chain]) == {}  # type: ignore[misc]
        assert await found.audited() == (times, times)
        assert {result.verdict for result in await found.take(*batches)} == {Said.KEPT}, "the true ones are taken all the same"


async def test_a_replay_is_kept_once_and_other_content_in_its_place_is_not(tmp_path: Path, times: int, seed: int) -> None:
    luck = random.Random(seed)
    async with parent(tmp_path) as found:
        batches = [found.school.seal(5, defines=number == 0).signed for number in range(20)]
        assert {result.verdict for result in await found.take(*batches)} == {Said.KEPT}
        held = await found.held([found.school.chain])  # type: ignore[misc]
        refused = Counter[str]()
        for _ in range(times):
            batch = luck.choice(batches)
            match luck.randrange(4):
                case 0:
                    (result,) = await found.take(batch, caller="north")
                    assert (result.verdict, result.reason) == (Said.REFUSED, "wrong_node")
                case 1:
                    body = resealed(batch.body, sealed_ms=luck.randrange(1 << 40))
                    (result,) = await found.take(SignedBatch(body, found.school.key.sign(body)))
                    assert result.reason in {"conflict", "forked"}
                case _:
                    (result,) = await found.take(batch)
                    assert result.verdict is Said.KNOWN
            refused[result.reason] += 1
        assert await found.held([found.school.chain]) == held  # type: ignore[misc]
        assert await found.audited() == (times - refused[""],) * 2


async def test_late_batches_are_taken_however_late(tmp_path: Path, times: int, seed: int) -> None:
    luck = random.Random(seed)
    async with parent(tmp_path) as found:
        batches = [found.school.seal(2, defines=number == 0).signed for number in range(times)]
        first, *rest = batches
        assert [result.verdict for result in await found.take(first)] == [Said.KEPT]
        luck.shuffle(rest)
        for batch in rest:
            found.clock.advance(luck.choice([0, 0, 0, 300, 86_400, 3 * 86_400]))
            assert [result.verdict for result in await found.take(batch)] == [Said.KEPT]
        held = await found.held([found.school.chain])  # type: ignore[misc]
        assert held == {found.school.chain: Spans(((1, found.school.next - 1),))}


async def test_strangers_are_refused_and_told(town: Town, times: int, seed: int) -> None:
    luck, times = random.Random(seed), min(times, 100) if times == 300 else times
    member, revoked = Applicant("school"), Applicant("revoked")
    good = member.join(town.authority, NOW_MS)
    gone = revoked.join(town.authority, NOW_MS)
    town.authority.revoke([each for each in town.authority.registry.members() if each.node == "revoked"], NOW_MS)
    other = Authority(town.folder / "other")
    other.create("Town", NOW_MS)

    def stranger() -> tuple[bytes, Ed25519PrivateKey]:
        thief = Applicant(luck.choice(["school", "schoo1", "School", "school ", "north", "town"]))
        kind = luck.choice(["unknown", "expired", "early", "other", "revoked", "server"])
        signing = other if kind == "other" else town.authority
        if kind == "revoked":
            return gone.certificate, revoked.private
        if kind == "server":
            return signing.issue_server(["localhost"], thief.private.public_key(), NOW_MS), thief.private
        at_ms = NOW_MS + {"expired": -31 * DAY_MS, "early": DAY_MS}.get(kind, 0)
        return pem_of(issue_node(read_request(thief.request), signing.certificates()[0], signing._key(1), at_ms)), thief.private

    async with town.open():
        for _ in range(times):
            certificate, private = stranger()
            line = Line(town.url, lambda shown=certificate, key=private: client_context(good.authorities, shown, key))
            with pytest.raises((LineCut, Refused)) as caught:
                await line.get("/who")
            assert not isinstance(caught.value, Refused) or caught.value.status == 403
            await line.close()
        line = Line(town.url, lambda: client_context(good.authorities, good.certificate, member.private))
        assert (await line.get("/who")).body == b"school"
        await line.close()
    await until(lambda: sum(town.refused().values()) == times)


async def test_of_two_nodes_with_one_key_the_first_batch_of_the_second_is_noticed(tmp_path: Path) -> None:
    async with parent(tmp_path) as found:
        await found.take(*(found.school.seal(3, defines=number == 0).signed for number in range(5)))
        copy = replace(found.school, at_ms=found.school.at_ms + 7)
        assert [result.verdict for result in await found.take(found.school.seal(3).signed)] == [Said.KEPT]
        (result,) = await found.take(copy.seal(4).signed)
        assert (result.verdict, result.reason) in {(Said.REFUSED, "conflict"), (Said.REFUSED, "forked")}
        assert any(event.data.get("reason") == result.reason for event in found.sink.events)


async def test_a_revoked_key_counts_no_more_with_the_next_parcel(tmp_path: Path) -> None:
    async with parent(tmp_path) as found:
        await found.take(found.school.seal(3, defines=True).signed)
        found.authority.revoke([each for each in found.authority.registry.members() if each.node == "school"], 1)
        (result,) = await found.take(found.school.seal(3).signed)
        assert (result.verdict, result.reason) == (Said.REFUSED, "revoked")
        assert isinstance(found.school.chain, Chain)


async def test_no_secret_leaves_the_place_where_it_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    from backend.identity.backup import back_up

    async with parent(tmp_path) as found:
        code = found.authority.make_code("late", found.clock.now_ms())
        late = Applicant("late")
        found.authority.apply(code, late.request, found.clock.now_ms())
        back_up(found.authority, tmp_path / "backup", "a long password")
        await found.take(found.school.seal(3, defines=True).signed)
        private = found.school.key.private.private_bytes_raw()
        words = [code.encode(), code.replace("-", "").encode(), private, private.hex().encode()]
        told = repr(found.sink.events) + caplog.text
    assert files_with(tmp_path, words) == []
    assert files_with(tmp_path, [b"BEGIN PRIVATE KEY"]) == ["authority-001.key"]
    assert not any(word.decode("latin-1") in told for word in words)


def files_with(folder: Path, words: Sequence[bytes]) -> list[str]:
    """Names of the files in which one of these stands."""
    places = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [path.name for path in places if any(word in path.read_bytes() for word in words)]


def test_the_repository_holds_no_private_key() -> None:
    marks = (b"-----BEGIN " + b"PRIVATE KEY", b"-----BEGIN EC " + b"PRIVATE KEY", b"-----BEGIN RSA " + b"PRIVATE KEY")
    folders = ("app", "backend", "kiosk", "assets", "tests", "packaging", "translations")
    files = [
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    assert [path.name for path in files if any(mark in path.read_bytes() for mark in marks)] == []
