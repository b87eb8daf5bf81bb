"""Keys of grandchildren: a child that passes their batches on says whose they are, and answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.identity.certificates import Holder
from backend.identity.registry import Registry

_CLAIMS = """SELECT 1 FROM member WHERE node = ? UNION ALL
 SELECT 1 FROM vouched JOIN member ON member.node = voucher AND member.certificate NOTNULL AND member.revoked_ms IS NULL
 WHERE vouched.node = ? AND voucher != ?"""


@dataclass(frozen=True, slots=True)
class VouchedKey:
    """One key, as the child told of it."""

    node: str
    public: Ed25519PublicKey
    voucher: str
    """Name of the child: batches of the node are taken from it alone."""
    revoked: bool


class Vouched:
    """In the registry's file. A name is of who brought it first, while that child belongs here. Raises ``sqlite3.Error``."""

    def __init__(self, registry: Registry) -> None:
        self._file = registry.file

    def keep(self, voucher: str, keys: Sequence[tuple[Holder, bytes]]) -> list[str]:
        """Keys with their certificates (PEM); names of those that are somebody else's and were not taken."""
        with self._file.writing() as connection:
            foreign: list[str] = []
            for holder, certificate in keys:
                if connection.execute(_CLAIMS, (holder.node, holder.node, voucher)).fetchone():
                    foreign.append(holder.node)
                    continue
                connection.execute("UPDATE vouched SET voucher = ? WHERE node = ?", (voucher, holder.node))
                connection.execute(
                    "INSERT OR IGNORE INTO vouched (key_id, node, public, certificate, voucher) VALUES (?, ?, ?, ?, ?)",
                    (holder.key_id, holder.node, holder.public.public_bytes_raw(), certificate, voucher),
                )
            return foreign

    def revoke(self, voucher: str, key_ids: Sequence[bytes], now_ms: int) -> None:
        """These keys of this voucher count no more."""
        sql = "UPDATE vouched SET revoked_ms = ? WHERE key_id = ? AND voucher = ? AND revoked_ms IS NULL"
        with self._file.writing() as connection:
            connection.executemany(sql, [(now_ms, key_id, voucher) for key_id in key_ids])

    def find(self, key_id: bytes) -> VouchedKey | None:
        """One key."""
        with self._file.reading() as connection:
            sql = "SELECT node, public, voucher, revoked_ms NOTNULL FROM vouched WHERE key_id = ?"
            row = connection.execute(sql, (key_id,)).fetchone()
        return VouchedKey(row[0], Ed25519PublicKey.from_public_bytes(row[1]), row[2], bool(row[3])) if row else None

    def voucher(self, node: str) -> str | None:
        """Who brought this name."""
        with self._file.reading() as connection:
            row = connection.execute("SELECT voucher FROM vouched WHERE node = ? LIMIT 1", (node,)).fetchone()
        return row[0] if row else None

    def all(self) -> tuple[list[bytes], list[bytes]]:
        """Certificates of those that count, and ids of those that do not."""
        with self._file.reading() as connection:
            certificates = [row[0] for row in connection.execute("SELECT certificate FROM vouched WHERE revoked_ms IS NULL")]
            revoked = [row[0] for row in connection.execute("SELECT key_id FROM vouched WHERE revoked_ms NOTNULL")]
        return certificates, revoked
