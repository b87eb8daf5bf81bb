"""What a store holds of chains, its own and those of others: bytes, order, and what it tells of them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from backend.model.chain import Chain
from backend.model.event import Event
from backend.model.spans import Spans
from backend.store.outbox import open_outbox
from backend.store.reader import open_reader
from backend.wire.batch import Batch, unseal
from tests.support.witness import Fact

MUCH = 1 << 24
MOST_EVENTS = 1_000_000


async def held_of(place: Path | str) -> dict[Chain, Spans]:
    """What is held of every chain."""
    async with open_outbox(place) as outbox:
        return {state.chain: state.held for state in await outbox.chains()}


async def journal(place: Path | str) -> dict[Chain, dict[int, bytes]]:
    """Every batch by chain and first sequence number, in order."""
    found: dict[Chain, dict[int, bytes]] = {}
    async with open_outbox(place) as outbox:
        for state in await outbox.chains():
            first, batches = 1, {}
            while some := await outbox.oldest(state.number, first, MUCH):
                batches |= {batch.first: batch.signed.body for batch in some}
                first = some[-1].last + 1
            found[state.chain] = batches
    return found


async def retold(place: Path | str, children: Collection[str]) -> list[str]:
    """Events of these children that a parent tells more or less often than their batches hold them."""
    held, told = Counter[str](), Counter[str]()
    for chain, batches in (await journal(place)).items():
        if chain.node in children:
            events = (event for body in batches.values() for event in unseal(body).events)
            held.update(_words(event, f"node:{chain.node}" if event.subject == "node" else event.subject) for event in events)
    async with open_reader(place) as reader:
        told.update(_words(event, event.subject) for event in await reader.events(0, 1 << 60, limit=MOST_EVENTS))
    return [f"{event}: told {told[event]} times, held {count} times" for event, count in held.items() if told[event] != count]


def _words(event: Event, subject: str) -> str:
    return f"{event.at_ms} {event.kind} {subject} {sorted(event.data.items())}"


def out_of_order(batches: Iterable[Batch], told: Sequence[Fact]) -> list[Fact]:
    """Facts that stand in the chain before one of the same device that was told earlier; repeats do not count."""
    place = {fact: number for number, fact in enumerate(told)}
    latest: dict[str, int] = {}
    seen: set[Fact] = set()
    wrong: list[Fact] = []
    for fact in facts_in(batches):
        if fact not in place or fact in seen:
            continue
        seen.add(fact)
        device = fact[0].rpartition("/")[0]
        if place[fact] < latest.get(device, -1):
            wrong.append(fact)
        latest[device] = max(place[fact], latest.get(device, -1))
    return wrong


def facts_in(batches: Iterable[Batch]) -> Iterator[Fact]:
    """Readings in the order in which they were sealed, by the names that the chain itself gives to their points."""
    keys: dict[int, str] = {}
    for batch in batches:
        keys |= {each.number: each.point.key for each in batch.definitions.points}
        rows = batch.readings
        for number, at_ms, value in zip(rows.point.tolist(), rows.at_ms.tolist(), rows.value.tolist(), strict=True):
            if number in keys:
                yield keys[number], at_ms, value
