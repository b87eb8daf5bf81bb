"""Tables of the cache file."""

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
    ("ALTER TABLE batch ADD COLUMN envelope BLOB",),
    (
        # Own chains lie one after the other in ``batch``: each begins with the sequence number ``start``.
        "CREATE TABLE origin (number INTEGER PRIMARY KEY, node TEXT NOT NULL, epoch BLOB NOT NULL,"
        " own INTEGER NOT NULL DEFAULT 0, start INTEGER NOT NULL DEFAULT 1, UNIQUE (node, epoch))",
        "CREATE TABLE received (id INTEGER PRIMARY KEY, origin INTEGER NOT NULL, first INTEGER NOT NULL, span INTEGER NOT NULL,"
        " readings INTEGER NOT NULL, sealed_ms INTEGER NOT NULL, arrived_ms INTEGER NOT NULL, body BLOB NOT NULL, envelope BLOB)",
        "CREATE UNIQUE INDEX received_by_first ON received (origin, first)",
        # With each span the hash that its first batch names, and that of its last: whoever joins it has to fit.
        "CREATE TABLE held (origin INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, predecessor BLOB NOT NULL,"
        " hash BLOB NOT NULL, PRIMARY KEY (origin, first))",
        "CREATE TABLE delivered (origin INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
        " PRIMARY KEY (origin, first))",
        "CREATE TABLE defining (origin INTEGER NOT NULL, first INTEGER NOT NULL, span INTEGER NOT NULL,"
        " readings INTEGER NOT NULL, body BLOB NOT NULL, envelope BLOB, PRIMARY KEY (origin, first))",
        "CREATE TABLE translation (origin INTEGER NOT NULL, theirs INTEGER NOT NULL, ours INTEGER NOT NULL,"
        " PRIMARY KEY (origin, theirs))",
        "CREATE TABLE claim (site TEXT PRIMARY KEY, node TEXT NOT NULL)",
        # Where it was said; 0 for what is this node's own. An empty document is one that its node has removed.
        *(
            f"ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0"
            for table in ("document", "point")
            for column in ("origin", "sequence", "sealed_ms")
        ),
        "CREATE TABLE hole (id INTEGER PRIMARY KEY, subject TEXT NOT NULL, kind TEXT NOT NULL, cause TEXT NOT NULL,"
        " from_ms INTEGER NOT NULL, to_ms INTEGER, count INTEGER, recovered REAL NOT NULL DEFAULT 0)",
        "CREATE INDEX hole_by_time ON hole (from_ms)",
        "CREATE INDEX hole_by_subject ON hole (subject, from_ms)",
        "CREATE INDEX hole_by_kind ON hole (kind, from_ms)",
    ),
)
"""Forward only: entry n brings a file of ``user_version`` n to n + 1. Never change one that was released."""

VERSION = len(MIGRATIONS)
