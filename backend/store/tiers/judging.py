"""What becomes of a batch of another node: decided before anything of it is written."""

from collections.abc import Iterator
from typing import Protocol

from backend.model.event import Event
from backend.store.exchange import Verdict
from backend.store.tiers.claims import Claims
from backend.store.tiers.holding import HeldSpan
from backend.store.tiers.known_chains import KnownChain
from backend.store.tiers.plausible import is_plausible
from backend.store.tiers.points import PointTable
from backend.wire.batch import FIRST_PREDECESSOR, Batch

OF_SITES = ("site", "device", "clear_sky")
"""Kinds of documents whose keys begin with the key of a site."""


class KeptBatches(Protocol):
    """Where batches of other nodes lie."""

    def last_kept(self, origin: int, last: int) -> tuple[int, int, bytes] | None:
        """First number, span and hash of the batch that is the last to begin at ``last`` or before."""
        ...


class Judging:
    """Reads within the caller's transaction."""

    def __init__(self, kept: KeptBatches, claims: Claims, points: PointTable) -> None:
        self._kept = kept
        self._claims = claims
        self._points = points

    def judge(self, known: KnownChain, batch: Batch) -> Verdict:
        """``KEPT`` where it is to be kept."""
        verdict = self._place(known, batch)
        if verdict is not Verdict.KEPT:
            return verdict
        if not is_plausible(batch):
            return Verdict.MALFORMED
        if batch.events or batch.states or batch.definitions:
            verdict = self._subjects(known, batch)
            if verdict is not Verdict.KEPT:
                return verdict
        return Verdict.KEPT if _knows_points(known, batch) else Verdict.UNDEFINED

    def _place(self, known: KnownChain, batch: Batch) -> Verdict:
        """Whether there is a place for it in its chain."""
        first, last, predecessor = batch.header.first, batch.last, batch.header.predecessor
        if known.own or first < known.start:
            return Verdict.FORKED
        if known.holding.touches(first, last):
            return self._compare(known, batch)
        begins = predecessor == FIRST_PREDECESSOR
        if (begins and known.holding.reaches_below(first)) or (not begins and first == 1):
            return Verdict.FORKED
        return Verdict.KEPT if known.holding.fits(HeldSpan(first, last, predecessor, batch.hash)) else Verdict.FORKED

    def _compare(self, known: KnownChain, batch: Batch) -> Verdict:
        """With what is kept under its numbers; batches that retention has taken are believed to have been the same."""
        first, last, same = batch.header.first, batch.last, (batch.header.span, batch.hash)
        if first in known.fresh:
            return Verdict.KNOWN if known.fresh[first] == same else Verdict.CONFLICT
        if any(start <= last and first < start + span for start, (span, _) in known.fresh.items()):
            return Verdict.CONFLICT
        kept = self._kept.last_kept(known.number, last)
        if kept is not None and kept[0] + kept[1] > first:
            return Verdict.KNOWN if kept == (first, *same) else Verdict.CONFLICT
        return Verdict.KNOWN if known.holding.covers(first, last) else Verdict.CONFLICT

    def _subjects(self, known: KnownChain, batch: Batch) -> Verdict:
        """Whether it may speak of what it speaks of."""
        defined, spoken = set(_sites_defined(batch)), set(_sites_spoken_of(batch))
        if not all(self._claims.is_open_to(site, batch.header.node) for site in defined | spoken):
            return Verdict.FOREIGN
        for numbered in batch.definitions.points:
            ours = known.translation.get(numbered.number)
            if ours and self._points.key(ours) != numbered.point.key:
                return Verdict.CONFLICT
        return Verdict.KEPT if all(map(self._claims.is_taken, spoken - defined)) else Verdict.UNDEFINED


def speaks_of_a_node(event: Event) -> bool:
    """Whether the subject is the node itself, or a child of it."""
    return event.subject == "node" or event.subject.startswith("node:")


def site_of(key: str) -> str:
    """The site in the key of a site, a device, a point or a curve."""
    return key.partition("/")[0]


def _sites_defined(batch: Batch) -> Iterator[str]:
    for document in batch.definitions.documents:
        if document.kind in OF_SITES:
            yield site_of(document.key)
    for numbered in batch.definitions.points:
        yield site_of(numbered.point.device)


def _sites_spoken_of(batch: Batch) -> Iterator[str]:
    for state in batch.states:
        yield site_of(state.device)
    for event in batch.events:
        if not speaks_of_a_node(event):
            yield site_of(event.subject)


def _knows_points(known: KnownChain, batch: Batch) -> bool:
    points = batch.readings.point
    ours = known.translation.of(points)
    if ours.all():
        return True
    defined = {numbered.number for numbered in batch.definitions.points}
    return defined.issuperset(points[ours == 0].tolist())
