"""Tables of the cache file, and how their keys are made: hour first, so that writing stays in one place."""

from backend.store.calendar import HOUR_MS
from backend.store.rows import GROUP_BITS

POINT_BITS = 20
GROUPS_BITS = POINT_BITS - GROUP_BITS
RUN_BITS = 20
LARGEST_POINT = (1 << POINT_BITS) - 1

APPLICATION_ID = 0x454E4D44
"""``ENMD`` in the file's header."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value)",
        "CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, key))",
        "CREATE TABLE point (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body BLOB NOT NULL)",
        "CREATE TABLE batch (first INTEGER PRIMARY KEY, span INTEGER NOT NULL, readings INTEGER NOT NULL,"
        " sealed_ms INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE event (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,"
        " data BLOB NOT NULL)",
        "CREATE INDEX event_by_time ON event (at_ms)",
        "CREATE INDEX event_by_subject ON event (subject, at_ms)",
        "CREATE TABLE latest (id INTEGER PRIMARY KEY, readings INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE fragment (id INTEGER PRIMARY KEY, readings INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE chunk (id INTEGER PRIMARY KEY, readings INTEGER NOT NULL, counter BLOB, body BLOB NOT NULL)",
        "CREATE TABLE minute (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
        "CREATE TABLE quarter (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
        "CREATE TABLE hour (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
        "CREATE TABLE day (id INTEGER PRIMARY KEY, minimum REAL, mean REAL, maximum REAL, energy REAL, coverage REAL NOT NULL)",
        "CREATE TABLE gap (point INTEGER NOT NULL, to_ms INTEGER NOT NULL, from_ms INTEGER NOT NULL, energy INTEGER NOT NULL,"
        " PRIMARY KEY (point, to_ms))",
        "CREATE TABLE waiting (id INTEGER PRIMARY KEY)",
    ),
)
"""Forward only: entry n brings a file of ``user_version`` n to n + 1. Never change one that was released."""

VERSION = len(MIGRATIONS)


def key_of(period: int, point: int) -> int:
    """Key of a chunk (UTC hour), minutes (UTC hour), quarters (UTC day), hours (UTC month) or a day (of the site)."""
    return period << POINT_BITS | point


def fragment_key(hour: int, run: int, group: int) -> int:
    """Fragments lie by hour, then by the fold run that made them."""
    return (hour << RUN_BITS | run) << GROUPS_BITS | group


def fragment_parts(key: int) -> tuple[int, int, int]:
    """Hour, run and group of a fragment's key."""
    group = key & ((1 << GROUPS_BITS) - 1)
    rest = key >> GROUPS_BITS
    return rest >> RUN_BITS, rest & ((1 << RUN_BITS) - 1), group


def fragments_of(hour: int) -> tuple[int, int]:
    """Smallest and largest possible key of an hour's fragments."""
    return fragment_key(hour, 0, 0), fragment_key(hour + 1, 0, 0) - 1


def hour_of(at_ms: int) -> int:
    """UTC hour since 1970."""
    return at_ms // HOUR_MS
