"""The authority's file: codes, keys that applied, their certificates, and what was revoked. Several processes may use it."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from backend.identity.small_database import SmallDatabase

_MIGRATIONS = (
    (
        "CREATE TABLE IF NOT EXISTS code (digest BLOB PRIMARY KEY, node TEXT NOT NULL, ends_ms INTEGER NOT NULL, used_by BLOB)",
        """CREATE TABLE IF NOT EXISTS member (key_id BLOB PRIMARY KEY, node TEXT NOT NULL, request BLOB NOT NULL,
         applied_ms INTEGER NOT NULL, certificate BLOB, revoked_ms INTEGER)""",
        "CREATE INDEX IF NOT EXISTS member_by_node ON member (node)",
    ),
    (
        "ALTER TABLE code ADD COLUMN reads TEXT NOT NULL DEFAULT ''",
        "CREATE TABLE reader (node TEXT NOT NULL, site TEXT NOT NULL, PRIMARY KEY (node, site)) WITHOUT ROWID",
    ),
    (
        "ALTER TABLE member ADD COLUMN successor BLOB",
        "ALTER TABLE member ADD COLUMN told TEXT NOT NULL DEFAULT ''",
        """CREATE TABLE vouched (key_id BLOB PRIMARY KEY, node TEXT NOT NULL, public BLOB NOT NULL, certificate BLOB NOT NULL,
         voucher TEXT NOT NULL, revoked_ms INTEGER)""",
        "CREATE INDEX vouched_by_node ON vouched (node)",
    ),
)
_MEMBER = "SELECT key_id, node, request, applied_ms, certificate, revoked_ms, successor FROM member "


class Standing(StrEnum):
    """Of a key."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Member:
    """A key that applied for a node."""

    key_id: bytes
    node: str
    request: bytes
    """PEM, with the public key."""
    applied_ms: int
    certificate: bytes | None
    """PEM, the newest; None while an operator has not confirmed it."""
    revoked_ms: int | None
    successor: bytes | None = None
    """Id of the key that took over: this one renews no more, and what it signed still counts."""

    @property
    def standing(self) -> Standing:
        """Whether it counts."""
        if self.revoked_ms is not None:
            return Standing.REVOKED
        return Standing.WAITING if self.certificate is None else Standing.CONFIRMED


class Registry:
    """Every call opens the file for itself: it is small and always as others left it. Raises ``sqlite3.Error``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = SmallDatabase(path, _MIGRATIONS)

    def create(self) -> None:
        """Make the file."""
        with self.file.writing():
            pass

    def add_code(self, digest: bytes, node: str, ends_ms: int, reads: Sequence[str] = ()) -> None:
        """A code, of which only the digest is known from now on; the node may then follow the sites it ``reads``."""
        with self.file.writing() as connection:
            sql = "INSERT INTO code (digest, node, ends_ms, reads) VALUES (?, ?, ?, ?)"
            connection.execute(sql, (digest, node, ends_ms, " ".join(reads)))

    def codes(self, now_ms: int) -> list[bytes]:
        """Digests of the codes that have not ended, used ones too."""
        with self.file.reading() as connection:
            return [row[0] for row in connection.execute("SELECT digest FROM code WHERE ends_ms > ?", (now_ms,))]

    def apply(self, digest: bytes, member: Member) -> bool:
        """Use up a code for a key, both or neither; False where the code is not for this node, used, or too old.

        What the code lets the node read takes the place of what it could read before.
        """
        with self.file.writing() as connection:
            used = connection.execute(
                """UPDATE code SET used_by = ? WHERE digest = ? AND node = ? AND ends_ms > ? AND used_by IS NULL
                 RETURNING reads""",
                (member.key_id, digest, member.node, member.applied_ms),
            ).fetchall()
            if not used:
                return False
            self._insert(connection, member)
            self._let_read(connection, member.node, used[0][0].split())
            return True

    def let_read(self, node: str, sites: Sequence[str]) -> None:
        """From now on the node may follow these sites and no others."""
        with self.file.writing() as connection:
            self._let_read(connection, node, sites)

    def reads(self, node: str) -> tuple[str, ...]:
        """The sites that a node may follow."""
        with self.file.reading() as connection:
            return tuple(row[0] for row in connection.execute("SELECT site FROM reader WHERE node = ? ORDER BY site", (node,)))

    def succeed(self, former: bytes, member: Member) -> bool:
        """A further key of a node takes over from its former one; False where another has already."""
        with self.file.writing() as connection:
            self._insert(connection, member)
            sql = "UPDATE member SET successor = ? WHERE key_id = ? AND coalesce(successor, ?) = ?"
            key_id = member.key_id
            return connection.execute(sql, (key_id, former, key_id, key_id)).rowcount == 1

    def certify(self, key_id: bytes, certificate: bytes) -> bool:
        """Keep a key's newest certificate; False where it was revoked meanwhile."""
        with self.file.writing() as connection:
            sql = "UPDATE member SET certificate = ? WHERE key_id = ? AND revoked_ms IS NULL"
            return connection.execute(sql, (certificate, key_id)).rowcount == 1

    def revoke(self, key_ids: Sequence[bytes], now_ms: int) -> None:
        """From now on these keys count for nothing."""
        with self.file.writing() as connection:
            sql = "UPDATE member SET revoked_ms = ? WHERE key_id = ? AND revoked_ms IS NULL"
            connection.executemany(sql, [(now_ms, key_id) for key_id in key_ids])

    def member(self, key_id: bytes) -> Member | None:
        """One key."""
        with self.file.reading() as connection:
            row = connection.execute(_MEMBER + "WHERE key_id = ?", (key_id,)).fetchone()
            return Member(*row) if row else None

    def knows(self, node: str) -> bool:
        """Whether a key ever applied under this name."""
        with self.file.reading() as connection:
            return connection.execute("SELECT 1 FROM member WHERE node = ?", (node,)).fetchone() is not None

    def members(self) -> list[Member]:
        """All keys, by node, in the order in which they came."""
        with self.file.reading() as connection:
            return [Member(*row) for row in connection.execute(_MEMBER + "ORDER BY node, applied_ms")]

    def news(self) -> list[Member]:
        """Keys that were confirmed or revoked since anybody last asked; each is told to one asker."""
        with self.file.writing() as connection:
            members = [Member(*row) for row in connection.execute(_MEMBER + "WHERE certificate NOTNULL OR revoked_ms NOTNULL")]
            sql = "UPDATE member SET told = ? WHERE key_id = ? AND told != ?"
            return [each for each in members if connection.execute(sql, (each.standing, each.key_id, each.standing)).rowcount]

    def version(self) -> bytes:
        """Differs after every change by anybody; reads a few bytes. Raises ``OSError``.

        SQLite counts changes of a file in bytes 24 to 27 (file format, 1.3), and a file that was replaced is another one.
        """
        with self.path.open("rb") as file:
            return file.read(28)[24:] + os.fstat(file.fileno()).st_ino.to_bytes(16, "big")

    def dump(self) -> bytes:
        """The whole file as others left it, while they go on."""
        with self.file.reading() as connection:
            return connection.serialize()

    def _let_read(self, connection: sqlite3.Connection, node: str, sites: Sequence[str]) -> None:
        connection.execute("DELETE FROM reader WHERE node = ?", (node,))
        connection.executemany("INSERT OR IGNORE INTO reader VALUES (?, ?)", [(node, site) for site in sites])

    def _insert(self, connection: sqlite3.Connection, member: Member) -> None:
        sql = "INSERT OR IGNORE INTO member (key_id, node, request, applied_ms, certificate) VALUES (?, ?, ?, ?, ?)"
        connection.execute(sql, (member.key_id, member.node, member.request, member.applied_ms, member.certificate))
