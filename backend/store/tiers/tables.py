"""The little that the tiers ask of a database connection; ``?`` marks a value, as in SQLite."""

from collections.abc import Iterator
from typing import Any, Protocol


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """Rows that were changed."""
        ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Tables(Protocol):
    """For reading within a transaction that somebody else began."""

    def execute(self, sql: str, values: "tuple[Any, ...]" = ..., /) -> Rows:
        """One statement."""
        ...


class WritableTables(Tables, Protocol):
    """For the fold."""

    @property
    def connection(self) -> Tables:
        """For what only reads."""
        ...

    def one(self, sql: str, values: "tuple[Any, ...]" = ...) -> Any:
        """First column of the first row, None where there is none."""
        ...

    def put_all(self, table: str, columns: tuple[str, ...], rows: "list[tuple[Any, ...]]") -> None:
        """Write rows whose first column is their key, each in place of one that is there."""
        ...

    def expect(self, hour: int) -> None:
        """Make ready for chunks and roll-ups of this UTC hour."""
        ...
