"""Chains in the file: own ones lie one after the other in ``batch``, those of children in ``received``."""

from backend.model.chain import Chain
from backend.model.spans import Spans
from backend.store.exchange import ChainState
from backend.store.tiers.shelf import Shelf
from backend.store.tiers.spans import read_spans, read_spans_of
from backend.store.tiers.tables import Tables
from backend.wire.batch import MOST_SEQUENCE

_HASH = "substr(body, -32)"
_FOLLOWING = "SELECT min(later.start) FROM origin later WHERE later.own AND later.start > origin.start"


def read_chains(tables: Tables) -> list[ChainState]:
    """Every chain, the present own one first."""
    held, delivered, nothing = read_spans(tables, "held"), read_spans(tables, "delivered"), Spans()
    following, states = _next(tables), list[ChainState]()
    sql = "SELECT number, node, epoch, own, start FROM origin ORDER BY own DESC, start DESC, number"
    for number, node, epoch, own, start in tables.execute(sql).fetchall():
        here = held.get(number, nothing)
        if own:
            here, following = Spans.of([(1, following - 1)]), start
        states.append(ChainState(number, Chain(node, epoch), bool(own), here, delivered.get(number, nothing)))
    return states


def read_shelf(tables: Tables, number: int) -> Shelf | None:
    """Where the batches of a chain are."""
    sql = f"SELECT node, epoch, own, start, ({_FOLLOWING}) FROM origin WHERE number = ?"
    row = tables.execute(sql, (number,)).fetchone()
    if row is None:
        return None
    node, epoch, own, start, following = row
    chain = Chain(node, epoch)
    if own:
        last = MOST_SEQUENCE if following is None else following - 1
        return Shelf(number, chain, own=True, first=start, last=last, bodies="batch WHERE", sizes="batch WHERE", hash=_HASH)
    place = "received WHERE origin = ? AND"
    return Shelf(number, chain, False, 1, MOST_SEQUENCE, bodies=place, sizes=place, hash=_HASH, values=(number,))


def read_held(tables: Tables, shelf: Shelf) -> Spans:
    """What is held of a chain."""
    if shelf.own:
        return Spans.of([(1, min(shelf.last, _next(tables) - 1))])
    return read_spans_of(tables, "held", shelf.number)


def _next(tables: Tables) -> int:
    """The sequence number after the last one given."""
    row = tables.execute("SELECT first + span FROM batch ORDER BY first DESC LIMIT 1").fetchone()
    return 1 if row is None else int(row[0])
