"""A node that falls at a planted moment of what it receives: ``MOMENT NUMBER HOW`` stand before the command's own arguments.

MOMENT is one of ``Moment``; NUMBER counts transactions that take in batches of children; HOW is ``kill``, or the data folder of
the PostgreSQL server that is to be crashed.
"""

import os
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.cli import main
from backend.store.exchange import Incoming, Verdict
from backend.store.postgres import database as postgres_database
from backend.store.postgres import ledger as postgres_ledger
from backend.store.sqlite import database as sqlite_database
from backend.store.sqlite import ledger as sqlite_ledger
from tests.support.postgres import crash


class Moment(StrEnum):
    """Where it falls."""

    BEGUN = "begun"
    """Nothing is written; what came before was answered."""
    INSERTED = "inserted"
    """Written, and not committed."""
    COMMITTED = "committed"
    """Committed, and not answered."""


class Fate:
    """Counts, and strikes once."""

    def __init__(self, moment: Moment, number: int, how: str) -> None:
        self._moment, self._left, self._how = moment, number, how
        self._receiving = False

    @contextmanager
    def receiving(self) -> Generator[None]:
        """Batches are taken in."""
        self._receiving = True
        self._left -= 1
        self.meet(Moment.BEGUN)
        try:
            yield
        finally:
            self._receiving = False

    def meet(self, moment: Moment) -> None:
        """This moment of it has come."""
        if not self._receiving or moment is not self._moment or self._left != 0:
            return
        self._left = -1
        if self._how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        crash(Path(self._how))


def plant(fate: Fate) -> None:
    """Watch both stores' transactions, those that belong to ``receive`` only."""
    for database in (sqlite_database.Database, postgres_database.Database):
        _watch_transactions(database, fate)
    for ledger in (sqlite_ledger.Ledger, postgres_ledger.Ledger):
        _watch_receive(ledger, fate)


def _watch_transactions(database: Any, fate: Fate) -> None:
    transaction = database.transaction

    @contextmanager
    def watched(self: Any, *arguments: Any) -> Generator[None]:
        with transaction(self, *arguments):
            yield
            fate.meet(Moment.INSERTED)
        fate.meet(Moment.COMMITTED)

    database.transaction = watched


def _watch_receive(ledger: Any, fate: Fate) -> None:
    receive = ledger.receive

    def watched(self: Any, batches: Sequence[Incoming]) -> Sequence[Verdict]:
        with fate.receiving():
            return receive(self, batches)

    ledger.receive = watched


if __name__ == "__main__":
    _, moment, number, how, *rest = sys.argv
    plant(Fate(Moment(moment), int(number), how))
    sys.argv[1:] = rest
    main()
