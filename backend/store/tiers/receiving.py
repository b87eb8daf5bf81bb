"""Batches of other nodes, taken in: judged, kept as they are, and made readable like this node's own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backend.model.chain import Chain
from backend.model.columns import Columns
from backend.model.definitions import Definitions
from backend.model.delivery import State
from backend.model.event import Event
from backend.model.spans import Spans
from backend.store.exchange import Incoming, Verdict
from backend.store.tiers.claims import Claims
from backend.store.tiers.documents import Documents, encode, state_key
from backend.store.tiers.events import write_events
from backend.store.tiers.holding import HeldSpan
from backend.store.tiers.judging import OF_SITES, Judging, KeptBatches, site_of, speaks_of_a_node
from backend.store.tiers.known_chains import KnownChain, KnownChains
from backend.store.tiers.meta import Meta
from backend.store.tiers.points import PointTable
from backend.store.tiers.spans import read_spans_of
from backend.store.tiers.tables import WritableTables
from backend.store.tiers.translation import translated
from backend.store.tiers.versions import Version

OWN_KEY = "main"
"""Under which a node tells faces of itself; no child takes that place."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A batch that is kept, and its readings under this store's numbers."""

    origin: int
    incoming: Incoming
    readings: Columns


class Inbox(KeptBatches, Protocol):
    """Where batches of other nodes lie, in each store's own way."""

    def keep(self, arrivals: Sequence[Arrival], now_ms: int) -> None:
        """Write them, and put their readings into the journal's tail."""
        ...


class Receiving:
    """Within the caller's transaction; what it remembers is true once that has committed, ``forget`` if it failed.

    ``shared`` where other processes receive too: the caller holds a lock on the chains, and on points where any are defined.
    """

    def __init__(
        self,
        database: WritableTables,
        inbox: Inbox,
        documents: Documents,
        points: PointTable,
        meta: Meta,
        *,
        shared: bool = False,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._documents = documents
        self._points = points
        self._meta = meta
        self._chains = KnownChains(database)
        self._claims = Claims(database)
        self._judging = Judging(inbox, self._claims, points)
        self._shared = shared
        self._defined = -1
        self._arrivals: list[Arrival] = []
        self._events: list[Event] = []
        self._said: dict[tuple[str, str], tuple[bytes | None, Version]] = {}

    def forget(self) -> None:
        """Believe only what the tables say."""
        self._chains.forget()
        self._defined = -1
        self._arrivals, self._events, self._said = [], [], {}

    def receive(self, batches: Sequence[Incoming], now_ms: int) -> list[Verdict]:
        """Keep what is new and fits; a verdict for each."""
        self._take_up()
        verdicts: list[Verdict] = []
        for incoming in batches:
            known = self._chains.of(incoming.batch.chain)
            verdict = self._judging.judge(known, incoming.batch)
            if verdict is Verdict.KEPT:
                self._keep(known, incoming, now_ms)
            verdicts.append(verdict)
        self._write(now_ms)
        return verdicts

    def held(self, chains: Sequence[Chain]) -> dict[Chain, Spans]:
        """What is held of these chains; those never heard of are missing."""
        found: dict[Chain, Spans] = {}
        sql = "SELECT number FROM origin WHERE node = ? AND epoch = ?"
        for chain in chains:
            number = self._database.one(sql, (chain.node, chain.epoch))
            if number is not None:
                found[chain] = read_spans_of(self._database, "held", number)
        return found

    def _take_up(self) -> None:
        """Read again what somebody else has defined since."""
        self._chains.spare_memory()
        if self._shared:
            self._chains.doubt()
        defined = self._meta.get(Meta.DEFINED)
        if defined != self._defined:
            self._chains.forget()
            self._claims.load()
            self._defined = defined

    def _keep(self, known: KnownChain, incoming: Incoming, now_ms: int) -> None:
        batch = incoming.batch
        header = batch.header
        self._chains.hold(known, HeldSpan(header.first, batch.last, header.predecessor, batch.hash))
        known.fresh[header.first] = header.span, batch.hash
        if batch.events or batch.states or batch.definitions:
            version = Version(known.number, header.first, header.sealed_ms)
            self._define(known, incoming, version)
            self._take_states(batch.states, version)
            self._events.extend(_told_of(event, header.node) for event in batch.events)
        readings = translated(batch.readings, known.translation.of(batch.readings.point), now_ms)
        self._arrivals.append(Arrival(known.number, incoming, readings))

    def _define(self, known: KnownChain, incoming: Incoming, version: Version) -> None:
        definitions, node = incoming.batch.definitions, incoming.batch.header.node
        if not definitions:
            return
        if definitions.lasting:
            self._copy(known, incoming)
            self._defined = -1
        self._take_points(known, definitions, version)
        for document in definitions.documents:
            if document.kind in OF_SITES:
                self._claims.take(site_of(document.key), node)
                self._say(document.kind, document.key, document.body, version)
            elif document.kind == "node" and node != OWN_KEY:
                self._say("node", node, document.body, version)

    def _copy(self, known: KnownChain, incoming: Incoming) -> None:
        header, signed = incoming.batch.header, incoming.signed
        self._database.execute(
            "INSERT INTO defining (origin, first, span, readings, body, envelope) VALUES (?, ?, ?, ?, ?, ?)",
            (known.number, header.first, header.span, header.readings, signed.body, signed.envelope or None),
        )

    def _take_points(self, known: KnownChain, definitions: Definitions, version: Version) -> None:
        points = [numbered.point for numbered in definitions.points]
        self._points.take(points, version)
        ours = self._points.numbers(points)
        for numbered in definitions.points:
            self._claims.take(site_of(numbered.point.device), known.chain.node)
            number = ours[numbered.point.key]
            if known.translation.get(numbered.number) != number:
                self._database.execute(
                    "INSERT INTO translation (origin, theirs, ours) VALUES (?, ?, ?)", (known.number, numbered.number, number)
                )
                known.translation.put(numbered.number, number)

    def _take_states(self, states: Sequence[State], version: Version) -> None:
        for state in states:
            self._say(*state_key(state), encode(state), version)

    def _say(self, kind: str, key: str, body: bytes | None, version: Version) -> None:
        """Remember the newest of each key; most states of a backlog are never written."""
        known = self._said.get((kind, key))
        if known is None or version.replaces(known[1]):
            self._said[kind, key] = body, version

    def _write(self, now_ms: int) -> None:
        arrivals, events, said = self._arrivals, self._events, self._said
        self._arrivals, self._events, self._said = [], [], {}
        if arrivals:
            # Of two readings of one millisecond the later one counts, however the batches lie in a parcel.
            arrivals.sort(key=_place)
            self._chains.write()
            self._inbox.keep(arrivals, now_ms)
        for (kind, key), (body, version) in said.items():
            self._documents.put_newer(kind, key, body, version)
        write_events(self._database, events)
        if self._defined < 0:
            self._meta.count_up(Meta.DEFINED)
            self._defined = self._meta.get(Meta.DEFINED)
            self._points.load_settings()


def _place(arrival: Arrival) -> tuple[int, int]:
    return arrival.origin, arrival.incoming.batch.header.first


def _told_of(event: Event, node: str) -> Event:
    """What a node says of itself is kept under its name."""
    if not speaks_of_a_node(event):
        return event
    return replace(event, subject=f"node:{node}{event.subject.removeprefix('node')}")
