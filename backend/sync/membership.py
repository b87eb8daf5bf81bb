"""How a running node stays a member of its parent: waits for its confirmation, renews, and lets new keys take over."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.certificates import NotACertificate
from backend.identity.credentials import Credentials, NotEnrolled
from backend.identity.node_key import NodeKey, is_rotating, key_cabinet, open_next_key, promote
from backend.identity.registry import Standing
from backend.identity.renewal import ask_renewal, is_due
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink, StorageError
from backend.model.event import Event, EventKind, EventValue
from backend.model.sync import LinkState
from backend.sync.applying import ask_again, take_in
from backend.sync.line import Line, LineCut, Refused
from backend.sync.messages import RENEW, Admittance, NotUnderstood, RenewalQuestion, decode, encode

_log = structlog.get_logger(__name__)
LOOK_EVERY_S = 5.0
"""Whether somebody enrolled the node meanwhile."""
ASK_EVERY_S = 15.0
"""Whether an operator has confirmed it."""
RENEWED_EVERY_S = 60.0
"""Whether it is time to renew, and again where that was not possible."""
ROTATE_AFTER = 6
"""Renewals after which a new key takes over: four months with certificates of 30 days."""


class Membership:
    """Of a running node. The key and the files beside the cache are the state; this only moves them on."""

    def __init__(self, url: str, node: str, cache: Path, key: NodeKey, clock: Clock, sink: Sink) -> None:
        self._url, self._node, self._cache, self._key = url, node, cache, key
        self._clock, self._sink = clock, sink
        self._credentials = Credentials(cache)
        self._moving = asyncio.Lock()
        self.standing: LinkState | None = None
        """Why the node does not belong; None where it does."""
        self.trouble = ""
        """Why the parent did not answer the last question about it."""

    async def run(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled."""
        while True:
            async with self._moving:
                wait_s = await self._try()
            await pause(wait_s)

    async def rotate(self) -> bytes:
        """Let a new key take over now; its id.

        Raises ``NotEnrolled``, ``LineCut``, ``Refused``, ``NotUnderstood`` and ``OSError``.
        """
        async with self._moving:
            await self._rotate()
            return self._key.key_id

    async def _try(self) -> float:
        """One step; seconds until the next."""
        try:
            wait_s = await self._step()
        except (LineCut, NotUnderstood, NotACertificate, OSError) as error:
            self.trouble = str(error)
            return RENEWED_EVERY_S
        except Refused as refused:
            self.trouble = str(refused)
            if refused.status == 403:
                enrolled = await asyncio.to_thread(self._enrolled)
                self.standing = LinkState.REFUSED if enrolled else LinkState.NOT_ENROLLED
            return max(RENEWED_EVERY_S, refused.retry_after_s or 0.0)
        self.trouble = ""
        return wait_s

    async def _step(self) -> float:
        await self._take_over()
        if await asyncio.to_thread(self._enrolled):
            certificate = await asyncio.to_thread(lambda: self._credentials.certificate)
            if await asyncio.to_thread(is_rotating, self._cache):
                await self._rotate()
            elif is_due(certificate, self._clock.now_ms()):
                await self._renew()
            self.standing = None
            return RENEWED_EVERY_S
        if not await asyncio.to_thread(lambda: self._credentials.authorities):
            self.standing = LinkState.NOT_ENROLLED
            return LOOK_EVERY_S
        admittance = await ask_again(self._url, self._node, self._key.private, self._credentials)
        if admittance.standing is not Standing.CONFIRMED:
            self.standing = LinkState.WAITING
            return ASK_EVERY_S
        self.standing = None
        await self._record(EventKind.NODE_ENROLLED, {"key_id": self._key.key_id.hex()})
        return LOOK_EVERY_S

    def _enrolled(self) -> bool:
        try:
            self._credentials.private()
        except NotEnrolled:
            return False
        return True

    async def _renew(self) -> None:
        renewals = await asyncio.to_thread(lambda: self._credentials.renewals) + 1
        if renewals >= ROTATE_AFTER:
            await self._rotate()
            return
        await self._exchange(None)
        await asyncio.to_thread(self._credentials.count_renewals, renewals)
        _log.info("the certificate is renewed")

    async def _rotate(self) -> None:
        successor = await asyncio.to_thread(open_next_key, self._cache)
        await self._exchange(successor)
        await self._take_over()

    async def _take_over(self) -> None:
        """Sign with the next key where the certificate is for it: just now, or since something came in between."""
        promoted = await asyncio.to_thread(promote, self._cache)
        if promoted is None:
            return
        self._key.become(promoted, key_cabinet(self._cache).place())
        await asyncio.to_thread(self._credentials.count_renewals, 0)
        data: dict[str, EventValue] = {"key_id": self._key.key_id.hex(), "place": self._key.place.value}
        await self._record(EventKind.KEY_MADE, data)

    async def _exchange(self, successor: Ed25519PrivateKey | None) -> None:
        present = await asyncio.to_thread(self._credentials.private)
        renewal = ask_renewal(present, self._credentials.certificate, self._node, successor)
        question = RenewalQuestion(renewal.certificate.decode(), renewal.request.decode(), renewal.envelope.hex())
        line = Line(self._url, self._credentials.stranger_context)
        try:
            admittance = decode((await line.post(RENEW, encode(question))).body, Admittance)
        finally:
            await line.close()
        await asyncio.to_thread(take_in, self._credentials, admittance)

    async def _record(self, kind: EventKind, data: dict[str, EventValue]) -> None:
        _log.info(kind.value, **data)
        with contextlib.suppress(StorageError):
            await self._sink.accept(Delivery(events=(Event(self._clock.now_ms(), kind, "node", data),), urgent=True))
