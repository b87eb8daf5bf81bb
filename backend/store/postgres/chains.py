"""Chains in the database: every one in ``ledger``, which remembers what retention has taken from ``batch``."""

from typing import Any

from backend.model.chain import Chain
from backend.model.spans import Spans
from backend.store.exchange import ChainState
from backend.store.tiers.shelf import Shelf
from backend.store.tiers.spans import read_spans, read_spans_of
from backend.store.tiers.tables import Tables
from backend.wire.batch import MOST_SEQUENCE

_BODIES = "ledger JOIN batch USING (sealed_ms, origin, first) WHERE origin = ? AND"
_SIZES = "ledger WHERE origin = ? AND"


def read_chains(tables: Tables) -> list[ChainState]:
    """Every chain, the latest own one first."""
    held, delivered, nothing = read_spans(tables, "held"), read_spans(tables, "delivered"), Spans()
    states: list[ChainState] = []
    for number, node, epoch, own in tables.execute("SELECT number, node, epoch, own FROM origin ORDER BY own DESC, number DESC"):
        here = _own(tables, number) if own else held.get(number, nothing)
        states.append(ChainState(number, Chain(node, epoch), own, here, delivered.get(number, nothing)))
    return states


def read_shelf(tables: Tables, number: int) -> Shelf | None:
    """Where the batches of a chain are."""
    row: Any = tables.execute("SELECT node, epoch, own FROM origin WHERE number = ?", (number,)).fetchone()
    if row is None:
        return None
    node, epoch, own = row
    return Shelf(number, Chain(node, epoch), own, 1, MOST_SEQUENCE, _BODIES, _SIZES, hash="hash", values=(number,))


def read_held(tables: Tables, shelf: Shelf) -> Spans:
    """What is held of a chain."""
    return _own(tables, shelf.number) if shelf.own else read_spans_of(tables, "held", shelf.number)


def _own(tables: Tables, number: int) -> Spans:
    sql = "SELECT first + span - 1 FROM ledger WHERE origin = ? ORDER BY first DESC LIMIT 1"
    row = tables.execute(sql, (number,)).fetchone()
    return Spans() if row is None else Spans.of([(1, row[0])])
