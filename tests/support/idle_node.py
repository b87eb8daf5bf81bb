"""A front end with a planted fault: it never takes over the fold."""

from app.cli import main
from backend.store.postgres import locks
from backend.store.postgres.connection import Connection

_hold = locks.hold


def hold(connection: Connection, space: int, number: int) -> bool:
    """Leave the fold to others."""
    return (space, number) != (locks.STORE, locks.FOLD) and _hold(connection, space, number)


if __name__ == "__main__":
    setattr(locks, "hold", hold)  # noqa: B010 - a function is not meant to be exchanged
    main()
