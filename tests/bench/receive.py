"""How fast a store takes in batches of other nodes, verified and folded, beside bare rows: ``python -m tests.bench.receive``."""

import argparse
import asyncio
import os
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import asyncpg
import numpy as np
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.model.clock import ClockQuality
from backend.model.columns import Columns
from backend.model.definitions import Definitions, Document, NumberedPoint
from backend.store.exchange import Incoming, Verdict
from backend.store.opening import open_store
from backend.store.reader import open_reader
from backend.store.served import ServedStore
from backend.store.tiers.documents import encode
from backend.wire.batch import FIRST_PREDECESSOR, Header, pack_content, read_hash, seal, unseal
from backend.wire.parcel import SignedBatch
from backend.wire.signature import key_id_of, sign, verify
from tests.bench.ingest import HOUR_MS, START_MS, BareTable, as_rows, verdict
from tests.bench.load import Load, SimulatedClock, town
from tests.bench.postgres import BARE, copy_all
from tests.support.postgres import missing, postgres_server

PARCEL = 200
"""Batches in one request."""
MIB = 1024


@dataclass
class Plan:
    """What one child sends: a backlog of one reading per point and second."""

    points: int
    seconds: int
    group: int
    """Readings per batch."""


@dataclass
class Cost:
    """Seconds by what they were spent on."""

    verifying: float = 0.0
    receiving: float = 0.0
    folding: float = 0.0
    bare: float = 0.0
    readings: int = 0
    batches: int = 0
    most_waiting: int = 0
    grown_mib: float = 0.0

    @property
    def seconds(self) -> float:
        """All of the parent's work."""
        return self.verifying + self.receiving + self.folding


class Child:
    """Seals and signs what a site of this plan would."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.key = Ed25519PrivateKey.generate()
        self._key_id = key_id_of(self.key.public_key())
        self._plan = plan
        self._sites, self._devices, self._points = town(plan.points, 1.0)
        self._digits = np.array([0, *(point.spec.digits for point in self._points)], np.int64)
        self._load = Load(list(range(1, plan.points + 1)), START_MS - plan.seconds * 1000, 1000, seed)
        self._epoch, self._next, self._predecessor = os.urandom(16), 1, FIRST_PREDECESSOR

    def definitions(self) -> SignedBatch:
        """What its numbers mean."""
        documents = [Document("site", site.key, encode(site)) for site in self._sites]
        documents += [Document("device", device.key, encode(device)) for device in self._devices]
        numbered = [NumberedPoint(number, point) for number, point in enumerate(self._points, 1)]
        return self._seal(Columns.empty(), Definitions(numbered, documents))

    def parcels(self) -> Iterator[tuple[list[SignedBatch], Columns]]:
        """All it has, in order; with each parcel the readings in it."""
        ticks = PARCEL * self._plan.group // self._plan.points
        for start in range(0, self._plan.seconds, ticks):
            columns = self._load.take(min(ticks, self._plan.seconds - start))
            parts = [columns.take(slice(at, at + self._plan.group)) for at in range(0, len(columns), self._plan.group)]
            yield [self._seal(part, Definitions()) for part in parts], columns

    def _seal(self, readings: Columns, definitions: Definitions) -> SignedBatch:
        span, place = len(readings) + len(definitions), (self._epoch, self._next)
        counts, quality = (span, len(readings), self._load.now_ms, bytes(16)), ClockQuality.SYNCHRONISED
        content = pack_content(readings, self._digits[readings.point], definitions=definitions)
        body = seal(Header("child", *place, *counts, quality, self._predecessor), content)
        self._next, self._predecessor = self._next + span, read_hash(body)
        return SignedBatch(body, sign(self.key, self._key_id, body))


class Bare(Protocol):
    """The limit: the same rows as they are."""

    async def write(self, rows: list[tuple[int, int, float, int, int]], group: int) -> None: ...


class BareFile:
    """Into a table of SQLite by ``executemany``."""

    def __init__(self, path: Path) -> None:
        self._table = BareTable(path)

    async def write(self, rows: list[tuple[int, int, float, int, int]], group: int) -> None:
        self._table.write(rows, [])


class BareCopy:
    """Into a table of PostgreSQL by binary COPY."""

    def __init__(self, link: Any) -> None:
        self._link = link

    async def write(self, rows: list[tuple[int, int, float, int, int]], group: int) -> None:
        await copy_all(self._link, rows, group)


def resident_mib() -> float:
    """The most this process ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


async def run(place: Path | str, plan: Plan, seed: int, bare: Bare | None) -> Cost:
    """Send the plan to a store; the bare rows, where asked for, by turns."""
    cost, child = Cost(), Child(plan, seed)
    public = child.key.public_key()

    def believe(signed: SignedBatch) -> Incoming:
        verify(signed.envelope, signed.body, public)
        return Incoming(unseal(signed.body), signed)

    clock = SimulatedClock(START_MS)
    async with open_store(place, "cloud", clock) as store:
        assert await store.receive([believe(child.definitions())]) == [Verdict.KEPT]
        before = resident_mib()
        for parcel, columns in child.parcels():
            began = perf_counter()
            incoming = [believe(signed) for signed in parcel]
            verified = perf_counter()
            assert set(await store.receive(incoming)) == {Verdict.KEPT}
            received = perf_counter()
            cost.most_waiting = max(cost.most_waiting, store.unfolded)
            while store.unfolded > 120_000:
                await store.fold()
            cost.verifying += verified - began
            cost.receiving += received - verified
            cost.folding += perf_counter() - received
            cost.readings, cost.batches = cost.readings + len(columns), cost.batches + len(parcel)
            if bare is not None:
                rows, began = as_rows(columns), perf_counter()
                await bare.write(rows, plan.group)
                cost.bare += perf_counter() - began
        cost.grown_mib = resident_mib() - before
        clock.at_ms += HOUR_MS
        await settle(store, cost)
    async with open_reader(place) as reader:
        assert (await reader.state()).unfolded == 0
    return cost


async def settle(store: ServedStore, cost: Cost) -> None:
    """Fold what is left."""
    began = perf_counter()
    while await store.fold():
        pass
    cost.folding += perf_counter() - began


def show(name: str, cost: Cost) -> None:
    """One line."""
    parts = (cost.verifying, cost.receiving, cost.folding, cost.seconds)
    typer.echo(
        f"{name:<30}{cost.batches:>9,}{cost.readings / cost.seconds:>12,.0f}/s"
        + "".join(f"{part:>9.1f}" for part in parts)
        + f"{cost.bare:>9.1f}{cost.most_waiting:>9,}{cost.grown_mib:>9.0f}"
    )


async def run_in_postgres(plan: Plan, seed: int, with_bare: bool) -> Cost:
    with postgres_server(durable=True) as server:
        link = await asyncpg.connect(await server.new_database())
        await link.execute(BARE)
        try:
            return await run(await server.new_database(), plan, seed, BareCopy(link) if with_bare else None)
        finally:
            await link.close()


def run_in_file(plan: Plan, seed: int, with_bare: bool, folder: Path) -> Cost:
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=folder) as place:
        bare = BareFile(Path(place) / "bare.db") if with_bare else None
        return asyncio.run(run(Path(place) / "cache.db", plan, seed, bare))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the backlog")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, default=Path(), help="a folder on the disk to be measured")
    options = parser.parse_args()
    days = 3 / 20 if options.quick else 3
    backlog, town_plan = Plan(20, round(days * 86400), 40), Plan(1000, 400 if options.quick else 3600, 500)
    names = (f"{name:>9}" for name in ("verify", "receive", "fold", "all, s", "bare", "waiting", "MiB"))
    typer.echo(f"{'':<30}{'batches':>9}{'readings':>14}{''.join(names)}")
    costs = {"backlog of a site, SQLite": run_in_file(backlog, options.seed, False, options.dir)}
    costs["1,000 points, SQLite"] = run_in_file(town_plan, options.seed, True, options.dir)
    if missing() is None:
        costs["backlog of a site, PostgreSQL"] = asyncio.run(run_in_postgres(backlog, options.seed, False))
        costs["1,000 points, PostgreSQL"] = asyncio.run(run_in_postgres(town_plan, options.seed, True))
    bars: list[tuple[str, float, float, bool]] = []
    for name, cost in costs.items():
        show(name, cost)
        if cost.bare:
            bars.append((f"{name}: over bare rows", cost.bare / cost.seconds, 0.3, False))
        else:
            bars.append((f"{name}: seconds for 3 days", cost.seconds * 3 / days, 60.0, True))
    return verdict(bars)


if __name__ == "__main__":
    raise SystemExit(main())
