"""Children with stores of their own, and what becomes of their batches at a parent."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from backend.model.chain import Chain
from backend.model.columns import Columns
from backend.model.device import ConnectorStatus, Device, DeviceKind, DeviceStatus
from backend.model.event import Event, EventKind
from backend.model.node import Curve
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.site import Place, Site
from backend.model.states import Connectivity, ConnectorState
from backend.store.contract import Level, Reader, SharedStore
from backend.store.exchange import Incoming, Verdict
from backend.store.outbox import open_outbox
from backend.store.sqlite import open_store
from backend.wire.batch import read_header, seal, unseal
from backend.wire.parcel import SignedBatch
from backend.wire.signature import Signer
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, HOUR_MS, good

START_MS = 20_700 * DAY_MS - 9 * HOUR_MS
"""Midnight in Japan."""
MINUTE_MS = 60_000
MUCH = 1 << 24
ENVELOPE = bytes(92)
"""A store does not look at it."""


@dataclass
class House:
    """A child's open store with one site, an inverter and a charger."""

    store: SharedStore
    clock: FakeClock
    node: str
    numbers: dict[str, int]

    @property
    def power(self) -> Point:
        return Point(f"{self.node}/pcs", PointSpec("ac_power", Unit.WATT, digits=1))

    @property
    def energy(self) -> Point:
        return Point(f"{self.node}/pcs", PointSpec("ac_energy", Unit.WATT_HOUR, PointKind.ACCUMULATING, digits=0))

    @property
    def site(self) -> Site:
        return Site(self.node, {"en": self.node}, Place(35.0, 139.0), "Asia/Tokyo")

    @property
    def devices(self) -> list[Device]:
        names = {"en": "it"}
        return [
            Device(f"{self.node}/pcs", self.node, DeviceKind.INVERTER, names, "none", interval_s=60),
            Device(f"{self.node}/ev", self.node, DeviceKind.CHARGER, names, "none", interval_s=60),
        ]

    async def settle_in(self) -> None:
        """Say what there is."""
        await self.store.define([self.site], self.devices)
        self.numbers.update(await self.store.number([self.power, self.energy]))

    async def change(self) -> None:
        """Say that the inverter's power is limited, and kept with other digits: these stay as they are."""
        spec = replace(self.power.spec, high=5e4, digits=3)
        await self.store.number([replace(self.power, spec=spec)])

    async def write(self, point: Point, minutes: Iterable[int], values: Iterable[float]) -> None:
        """Good readings, so many minutes after the start, in one batch."""
        at_ms = [START_MS + minute * MINUTE_MS + 500 for minute in minutes]
        await self.store.commit(good(self.numbers[point.key], at_ms, list(values)), [], [])

    async def live(self, first_hour: int, hours: int, batch_minutes: int = 20) -> None:
        """A power that wanders, a register that starts again from 0 after 150 minutes, states and events, folded."""
        for start in range(first_hour * 60, (first_hour + hours) * 60, batch_minutes):
            minutes = range(start, start + batch_minutes)
            await self.write(self.power, minutes, [(minute * 37 % 101) / 10 for minute in minutes])
            await self.write(
                self.energy, minutes, [20.0 * (minute - 150 if minute >= 150 else minute + 5000) for minute in minutes]
            )
            await self.tell(start)
            await self.at(START_MS + (start + batch_minutes) * MINUTE_MS)

    async def tell(self, minute: int) -> None:
        """What is so at that minute."""
        at_ms, pcs, ev = START_MS + minute * MINUTE_MS, f"{self.node}/pcs", f"{self.node}/ev"
        link = Connectivity.CONNECTED if minute % 40 else Connectivity.LOST
        plug = ConnectorState.CHARGING if minute % 60 else ConnectorState.AVAILABLE
        states = [DeviceStatus(pcs, link, at_ms, at_ms), ConnectorStatus(ev, 1, plug, at_ms)]
        events = [Event(at_ms, EventKind.DEVICE_LOST, pcs, {"minute": minute}), Event(at_ms, EventKind.NODE_STARTED, "node")]
        lost = Event(at_ms, EventKind.DATA_LOST, "node:grandchild", {"count": 3})
        await self.store.commit(Columns.empty(), [*events, lost], states)
        day = datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()
        await self.store.put("clear_sky", f"{self.node}/{day}", Curve(at_ms, 1000, (float(minute),)))

    async def at(self, now_ms: int) -> None:
        """Let the clock stand there and fold what is due then."""
        self.clock.advance((now_ms - self.clock.now_ms()) / 1000)
        while await self.store.fold():
            pass


@asynccontextmanager
async def house(path: Path, node: str, now_ms: int = START_MS, signer: Signer | None = None) -> AsyncGenerator[House]:
    """A child that has said what there is."""
    clock = FakeClock(now_ms)
    async with open_store(path, node, clock, signer=signer) as store:
        place = House(store, clock, node, {})
        await place.settle_in()
        yield place


async def batches_of(path: Path, node: str) -> list[SignedBatch]:
    """All that a child has sealed, in every epoch, in order."""
    async with open_outbox(path) as outbox:
        chains = sorted([chain for chain in await outbox.chains() if chain.own], key=lambda chain: chain.number)
        kept = [batch for chain in chains for batch in await outbox.oldest(chain.number, 1, MUCH)]
        assert {read_header(batch.signed.body).node for batch in kept} <= {node}
        return [SignedBatch(batch.signed.body, ENVELOPE) for batch in kept]


def incoming(signed: SignedBatch) -> Incoming:
    return Incoming(unseal(signed.body), signed)


def altered(signed: SignedBatch, **header: object) -> SignedBatch:
    """The same content under another header."""
    body = signed.body
    found = read_header(body)
    length = int.from_bytes(body[3:5], "little")
    return SignedBatch(seal(msgspec.structs.replace(found, **header), body[5 + length : -32]), ENVELOPE)


async def hand_in(store: SharedStore, batches: Sequence[SignedBatch], size: int = 1 << 20) -> list[Verdict]:
    """Give them to a parent, so many at a time."""
    verdicts: list[Verdict] = []
    for start in range(0, len(batches), size):
        verdicts += await store.receive([incoming(signed) for signed in batches[start : start + size]])
    return verdicts


async def hand_in_all(store: SharedStore, batches: Sequence[SignedBatch], size: int = 1 << 20) -> None:
    """The same, again and again until every definition has come."""
    waiting = list(batches)
    while waiting:
        verdicts = await hand_in(store, waiting, size)
        assert set(verdicts) <= {Verdict.KEPT, Verdict.KNOWN, Verdict.UNDEFINED}
        left = [signed for signed, verdict in zip(waiting, verdicts, strict=True) if verdict is Verdict.UNDEFINED]
        assert len(left) < len(waiting)
        waiting = left


async def answers(reader: Reader, node: str, subject_of_node: str) -> dict[str, object]:
    """Everything that a reader says of a child's site, in a form that can be compared."""
    found: dict[str, object] = {}
    first, end_ms = datetime.fromtimestamp((START_MS + 9 * HOUR_MS) / 1000, UTC).date(), START_MS + 3 * DAY_MS
    keys = [point.key for point in await reader.points() if point.device.startswith(f"{node}/")]
    found["points"] = {point.key: point for point in await reader.points() if point.key in keys}
    found["latest"] = await reader.latest(keys)
    found["energy"] = await reader.energy_by_day(keys, first - timedelta(1), first + timedelta(3))
    for key in keys:
        raw = await reader.raw(key, START_MS - DAY_MS, end_ms)
        found[f"{key} raw"] = [column.tolist() for column in (raw.at_ms, raw.value, raw.quality, raw.flags)]
        for level in Level:
            told = await reader.rollup(key, level, START_MS - DAY_MS, end_ms)
            columns = (told.minimum, told.mean, told.maximum, told.energy, told.coverage)
            figures = [[None if np.isnan(figure) else round(float(figure), 9) for figure in column] for column in columns]
            found[f"{key} {level}"] = [told.start_ms.tolist(), *figures]
    for key in (*keys, f"{node}/pcs", f"{node}/ev", subject_of_node, f"{subject_of_node}:grandchild"):
        events = await reader.events(0, 1 << 60, key)
        found[key.replace(subject_of_node, "node")] = sorted((event.at_ms, event.kind, str(event.data)) for event in events)
    for key in (f"{node}/pcs", f"{node}/ev", subject_of_node):
        gaps = [replace(gap, number=0, subject="") for gap in await reader.gaps(0, 1 << 60, key)]
        found[f"gaps of {key.replace(subject_of_node, 'node')}"] = sorted(gaps, key=lambda gap: (gap.from_ms, gap.cause))
    for name, several in (("sites", await reader.sites()), ("devices", await reader.devices())):
        found[name] = [each for each in several if (each.key + "/").startswith(f"{node}/")]
    for name, several in (("statuses", await reader.statuses()), ("connectors", await reader.connectors())):
        found[name] = [each for each in several if each.device.startswith(f"{node}/")]
    days = [(first + timedelta(day)).isoformat() for day in range(-1, 3)]
    found["curves"] = [await reader.document("clear_sky", f"{node}/{day}", Curve) for day in days]
    return found


def chain_of(signed: SignedBatch) -> Chain:
    header = read_header(signed.body)
    return Chain(header.node, header.epoch)
