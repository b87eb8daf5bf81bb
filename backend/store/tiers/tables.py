"""The little that the tiers ask of a database connection; ``?`` marks a value, as in SQLite."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Protocol


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

    by_site: ClassVar[bool]
    """Whether the site is part of the keys of readings and roll-ups: then no row holds those of several."""

    def put_all(
        self, table: str, columns: tuple[str, ...], rows: "list[tuple[Any, ...]]", sites: Sequence[str] = (), keys: int = 1
    ) -> None:
        """Write rows whose first columns, so many, are their key, each in place of one that is there.

        ``sites`` says of each row whose it is, where the table holds that.
        """
        ...

    def expect(self, hour: int) -> None:
        """Make ready for chunks and roll-ups of this UTC hour."""
        ...
