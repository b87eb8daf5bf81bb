"""Advisory locks: who may fold, who seals under a node's name, and what must not happen twice at once."""

from backend.store.postgres.connection import Connection

STORE = 0x454E4D44
"""``ENMD``: the space of locks of a store; a database holds one store."""
CHAIN = 0x454E4D43
"""Locks on the chain of one node each."""
ARRIVALS = 0x454E4D41
"""Locks on chains of other nodes, of which several processes may take in batches."""
FOLD = 1
SCHEMA = 2
POINTS = 3
EVENTS = 4


def hold(connection: Connection, space: int, number: int) -> bool:
    """Try to hold a lock as long as the connection lives; whether it is held now."""
    return bool(connection.one("SELECT pg_try_advisory_lock(?::int, ?::int)", (space, number)))


def hold_chain(connection: Connection, node: str) -> bool:
    """Try to be the one that seals under this name."""
    return bool(connection.one("SELECT pg_try_advisory_lock(?::int, hashtext(?))", (CHAIN, node)))


def wait_for(connection: Connection, number: int) -> None:
    """Wait until nobody else is at it; held until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(?::int, ?::int)", (STORE, number))


def wait_for_chains(connection: Connection, names: list[str]) -> None:
    """Wait until nobody else takes in batches of these chains; in one order everywhere, held until the transaction ends."""
    sql = "SELECT pg_advisory_xact_lock(?::int, h) FROM (SELECT DISTINCT hashtext(n) AS h FROM unnest(?::text[]) n ORDER BY h) c"
    connection.execute(sql, (ARRIVALS, names))
