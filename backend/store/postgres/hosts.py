"""The hosts of one database: all are asked at once, so that one which hangs keeps nobody from the others."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import asyncpg

from backend.settings.addresses.database import each_host

CONNECT_S = 3.0
GRACE_S = 0.5
"""So long is a host waited for that would be better than one which has answered."""
PROBE_S = 1.5
"""A host that lets nobody in for so long hangs, or its machine does."""
TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
_connect = cast(Any, asyncpg.connect)  # pyright: ignore[reportUnknownMemberType]


@dataclass(frozen=True, slots=True)
class Found:
    """A host that has let us in."""

    address: str
    link: Any
    takes_writes: bool


class Hosts:
    """In order of preference: who has given trouble is last from then on."""

    def __init__(self, address: str) -> None:
        self._addresses = each_host(address)

    @property
    def are_several(self) -> bool:
        """Whether there is anybody to turn to."""
        return len(self._addresses) > 1

    def doubt(self, address: str) -> None:
        """Prefer every other one."""
        self._addresses.remove(address)
        self._addresses.append(address)

    async def connect(self, timeout_s: float, *, reads_only: bool) -> Found:
        """One that takes writes; with ``reads_only``, a standby where there is no such. Its statements have ``timeout_s``.

        Raises what ``TROUBLE`` lists.
        """
        order = list(self._addresses)
        async with asyncio.TaskGroup() as tasks:
            tries = [tasks.create_task(_enter(address, timeout_s, reads_only=reads_only), name=address) for address in order]
            await _wait_for_one(tries)
            for each in tries:
                each.cancel()
        ended = [TimeoutError("no answer in time") if each.cancelled() else each.result() for each in tries]
        for address, each in zip(order, ended, strict=True):
            if not isinstance(each, Found | asyncpg.TargetServerAttributeNotMatched):
                self.doubt(address)
        found = sorted((each for each in ended if isinstance(each, Found)), key=lambda each: not each.takes_writes)
        for each in found[1:]:
            each.link.terminate()
        if not found:
            raise next(each for each in ended if isinstance(each, Exception))
        return found[0]


async def _wait_for_one(tries: list[asyncio.Task[Found | Exception]]) -> None:
    """Until one has let us in and the others had their chance, or all have failed."""
    pending = set(tries)
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if any(isinstance(each.result(), Found) for each in done):
            break
    if pending:
        await asyncio.wait(pending, timeout=GRACE_S)


async def _enter(address: str, timeout_s: float, *, reads_only: bool) -> Found | Exception:
    """What came of it; a standby lets in who only reads."""
    # What is asked is always found by a key: to think anew about the way there takes as long as going it.
    usual = {"timeout": CONNECT_S, "command_timeout": timeout_s, "server_settings": {"plan_cache_mode": "force_generic_plan"}}
    try:
        return Found(address, await _connect(address, target_session_attrs="read-write", **usual), takes_writes=True)
    except asyncpg.TargetServerAttributeNotMatched as error:
        if not reads_only:
            return error
    except TROUBLE as error:
        return error
    try:
        return Found(address, await _connect(address, target_session_attrs="any", **usual), takes_writes=False)
    except TROUBLE as error:
        return error


async def answers(address: str) -> bool:
    """Whether a host lets anybody in, or says why not."""
    try:
        link = await _connect(address, target_session_attrs="any", timeout=PROBE_S)
    except asyncpg.PostgresError:
        return True
    except TROUBLE:
        return False
    link.terminate()
    return True
