"""A node that passes on what its children signed tells its parent whose keys they are."""

import asyncio

from backend.identity.authority import Authority
from backend.sync.line import Line
from backend.sync.messages import VOUCH, Vouching, encode


class Voucher:
    """Tells all of them again whenever the registry changed."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._told = b""

    def forget(self) -> None:
        """The parent may not know them any more."""
        self._told = b""

    async def tell(self, line: Line) -> None:
        """Before anything of theirs is sent. Raises ``LineCut``, ``Refused``, ``OSError`` and ``sqlite3.Error``."""
        version = await asyncio.to_thread(self._authority.registry.version)
        if version == self._told:
            return
        certificates, revoked = await asyncio.to_thread(self._authority.to_vouch_for)
        told = Vouching([each.decode() for each in certificates], [each.hex() for each in revoked])
        await line.post(VOUCH, encode(told))
        self._told = version
