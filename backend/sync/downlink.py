"""The viewer's side: asks its parent for what it lacks, verifies it, and keeps it as its own copy.

What is here is the cursor: no position is kept, and a request that was not answered is asked again. Roll-ups of the time
before it began to follow are taken over once, and again for points of which readings came late from that time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import random

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.model.chain import Chain
from backend.model.clock import Clock
from backend.model.delivery import StorageError
from backend.model.spans import Spans
from backend.model.sync import LinkState
from backend.settings import Follow
from backend.store.contract import Reader, SharedStore
from backend.store.exchange import Incoming, Outbox, Past, Verdict
from backend.store.thread import ServingThread
from backend.sync.backoff import delay_s
from backend.sync.judge import judge, portions
from backend.sync.line import Line, LineCut, Refused
from backend.sync.link import Link
from backend.sync.messages import FeedQuestion, HeldChain, KeysAnswer, NotUnderstood, PastQuestion, decode, encode, held_chain
from backend.sync.reasons import Reason
from backend.wire.numbers import Damaged
from backend.wire.parcel import SignedBatch, unpack_parcel
from backend.wire.signature import Forged, read_key_id

_log = structlog.get_logger(__name__)
DAY_MS = 86_400_000
POINTS_AT_ONCE = 32
WAIT_S = 25.0
RENEW_PAST_EVERY_S = 300.0
FOLLOWING = ("following", "main")
_past_decoder = msgspec.msgpack.Decoder(list[Past])


@dataclass(frozen=True, slots=True)
class Following:
    """Kept in the viewer's cache: since when it follows."""

    since_day: int
    """UTC day, days since 1970: single readings from here on, roll-ups before."""
    adopted: tuple[str, ...] = ()
    """Points whose past is here."""


class ParentsKeys:
    """Keys of whoever signs what the parent passes on; the parent knows them. For one thread, but for ``learn``."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._known: dict[bytes, tuple[str, Ed25519PublicKey]] = {}

    async def learn(self, batches: Sequence[SignedBatch]) -> None:
        """Ask for the keys that were not met before. Raises ``LineCut``, ``Refused``, ``NotUnderstood``."""
        missing = sorted({key_id for batch in batches if (key_id := _signer(batch)) is not None} - self._known.keys())
        for start in range(0, len(missing), POINTS_AT_ONCE):
            ids = ",".join(key_id.hex() for key_id in missing[start : start + POINTS_AT_ONCE])
            answer = decode((await self._line.get("/sync/v1/keys", {"id": ids})).body, KeysAnswer)
            for key in answer.keys:
                public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public))
                self._known[bytes.fromhex(key.key_id)] = key.node, public

    def find(self, key_id: bytes) -> tuple[str, Ed25519PublicKey] | Reason:
        """Node and key."""
        return self._known.get(key_id, Reason.UNKNOWN_KEY)

    def may_speak(self, caller: str, node: str) -> bool:
        """The parent passes on what anybody signed."""
        return True


class Downlink:
    """One per viewer."""

    def __init__(
        self,
        line: Line,
        outbox: Outbox,
        reader: Reader,
        store: SharedStore,
        link: Link,
        clock: Clock,
        follow: Follow,
        chance: Callable[[], float] = random,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.link = link
        self.late = 0
        """Readings that the parent still has for us, as it last said."""
        self._line, self._outbox, self._reader, self._store = line, outbox, reader, store
        self._clock, self._follow, self._chance, self._pause = clock, follow, chance, pause
        self._keys = ParentsKeys(line)
        self._refused: dict[Chain, Spans] = {}
        self._renew_at = 0.0
        self._outdated: set[str] = set()
        """Nodes of which readings came late, from before this viewer followed."""
        self._thread = ServingThread("verify")

    async def run(self) -> None:
        """Follow until cancelled."""
        failures = 0
        try:
            while True:
                at_least_s = 0.0
                try:
                    await self._ask()
                    failures = 0
                    continue
                except (LineCut, Refused, NotUnderstood, StorageError) as error:
                    at_least_s = await self._fail(error)
                failures += 1
                await self._pause(delay_s(failures, self._chance(), at_least_s))
        finally:
            self._thread.stop()

    async def _ask(self) -> None:
        following = await self._following()
        # The first question is answered at once: that tells that the parent is there.
        wait_s = WAIT_S if self.link.state is LinkState.CONNECTED else 0.0
        question = FeedQuestion(list(self._follow.sites), following.since_day, await self._held(), wait_s)
        reply = await self._line.post("/sync/v1/feed", encode(question))
        await self.link.turn(LinkState.CONNECTED)
        try:
            batches = unpack_parcel(reply.body)
        except Damaged as error:
            raise NotUnderstood(str(error)) from error
        if batches:
            await self._keys.learn(batches)
            if await self.take(batches):
                raise NotUnderstood("a batch without a valid signature")
            self.link.sent()
        self.late = int(reply.headers.get("Enemado-Late", "0"))
        if not self.late:
            await self.link.caught_up()
        await self._adopt(following)

    async def _following(self) -> Following:
        """Since when; now, where nothing was followed before."""
        kind, key = FOLLOWING
        known = await self._reader.document(kind, key, Following)
        if known is None:
            known = Following(self._clock.now_ms() // DAY_MS - self._follow.days)
            await self._store.put(kind, key, known)
        return known

    async def _held(self) -> list[HeldChain]:
        """What is here, and what is never to be asked for again."""
        chains = [state for state in await self._outbox.chains() if not state.own]
        held = {state.chain: state.held for state in chains}
        for chain, refused in self._refused.items():
            held[chain] = held.get(chain, Spans()) | refused
        return [held_chain(chain, spans) for chain, spans in held.items()]

    async def take(self, batches: Sequence[SignedBatch]) -> int:
        """Verify and keep them; how many were not believed. Raises ``StorageError``."""
        following = await self._following()
        return sum([await self._keep(portion, following) for portion in portions(batches)])

    async def _keep(self, portion: Sequence[SignedBatch], following: Following) -> int:
        judged = await self._thread.run(partial(judge, self._keys, "", portion))
        believed = [each for each in judged if isinstance(each, Incoming)]
        verdicts = await self._store.receive(believed)
        for each, verdict in zip(believed, verdicts, strict=True):
            if verdict in (Verdict.KEPT, Verdict.KNOWN):
                if (each.batch.readings.at_ms < following.since_day * DAY_MS).any():
                    self._outdated.add(each.batch.header.node)
            else:
                _log.error("a batch from the parent cannot be kept", chain=str(each.batch.chain), verdict=verdict.value)
                span = Spans(((each.batch.header.first, each.batch.last),))
                self._refused[each.batch.chain] = self._refused.get(each.batch.chain, Spans()) | span
        return len(judged) - len(believed)

    async def _adopt(self, following: Following) -> None:
        """Take over the past of points that are new here, and now and then that of points that late readings changed."""
        points = [point.key for point in await self._reader.points() if point.key.partition("/")[0] in self._follow.sites]
        wanted = [key for key in points if key not in following.adopted]
        if self._outdated and self._clock.monotonic() >= self._renew_at:
            sites = {site for site, node in (await self._outbox.owners()).items() if node in self._outdated}
            wanted += [key for key in points if key in following.adopted and key.partition("/")[0] in sites]
            self._outdated.clear()
            self._renew_at = self._clock.monotonic() + RENEW_PAST_EVERY_S
        adopted = set(following.adopted)
        for start in range(0, len(wanted), POINTS_AT_ONCE):
            adopted |= await self._adopt_some(wanted[start : start + POINTS_AT_ONCE], following.since_day)
        if len(adopted) > len(following.adopted):
            await self._store.put(*FOLLOWING, Following(following.since_day, tuple(sorted(adopted))))

    async def _adopt_some(self, points: Sequence[str], before_day: int) -> set[str]:
        """Those whose past the parent could tell; it may still have to fold."""
        body = encode(PastQuestion(list(points), before_day))
        reply = await self._line.post("/sync/v1/past", body)
        try:
            past = _past_decoder.decode(reply.body)
        except msgspec.MsgspecError as error:
            raise NotUnderstood(str(error)) from error
        asked = [each for each in past if each.point in points and each.before_day == before_day]
        await self._store.adopt(asked)
        return {each.point for each in asked}

    async def _fail(self, error: Exception) -> float:
        """Take note; seconds that the parent asks to wait at least."""
        if isinstance(error, Refused) and error.status in (429, 503):
            await self.link.turn(LinkState.CONNECTED, str(error))
            return error.retry_after_s or 0.0
        if isinstance(error, StorageError):
            _log.error("what is followed cannot be kept", why=str(error))
            return 0.0
        refused = isinstance(error, Refused) and error.status in (401, 403)
        await self.link.turn(LinkState.REFUSED if refused else LinkState.CUT, str(error))
        return 0.0


def _signer(batch: SignedBatch) -> bytes | None:
    try:
        return read_key_id(batch.envelope)
    except Forged:
        return None
