"""What a parent's store does not keep: each guard by itself, and that nothing of such a batch is left behind."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from backend.model.chain import Chain
from backend.model.clock import ClockAnchor, ClockQuality
from backend.model.columns import Columns
from backend.model.definitions import Definitions, Document, NumberedPoint
from backend.model.delivery import State
from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.event import Event, EventKind
from backend.model.node import Curve, NodeInfo
from backend.model.point import Point
from backend.model.spans import Spans
from backend.model.states import Connectivity, ConnectorState
from backend.store.contract import SharedStore
from backend.store.exchange import Verdict
from backend.store.retention import Retention
from backend.store.tiers.documents import encode
from backend.wire.batch import FIRST_PREDECESSOR, Header, pack_content, read_hash, seal
from backend.wire.parcel import SignedBatch
from tests.contract.store.shops import Shop
from tests.support.clock import FakeClock
from tests.support.family import ENVELOPE, START_MS, House, altered, hand_in, house
from tests.support.town import HOUR_MS, good, settle_in

EMPTY = Columns.empty()
KEPT, KNOWN, UNDEFINED, CONFLICT, FORKED, FOREIGN, MALFORMED = Verdict


@dataclass
class Forger:
    """Seals what it likes, as the next batch of a chain of its own."""

    node: str
    epoch: bytes = bytes(range(16))
    next: int = 1
    predecessor: bytes = FIRST_PREDECESSOR

    @property
    def chain(self) -> Chain:
        return Chain(self.node, self.epoch)

    def seal(
        self,
        readings: Columns = EMPTY,
        events: Sequence[Event] = (),
        states: Sequence[State] = (),
        definitions: Definitions | None = None,
        **header: object,
    ) -> SignedBatch:
        """One batch; the chain goes on from it."""
        definitions = definitions or Definitions()
        span = max(len(readings) + len(events) + len(states) + len(definitions), 1)
        plain = Header(
            self.node, self.epoch, self.next, span, len(readings), START_MS, bytes(16), ClockQuality.UNKNOWN, self.predecessor
        )
        digits = np.zeros(len(readings), np.int64)
        body = seal(plain, pack_content(readings, digits, events, states, definitions))
        batch = SignedBatch(body, ENVELOPE)
        self.next, self.predecessor = self.next + span, read_hash(body)
        return altered(batch, **header) if header else batch


def defining(place: House) -> Definitions:
    """All that a child's own definitions say."""
    documents = [Document("site", place.node, encode(place.site))]
    documents += [Document("device", device.key, encode(device)) for device in place.devices]
    return Definitions([NumberedPoint(1, place.power), NumberedPoint(2, place.energy)], documents)


def of_house(node: str) -> House:
    """Names of what a child has; without a store."""
    return House(None, FakeClock(START_MS), node, {})  # type: ignore[arg-type]


def values(point: int, *at_ms: int) -> Columns:
    return good(point, [START_MS + each for each in at_ms], [1.0] * len(at_ms))


@asynccontextmanager
async def parent(shop: Shop, *, retention: Retention | None = None) -> AsyncGenerator[SharedStore]:
    async with shop.open("cloud", FakeClock(START_MS + HOUR_MS), retention) as store:
        yield store


async def expect(shop: Shop, store: SharedStore, batch: SignedBatch, verdict: Verdict) -> None:
    """This verdict, and no trace of the batch."""
    while await store.fold():
        pass
    before = await shop.rows()
    assert await hand_in(store, [batch]) == [verdict]
    assert await shop.rows() == before


@pytest.fixture
def forger() -> Forger:
    return Forger("school")


async def begin(store: SharedStore, forger: Forger) -> list[SignedBatch]:
    """Definitions, then readings of three batches."""
    batches = [forger.seal(definitions=defining(of_house(forger.node)))]
    batches += [forger.seal(values(1, i * 1000, i * 1000 + 500)) for i in range(3)]
    assert await hand_in(store, batches) == [KEPT] * 4
    return batches


async def test_other_bytes_under_the_same_numbers_are_a_conflict(shop: Shop, forger: Forger) -> None:
    async with parent(shop) as store:
        batches = await begin(store, forger)
        await expect(shop, store, altered(batches[2], sealed_ms=START_MS + 1), CONFLICT)
        await expect(shop, store, batches[2], KNOWN)
        await expect(shop, store, altered(batches[2], first=9, span=2), CONFLICT)
        await expect(shop, store, altered(batches[2], first=7, span=3), CONFLICT)
        await expect(shop, store, altered(batches[2], first=2, span=200), CONFLICT)
        await expect(shop, store, altered(batches[3], span=3), CONFLICT)
        fine = forger.seal(values(1, 9000))
        twice = [fine, fine, altered(fine, sealed_ms=1), altered(fine, first=forger.next - 1, span=5, sealed_ms=1)]
        assert await hand_in(store, twice) == [KEPT, KNOWN, CONFLICT, CONFLICT]
        assert await store.held([forger.chain]) == {forger.chain: Spans.of([(1, forger.next - 1)])}


async def test_whoever_does_not_fit_its_neighbours_has_forked(shop: Shop, forger: Forger) -> None:
    async with parent(shop) as store:
        await begin(store, forger)
        await expect(shop, store, forger.seal(values(1, 5000), predecessor=bytes(31) + b"x"), FORKED)
        fork, forger.predecessor = forger.predecessor, b"o" * 32
        skipped = forger.next
        forger.next += 1
        later = forger.seal(values(1, 7000), predecessor=b"n" * 32)
        assert await hand_in(store, [later]) == [KEPT]
        before_it = replace(forger, next=skipped, predecessor=b"?" * 32)
        await expect(shop, store, before_it.seal(values(1, 6000)), FORKED)
        await expect(shop, store, before_it.seal(values(1, 6000), first=skipped, predecessor=b"m" * 32), FORKED)
        assert fork != forger.predecessor


async def test_only_one_batch_is_the_first_of_its_chain(shop: Shop, forger: Forger) -> None:
    async with parent(shop) as store:
        forger.next = 41
        first, second = forger.seal(definitions=defining(of_house("school"))), forger.seal(values(1, 1))
        assert await hand_in(store, [second, first, second]) == [UNDEFINED, KEPT, KEPT]
        assert await store.held([forger.chain]) == {forger.chain: Spans.of([(1, forger.next - 1)])}
        again = replace(forger, predecessor=FIRST_PREDECESSOR)
        await expect(shop, store, again.seal(values(1, 3000)), FORKED)
        await expect(shop, store, altered(second, first=7), FORKED)
        await expect(shop, store, altered(first, first=7), FORKED)
        await expect(shop, store, Forger("other", predecessor=b"x" * 32).seal(), FORKED)
    async with parent(shop) as store:
        await expect(shop, store, altered(second, first=7), FORKED)


async def test_nobody_sends_what_this_store_has_sealed_itself(shop: Shop) -> None:
    async with parent(shop) as store:
        own = [SignedBatch(body, ENVELOPE) for body in await shop.batches()]
        await expect(shop, store, own[0], FORKED)
        await expect(shop, store, altered(own[0], first=5), FORKED)


async def test_definitions_come_first(shop: Shop, forger: Forger) -> None:
    place = of_house("school")
    lost = [Event(START_MS, EventKind.DEVICE_LOST, "school/pcs")]
    status = [DeviceStatus("school/pcs", Connectivity.LOST, START_MS)]
    async with parent(shop) as store:
        await expect(shop, store, forger.seal(values(1, 1)), UNDEFINED)
        await expect(shop, store, forger.seal(events=lost), UNDEFINED)
        await expect(shop, store, forger.seal(states=status), UNDEFINED)
        rest = [forger.seal(values(1, 2), lost, status, Definitions([NumberedPoint(1, place.power)]))]
        assert await hand_in(store, rest) == [KEPT]
        await expect(shop, store, forger.seal(values(2, 1)), UNDEFINED)
        await expect(shop, store, forger.seal(values(-1, 1)), UNDEFINED)
        await expect(shop, store, forger.seal(values((1 << 31) - 1, 1)), UNDEFINED)
        # Numbers belong to one chain.
        other = Forger("school", b"e" * 16)
        await expect(shop, store, other.seal(values(1, 1)), UNDEFINED)
        # A number never comes to mean another point.
        await expect(shop, store, forger.seal(definitions=Definitions([NumberedPoint(1, place.energy)])), CONFLICT)


async def test_a_site_belongs_to_the_first_who_defines_it(shop: Shop, forger: Forger) -> None:
    school, thief = of_house("school"), Forger("thief")
    site, device = Document("site", "school", encode(school.site)), Document("device", "school/pcs", encode(school.devices[0]))
    curve = Document("clear_sky", "school/2026-09-04", encode(Curve(0, 1, (1.0,))))
    async with parent(shop) as store:
        await begin(store, forger)
        await hand_in(store, [thief.seal(definitions=defining(of_house("thief")))])
        for wanted in (
            Definitions([NumberedPoint(7, school.power)]),
            Definitions([NumberedPoint(7, Point("school/new", school.power.spec))]),
            *(Definitions(documents=[document]) for document in (site, device, curve, Document("site", "school", None))),
        ):
            await expect(shop, store, thief.seal(definitions=wanted), FOREIGN)
        await expect(shop, store, thief.seal(values(1, 9), [Event(1, EventKind.DEVICE_LOST, "school/pcs")]), FOREIGN)
        await expect(shop, store, thief.seal(states=[DeviceStatus("school/pcs", Connectivity.LOST, 1)]), FOREIGN)
        await expect(shop, store, thief.seal(states=[ConnectorStatus("school/ev", 1, ConnectorState.FAULTED, 1)]), FOREIGN)
        # The same node in another life may.
        again = Forger("school", b"e" * 16)
        assert await hand_in(store, [again.seal(definitions=defining(school))]) == [KEPT]


async def test_a_site_of_the_settings_is_nobody_elses(shop: Shop, forger: Forger) -> None:
    clock = FakeClock(START_MS)
    async with shop.open("cloud", clock) as store:
        await settle_in(store, clock)
        await expect(shop, store, forger.seal(definitions=defining(of_house("school"))), FOREIGN)
        await store.define([], [])
        assert await hand_in(store, [Forger("school").seal(definitions=defining(of_house("school")))]) == [KEPT]
        async with shop.reader() as reader:
            assert [site.names for site in await reader.sites()] == [{"en": "school"}]


async def test_the_settings_of_this_node_leave_the_sites_of_others_alone(shop: Shop, forger: Forger) -> None:
    async with parent(shop) as store, shop.reader() as reader:
        await begin(store, forger)
        place = of_house("hall")
        for sites, devices in (([place.site], place.devices), ([], [])):
            await store.define(sites, devices)
            assert [site.key for site in await reader.sites()] == [*(site.key for site in sites), "school"]
            assert len(await reader.devices()) == len(devices) + 2


async def test_what_a_node_says_of_itself_is_kept_under_its_name(shop: Shop) -> None:
    async with parent(shop) as store, shop.reader() as reader:
        await store.put("node", "main", NodeInfo("cloud", "1", ClockAnchor(1, 2)))
        for name in ("a", "main"):
            forger = Forger(name)
            info = Document("node", "main", encode(NodeInfo(name, "1", ClockAnchor(1, 2))))
            events = [Event(START_MS, EventKind.NODE_STARTED, subject) for subject in ("node", "node:b")]
            plan = Document("plan", "main", b"\xc0")
            assert await hand_in(store, [forger.seal(events=events, definitions=Definitions(documents=[info, plan]))]) == [KEPT]
        rows = (await shop.rows())["document"]
        assert not any("plan" in row for row in rows)
        assert [row for row in rows if "'node', 'main'" in row and "cloud" in row]
        assert len([row for row in rows if "'node'" in row]) == 2
        for subject in ("node:a", "node:a:b", "node:main", "node:main:b"):
            assert len(await reader.events(0, 1 << 60, subject)) == 1


def unsound() -> list[tuple[str, dict[str, object]]]:
    """Batches that would hurt a fold, a reader or PostgreSQL."""
    place = of_house("school")
    site, device = place.site, place.devices[0]

    def documents(*several: Document) -> dict[str, object]:
        return {"definitions": Definitions(documents=several)}

    def point(number: int, of: Point) -> dict[str, object]:
        return {"definitions": Definitions([NumberedPoint(number, of)])}

    digits = replace(place.power, spec=replace(place.power.spec, digits=16))
    modulus = replace(place.energy, spec=replace(place.energy.spec, modulus=0.0))
    return [
        ("reading before 1970", {"readings": values(1, -START_MS - 1)}),
        ("reading in 9999", {"readings": values(1, 253_370_764_800_000)}),
        ("event in 9999", {"events": [Event(253_370_764_800_000, EventKind.DEVICE_LOST, "school/pcs")]}),
        ("event with a zero byte", {"events": [Event(1, EventKind.DEVICE_LOST, "school/p\0")]}),
        ("state in 9999", {"states": [DeviceStatus("school/pcs", Connectivity.LOST, 253_370_764_800_000)]}),
        ("state of nothing", {"states": [ConnectorStatus("school", 1, ConnectorState.FAULTED, 1)]}),
        ("number 0", point(0, place.power)),
        ("number too large", point(1 << 20, place.power)),
        ("sixteen digits", point(3, digits)),
        ("modulus 0", point(3, modulus)),
        ("point of no device", point(3, replace(place.power, device="school"))),
        ("a site that is none", documents(Document("site", "school", b"\x01"))),
        ("a site under another key", documents(Document("site", "school2", encode(site)))),
        ("no time zone", documents(Document("site", "school", encode(replace(site, timezone="Mars/Base"))))),
        ("a device under another key", documents(Document("device", "school/x", encode(device)))),
        ("no interval", documents(Document("device", device.key, encode(replace(device, interval_s=float("nan")))))),
        ("a curve that is none", documents(Document("clear_sky", "school/2026-09-04", b""))),
        ("sealed in 9999", {"readings": values(1, 1), "sealed_ms": 253_370_764_800_000}),
    ]


@pytest.mark.parametrize(("name", "parts"), unsound(), ids=[name for name, _ in unsound()])
async def test_what_no_store_can_work_with_is_malformed(shop: Shop, forger: Forger, name: str, parts: dict[str, object]) -> None:
    async with parent(shop) as store:
        await begin(store, forger)
        await expect(shop, store, forger.seal(**parts), MALFORMED)  # type: ignore[arg-type]


async def test_what_is_wrong_takes_nothing_along(shop: Shop, forger: Forger) -> None:
    async with parent(shop) as store, shop.reader() as reader:
        await begin(store, forger)
        wrong = forger.seal(values(9, 4000))
        sent = [wrong, forger.seal(values(1, 5000)), forger.seal(sealed_ms=1 << 50), forger.seal(values(2, 5000))]
        assert await hand_in(store, sent) == [UNDEFINED, KEPT, MALFORMED, KEPT]
        assert len(await reader.raw("school/pcs/ac_power", START_MS, START_MS + HOUR_MS)) == 7


async def test_what_retention_has_taken_is_still_known(shop: Shop, forger: Forger) -> None:
    clock = FakeClock(START_MS + HOUR_MS)
    async with shop.open("cloud", clock, Retention(journal_days=1.0)) as store:
        batches = await begin(store, forger)
        clock.advance(3 * 86400)
        assert await hand_in(store, [forger.seal(values(1, 9000))]) == [KEPT]
        while await store.fold():
            pass
        clock.advance(120)
        while await store.fold():
            pass
        rows = await shop.rows()
        kept = [row for table in ("received", "batch") for row in rows.get(table, []) if repr(batches[2].body)[2:-1] in row]
        assert kept == []
        assert len(rows["defining"]) == 1
        assert await hand_in(store, batches) == [KNOWN] * len(batches)
        assert await hand_in(store, [altered(batches[3], span=4)]) == [CONFLICT]
        await expect(shop, store, replace(forger, predecessor=b"x" * 32).seal(values(1, 9900)), FORKED)


async def test_two_children_with_the_same_numbers_stay_apart(shop: Shop, tmp_path: Path) -> None:
    clock = FakeClock(START_MS + HOUR_MS)
    async with shop.open("cloud", clock) as store, shop.reader() as reader:
        for base, node in enumerate(("one", "two")):
            async with house(tmp_path / f"{node}.db", node) as child:
                assert sorted(child.numbers.values()) == [1, 2]
            forger = Forger(node)
            batches = [forger.seal(definitions=defining(of_house(node))), forger.seal(good(1, [START_MS], [float(base)]))]
            assert await hand_in(store, batches) == [KEPT, KEPT]
        for seconds in (0, 7200):
            clock.advance(seconds)
            while await store.fold():
                pass
            latest = {key: reading.value for key, reading in (await reader.latest()).items()}
            assert latest == {"one/pcs/ac_power": 0.0, "two/pcs/ac_power": 1.0}
            for key, value in latest.items():
                assert (await reader.raw(key, START_MS, START_MS + HOUR_MS)).value.tolist() == [value]
        assert (await reader.state()).unfolded == 0


async def test_definitions_that_come_late_change_nothing_newer(shop: Shop, forger: Forger) -> None:
    place = of_house("school")
    limited = replace(place.power, spec=replace(place.power.spec, high=5e4))
    said = [
        forger.seal(definitions=defining(place)),
        forger.seal(definitions=Definitions([NumberedPoint(1, limited)], [Document("device", "school/ev", None)])),
        forger.seal(definitions=Definitions([NumberedPoint(1, place.power)])),
        forger.seal(definitions=Definitions([NumberedPoint(1, limited)])),
    ]
    async with parent(shop) as store, shop.reader() as reader:
        for batch in reversed(said):
            assert await hand_in(store, [batch]) == [KEPT]
            assert {point.key: point for point in await reader.points()}[limited.key] == limited
        assert [device.key for device in await reader.devices()] == ["school/pcs"]


async def test_of_one_millisecond_the_later_reading_counts(shop: Shop, forger: Forger) -> None:
    async with parent(shop) as store, shop.reader() as reader:
        await begin(store, forger)
        first, second = forger.seal(good(1, [START_MS + 9000], [1.0])), forger.seal(good(1, [START_MS + 9000], [2.0]))
        assert await hand_in(store, [second, first]) == [KEPT, KEPT]
        assert (await reader.latest())["school/pcs/ac_power"].value == 2.0
        assert (await reader.raw("school/pcs/ac_power", START_MS + 9000, START_MS + 9001)).value.tolist() == [2.0]


async def test_a_definition_that_is_said_again_counts_from_then_on(shop: Shop, forger: Forger) -> None:
    place = of_house("school")
    limited = replace(place.power, spec=replace(place.power.spec, high=5e4))
    said = [forger.seal(definitions=Definitions([NumberedPoint(1, point)])) for point in (place.power, limited, place.power)]
    async with parent(shop) as store, shop.reader() as reader:
        for batch in (said[0], said[2], said[1]):
            assert await hand_in(store, [batch]) == [KEPT]
            assert await reader.points() == [place.power]


async def test_what_is_found_about_a_counter_is_told_by_its_own_node_alone(shop: Shop, forger: Forger) -> None:
    clock = FakeClock(START_MS + HOUR_MS)
    async with shop.open("cloud", clock) as store, shop.reader() as reader:
        counts = [9000.0 + 10 * minute for minute in range(30)] + [10.0 * minute for minute in range(30)]
        minutes = [START_MS + minute * 60_000 for minute in range(60)]
        await hand_in(store, [forger.seal(definitions=defining(of_house("school"))), forger.seal(good(2, minutes, counts))])
        clock.advance(7200)
        while await store.fold():
            pass
        assert await reader.events(0, 1 << 60, "school/pcs/ac_energy") == []
        found = Event(START_MS + 30 * 60_000, EventKind.COUNTER_RESET, "school/pcs/ac_energy", {"before": 9290.0})
        assert await hand_in(store, [forger.seal(events=[found])]) == [KEPT]
        assert await reader.events(0, 1 << 60, "school/pcs/ac_energy") == [found]


async def test_points_are_read_anew_where_a_child_changes_them(shop: Shop, forger: Forger) -> None:
    async with parent(shop) as store, shop.reader() as reader:
        await begin(store, forger)
        await reader.latest()
        renamed = replace(of_house("school").site, names={"en": "Renamed"}, timezone="Europe/Berlin")
        change = Definitions(documents=[Document("site", "school", encode(renamed))])
        assert await hand_in(store, [forger.seal(definitions=change)]) == [KEPT]
        assert [site.timezone for site in await reader.sites()] == ["Europe/Berlin"]
