"""Which table a found record belongs to, by its shape, and whether it still says what was once written."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from backend.model.event import EventKind, EventValue
from backend.model.point import Point
from backend.store.checksums import without_sum
from backend.store.rollups import unpack_stats
from backend.store.rows import unpack_chunk, unpack_fragment
from backend.store.sqlite.salvage.pages import Record, Value
from backend.store.tiers.keys import LARGEST_POINT, POINT_BITS, fragment_parts
from backend.store.tiers.latest import unpack as unpack_latest
from backend.store.tiers.meta import Meta
from backend.wire.batch import HASH_BYTES, ID_BYTES, MAGIC, Header, read_hash, read_header
from backend.wire.numbers import Damaged

FIRST_HOUR, LAST_HOUR = 1 << 17, 1 << 22
"""UTC hours of the years 1984 to 2448; days and months since 1970 are smaller numbers, so that keys tell the length."""
FIRST_DAY = 1 << 12
_KEPT_META = (Meta.FOLDED, Meta.RECEIVED, Meta.RUN, Meta.CLOSED_HOUR, Meta.CLOSED_DAY, Meta.AGED_MS, Meta.THINNED_HOUR)
_COUNTED_META = (Meta.GIVEN_UP, Meta.CAP, Meta.DEFINED)

_NEEDLESS = ("n", "iii", "tttit", "tttin", "tb", "ti")
"""Of ``waiting``, of ``delivered`` and ``translation``, of the schema, and figures of ``meta``."""

_point = msgspec.msgpack.Decoder(Point)
_event_data = msgspec.msgpack.Decoder(dict[str, EventValue])
_anything = msgspec.msgpack.Decoder()


@dataclass(frozen=True, slots=True)
class Row:
    """A true row of a table."""

    table: str
    columns: tuple[str, ...]
    values: tuple[Value, ...]
    is_whole: bool = True
    """False for a chunk whose readings are true while the state of its counter is not."""


_Judge = Callable[[Record], Row | None]


def row_of(record: Record) -> Row | None:
    """The row that this record is, None where it is none that can be believed."""
    try:
        return next((row for row in _judged(record) if row is not None), None)
    except (Damaged, msgspec.MsgspecError, ValueError, OverflowError, TypeError):
        return None


def is_needless(record: Record) -> bool:
    """Whether a record is of a kind that is made anew in any case, so that it is no loss."""
    return "".join(map(_letter, record.values)) in _NEEDLESS


def _judged(record: Record) -> "Iterable[Row | None]":
    shape = "".join(_letter(value) for value in record.values)
    for pattern, judge in _JUDGES:
        if len(pattern) == len(shape) and all(mine in allowed for mine, allowed in zip(shape, pattern, strict=True)):
            yield judge(record)


def _letter(value: Value) -> str:
    match value:
        case None:
            return "n"
        case int():
            return "i"
        case float():
            return "f"
        case str():
            return "t"
        case _:
            return "b"


def _batch(record: Record) -> Row | None:
    _, span, readings, sealed_ms, body, *envelope = record.values
    header = _genuine(body)
    if header is None or (header.first, header.span, header.readings, header.sealed_ms) != (
        record.rowid,
        span,
        readings,
        sealed_ms,
    ):
        return None
    columns = ("first", "span", "readings", "sealed_ms", "body", "envelope")
    return Row("batch", columns, (record.rowid, span, readings, sealed_ms, body, envelope[0] if envelope else None))


def _received(record: Record) -> Row | None:
    _, origin, first, span, readings, sealed_ms, arrived_ms, body, *envelope = record.values
    header = _genuine(body)
    if header is None or (header.first, header.span, header.readings, header.sealed_ms) != (first, span, readings, sealed_ms):
        return None
    columns = ("id", "origin", "first", "span", "readings", "sealed_ms", "arrived_ms", "body", "envelope")
    values = (record.rowid, origin, first, span, readings, sealed_ms, arrived_ms, body, envelope[0] if envelope else None)
    return Row("received", columns, values)


def _defining(record: Record) -> Row | None:
    origin, first, span, readings, body, *envelope = record.values
    header = _genuine(body)
    if header is None or (header.first, header.span, header.readings) != (first, span, readings):
        return None
    columns = ("origin", "first", "span", "readings", "body", "envelope")
    return Row("defining", columns, (origin, first, span, readings, body, envelope[0] if envelope else None))


def _chunk(record: Record) -> Row | None:
    _, readings, counter, body = record.values
    hour, point = record.rowid >> POINT_BITS, record.rowid & LARGEST_POINT
    if not FIRST_HOUR <= hour < LAST_HOUR:
        return None
    unpack_chunk(_bytes(body), _count(readings), point, hour, 0)
    columns = ("id", "readings", "counter", "body")
    try:
        if counter is not None:
            _anything.decode(without_sum(_bytes(counter), record.rowid))
    except (Damaged, msgspec.MsgspecError):
        return Row("chunk", columns, (record.rowid, readings, None, body), is_whole=False)
    return Row("chunk", columns, (record.rowid, readings, counter, body))


def _loose(record: Record) -> Row | None:
    """A fragment, or the one row of ``latest``."""
    _, readings, body = record.values
    table = "latest" if record.rowid == 1 else "fragment"
    if table == "latest":
        unpack_latest(_bytes(body), _count(readings))
    else:
        unpack_fragment(_bytes(body), _count(readings), fragment_parts(record.rowid)[0])
    return Row(table, ("id", "readings", "body"), (record.rowid, readings, body))


def _rollup(record: Record) -> Row | None:
    body, period = _bytes(record.values[1]), record.rowid >> POINT_BITS
    unpack_stats(body, record.rowid)
    if not 0 < period < LAST_HOUR:
        return None
    table = "minute" if period >= FIRST_HOUR else "quarter" if period >= FIRST_DAY else "hour"
    return Row(table, ("id", "body"), (record.rowid, body))


def _day(record: Record) -> Row | None:
    if not FIRST_DAY <= record.rowid >> POINT_BITS < FIRST_HOUR or record.values[5] is None:
        return None
    columns = ("id", "minimum", "mean", "maximum", "energy", "coverage")
    return Row("day", columns, (record.rowid, *record.values[1:]))


def _gap(record: Record) -> Row | None:
    return Row("gap", ("point", "to_ms", "from_ms", "energy"), record.values)


def _point_row(record: Record) -> Row | None:
    _, key, body, *version = record.values
    if _point.decode(_bytes(body)).key != key or not 0 < record.rowid <= LARGEST_POINT:
        return None
    columns = ("number", "key", "body", "origin", "sequence", "sealed_ms")
    return Row("point", columns, (record.rowid, key, body, *(version or (0, 0, 0))))


def _document(record: Record) -> Row | None:
    kind, key, body, *version = record.values
    if body:
        _anything.decode(_bytes(body))
    columns = ("kind", "key", "body", "origin", "sequence", "sealed_ms")
    return Row("document", columns, (kind, key, body, *(version or (0, 0, 0))))


def _event(record: Record) -> Row | None:
    _, at_ms, kind, subject, data = record.values
    EventKind(kind)
    _event_data.decode(_bytes(data))
    return Row("event", ("id", "at_ms", "kind", "subject", "data"), (record.rowid, at_ms, kind, subject, data))


def _hole(record: Record) -> Row | None:
    columns = ("id", "subject", "kind", "cause", "from_ms", "to_ms", "count", "recovered")
    return Row("hole", columns, (record.rowid, *record.values[1:]))


def _origin(record: Record) -> Row | None:
    _, node, epoch, own, start = record.values
    if len(_bytes(epoch)) != ID_BYTES or own not in (0, 1) or _count(start) < 1:
        return None
    return Row("origin", ("number", "node", "epoch", "own", "start"), (record.rowid, node, epoch, own, start))


def _held(record: Record) -> Row | None:
    _, first, last, predecessor, hashed = record.values
    if len(_bytes(predecessor)) != HASH_BYTES or len(_bytes(hashed)) != HASH_BYTES or not 1 <= _count(first) <= _count(last):
        return None
    return Row("held", ("origin", "first", "last", "predecessor", "hash"), record.values)


def _claim(record: Record) -> Row | None:
    return Row("claim", ("site", "node"), record.values)


def _meta(record: Record) -> Row | None:
    key, value = record.values
    if key not in (*_KEPT_META, *_COUNTED_META) or _count(value) < 0:
        return None
    return Row("meta", ("key", "value"), record.values)


def _genuine(body: Value) -> Header | None:
    """The header of a sealed batch whose bytes are those that were sealed."""
    data = _bytes(body)
    if data[: len(MAGIC)] != MAGIC or hashlib.sha256(data[:-HASH_BYTES]).digest() != read_hash(data):
        return None
    return read_header(data)


def _bytes(value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(value)
    return value


def _count(value: Value) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


_JUDGES: tuple[tuple[tuple[str, ...], _Judge], ...] = tuple(
    (tuple(pattern.split()), judge)
    for pattern, judge in (
        ("n i i i b", _batch),
        ("n i i i b bn", _batch),
        ("n i i i i i i b bn", _received),
        ("i i i i b bn", _defining),
        ("n i bn b", _chunk),
        ("n i b", _loose),
        ("n b", _rollup),
        ("n nif nif nif nif if", _day),
        ("i i i i", _gap),
        ("n t b", _point_row),
        ("n t b i i i", _point_row),
        ("t t b", _document),
        ("t t b i i i", _document),
        ("n i t t b", _event),
        ("n t t t i in in if", _hole),
        ("n t b i i", _origin),
        ("i i i b b", _held),
        ("t t", _claim),
        ("t i", _meta),
    )
)
"""``n`` null, ``i`` whole number, ``f`` number, ``t`` text, ``b`` bytes, one group of letters a column."""
