"""Tables of the PostgreSQL store. Keys are made as in every store: hour first, so that a range of keys is a span of time.

Every key of readings, roll-ups, events and holes holds the site too, so that the tables can be dealt out by it. Batches belong
to the node that sealed them, which may speak for several sites.
"""

from backend.store.tiers.keys import LARGEST_POINT

_OF_POINTS = {
    **dict.fromkeys(("chunk", "minute", "quarter", "hour", "day", "waiting"), f"id & {LARGEST_POINT}"),
    "gap": "gap.point",
}
"""Tables with rows of one point each, and how the number of the point is told from the key."""
_BY_SITE = {**dict.fromkeys(("fragment", *_OF_POINTS, "event", "hole"), "id"), "gap": "point, to_ms"}
"""Tables whose key holds the site, and the rest of the key."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value BIGINT NOT NULL)",
        "CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL, body BYTEA NOT NULL, PRIMARY KEY (kind, key))",
        "CREATE TABLE point (number BIGINT PRIMARY KEY, key TEXT NOT NULL UNIQUE, body BYTEA NOT NULL,"
        " site TEXT NOT NULL GENERATED ALWAYS AS (split_part(key, '/', 1)) STORED)",
        "CREATE INDEX point_by_site ON point (site)",
        "CREATE TABLE origin (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, node TEXT NOT NULL,"
        " epoch BYTEA NOT NULL, own BOOLEAN NOT NULL, UNIQUE (node, epoch))",
        # A unique key over a partitioned table would have to hold the time: what was ever taken is told by one plain table.
        "CREATE TABLE ledger (origin BIGINT NOT NULL REFERENCES origin, first BIGINT NOT NULL, span BIGINT NOT NULL,"
        " readings BIGINT NOT NULL, sealed_ms BIGINT NOT NULL, hash BYTEA NOT NULL, PRIMARY KEY (origin, first))",
        "CREATE TABLE batch (sealed_ms BIGINT NOT NULL, origin BIGINT NOT NULL, first BIGINT NOT NULL,"
        " body BYTEA NOT NULL, envelope BYTEA, PRIMARY KEY (sealed_ms, origin, first)) PARTITION BY RANGE (sealed_ms)",
        "CREATE TABLE unfolded (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, origin BIGINT NOT NULL,"
        " first BIGINT NOT NULL, sealed_ms BIGINT NOT NULL, readings BIGINT NOT NULL, UNIQUE (origin, first))",
        "CREATE TABLE event (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at_ms BIGINT NOT NULL, kind TEXT NOT NULL,"
        " subject TEXT NOT NULL, data BYTEA NOT NULL)",
        "CREATE INDEX event_by_time ON event (at_ms)",
        "CREATE INDEX event_by_subject ON event (subject, at_ms)",
        "CREATE TABLE latest (id BIGINT PRIMARY KEY, readings BIGINT NOT NULL, body BYTEA NOT NULL)",
        "CREATE TABLE fragment (id BIGINT PRIMARY KEY, readings BIGINT NOT NULL, body BYTEA NOT NULL)",
        "CREATE TABLE chunk (id BIGINT PRIMARY KEY, readings BIGINT NOT NULL, counter BYTEA, body BYTEA NOT NULL)"
        " PARTITION BY RANGE (id)",
        "CREATE TABLE minute (id BIGINT PRIMARY KEY, body BYTEA NOT NULL) PARTITION BY RANGE (id)",
        "CREATE TABLE quarter (id BIGINT PRIMARY KEY, body BYTEA NOT NULL) PARTITION BY RANGE (id)",
        "CREATE TABLE hour (id BIGINT PRIMARY KEY, body BYTEA NOT NULL)",
        "CREATE TABLE day (id BIGINT PRIMARY KEY, minimum DOUBLE PRECISION, mean DOUBLE PRECISION, maximum DOUBLE PRECISION,"
        " energy DOUBLE PRECISION, coverage DOUBLE PRECISION NOT NULL)",
        "CREATE TABLE gap (point BIGINT NOT NULL, to_ms BIGINT NOT NULL, from_ms BIGINT NOT NULL, energy BIGINT NOT NULL,"
        " PRIMARY KEY (point, to_ms))",
        "CREATE TABLE waiting (id BIGINT PRIMARY KEY)",
        *(
            f"ALTER TABLE {table} ALTER COLUMN body SET STORAGE EXTERNAL"
            for table in ("batch", "latest", "fragment", "chunk", "minute", "quarter", "hour")
        ),
    ),
    (
        "ALTER TABLE origin ADD COLUMN start BIGINT NOT NULL DEFAULT 1",
        # With each span the hash that its first batch names, and that of its last: whoever joins it has to fit.
        "CREATE TABLE held (origin BIGINT NOT NULL REFERENCES origin, first BIGINT NOT NULL, last BIGINT NOT NULL,"
        " predecessor BYTEA NOT NULL, hash BYTEA NOT NULL, PRIMARY KEY (origin, first))",
        "CREATE TABLE delivered (origin BIGINT NOT NULL REFERENCES origin, first BIGINT NOT NULL, last BIGINT NOT NULL,"
        " PRIMARY KEY (origin, first))",
        "CREATE TABLE defining (origin BIGINT NOT NULL REFERENCES origin, first BIGINT NOT NULL, span BIGINT NOT NULL,"
        " readings BIGINT NOT NULL, body BYTEA NOT NULL, envelope BYTEA, PRIMARY KEY (origin, first))",
        "CREATE TABLE translation (origin BIGINT NOT NULL REFERENCES origin, theirs BIGINT NOT NULL, ours BIGINT NOT NULL,"
        " PRIMARY KEY (origin, theirs))",
        "CREATE TABLE claim (site TEXT PRIMARY KEY, node TEXT NOT NULL)",
        # Where it was said; 0 for what is this node's own. An empty document is one that its node has removed.
        *(
            f"ALTER TABLE {table} ADD COLUMN {column} BIGINT NOT NULL DEFAULT 0"
            for table in ("document", "point")
            for column in ("origin", "sequence", "sealed_ms")
        ),
        "CREATE TABLE hole (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject TEXT NOT NULL, kind TEXT NOT NULL,"
        " cause TEXT NOT NULL, from_ms BIGINT NOT NULL, to_ms BIGINT, count BIGINT,"
        " recovered DOUBLE PRECISION NOT NULL DEFAULT 0)",
        "CREATE INDEX hole_by_time ON hole (from_ms)",
        "CREATE INDEX hole_by_subject ON hole (subject, from_ms)",
        "CREATE INDEX hole_by_kind ON hole (kind, from_ms)",
    ),
    (
        # What was in fragments until now may be of several sites: it stays so until its hour is sealed.
        *(f"ALTER TABLE {table} ADD COLUMN site TEXT NOT NULL DEFAULT ''" for table in ("fragment", *_OF_POINTS)),
        *(
            f"UPDATE {table} SET site = point.site FROM point WHERE point.number = {number}"
            for table, number in _OF_POINTS.items()
        ),
        *(f"ALTER TABLE {table} ALTER COLUMN site DROP DEFAULT" for table in ("fragment", *_OF_POINTS)),
        *(
            f"ALTER TABLE {table} ADD COLUMN site TEXT NOT NULL GENERATED ALWAYS AS (split_part(subject, '/', 1)) STORED"
            for table in ("event", "hole")
        ),
        *(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD PRIMARY KEY ({key}, site)" for table, key in _BY_SITE.items()),
    ),
)
"""Forward only: entry n brings tables of version n to n + 1. Never change one that was released."""

VERSION = len(MIGRATIONS)
