"""What a parent gives to viewers: batches that they lack of sites that they may follow, keys, and the past as roll-ups."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.http.problems import Problem
from backend.identity.authority import Authority
from backend.identity.node_key import NodeKey
from backend.model.clock import Clock
from backend.model.spans import Spans
from backend.store.contract import Reader
from backend.store.exchange import ChainState, Outbox
from backend.sync.callers import caller_of
from backend.sync.compose import Composer
from backend.sync.door import body_of
from backend.sync.lanes import Lag, Piece
from backend.sync.messages import FeedQuestion, KeysAnswer, KnownKey, NotUnderstood, PastQuestion, decode, encode
from backend.wire.parcel import pack_parcel

T = TypeVar("T")
DAY_MS = 86_400_000
PARCEL_BYTES = 1 << 20
LOOK_EVERY_S = 0.5
MOST_POINTS = 64
"""Whose past is told in one answer."""
_MOST_QUESTION_BYTES = 1 << 20
_BINARY = "application/octet-stream"
_JSON = "application/json"


class Feed:
    """The routes, and what they share."""

    def __init__(self, name: str, outbox: Outbox, reader: Reader, authority: Authority, clock: Clock, key: NodeKey) -> None:
        """``name`` and ``key`` are this node's own."""
        self._name, self._outbox, self._reader, self._authority = name, outbox, reader, authority
        self._clock, self._key = clock, key
        self._composer = Composer(outbox)
        self._ending = asyncio.Event()

    @property
    def routes(self) -> list[Route]:
        """For the door."""
        return [
            Route("/sync/v1/feed", self._feed, methods=["POST"]),
            Route("/sync/v1/keys", self._keys, methods=["GET"]),
            Route("/sync/v1/past", self._past, methods=["POST"]),
        ]

    def end(self) -> None:
        """Answer now whoever waits for news."""
        self._ending.set()

    async def _feed(self, request: Request) -> Response:
        caller = await caller_of(request)
        question = await _read(request, FeedQuestion)
        since_ms = question.since_day * DAY_MS
        held = {each.chain: each.spans for each in question.held}
        give_up = self._clock.monotonic() + question.wait_s
        while True:
            version = await self._reader.version()
            chains = await self._chains_of(caller.node, question.sites)
            lags = [await self._lag(state, held.get(state.chain, Spans()), since_ms) for state in chains]
            pieces = await self._composer.compose(lags, PARCEL_BYTES)
            if pieces or self._ending.is_set() or self._clock.monotonic() >= give_up:
                return await self._parcel(pieces, lags)
            await self._news(version, give_up)

    async def _news(self, version: int, give_up: float) -> None:
        """Wait until somebody committed. Raises ``StorageError``."""
        while not self._ending.is_set() and self._clock.monotonic() < give_up:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._ending.wait()
            if await self._reader.version() != version:
                return

    async def _parcel(self, pieces: Sequence[Piece], lags: Sequence[Lag]) -> Response:
        late = sum([await self._outbox.readings_between(lag.number, lag.waiting - lag.under_way) for lag in lags])
        body = pack_parcel([piece.batch.signed for piece in pieces])
        return Response(body, media_type=_BINARY, headers={"Enemado-Late": str(late)})

    async def _lag(self, state: ChainState, held: Spans, since_ms: int) -> Lag:
        """What a viewer lacks of a chain: of the time before it began to follow, only what defines."""
        defining = await self._outbox.defining(state.number)
        before = Spans.of([(1, await self._outbox.since(state.number, since_ms) - 1)])
        before -= Spans.of((batch.first, batch.last) for batch in defining)
        return Lag(state.number, state.chain, state.own, state.held, Spans(), done=held | before)

    async def _chains_of(self, viewer: str, sites: Sequence[str]) -> Sequence[ChainState]:
        """Chains of the nodes that have these sites. Raises ``Problem`` where the viewer may not follow all that these hold."""
        allowed = await asyncio.to_thread(self._authority.reads, viewer)
        owners = dict(await self._outbox.owners())
        owners.update(dict.fromkeys([site.key for site in await self._reader.sites() if site.key not in owners], ""))
        nodes = {owners[site] for site in sites if site in owners}
        shown = {site for site, node in owners.items() if node in nodes}
        refused = sorted((set(sites) | shown) - allowed)
        if refused:
            raise Problem(403, "not_allowed", f"This node may not follow: {', '.join(refused)}")
        return [each for each in await self._outbox.chains() if ("" if each.own else each.chain.node) in nodes]

    async def _keys(self, request: Request) -> Response:
        await caller_of(request)
        wanted = _key_ids(request.query_params.get("id", ""))
        found = [await asyncio.to_thread(self._key_of, key_id) for key_id in wanted]
        return Response(encode(KeysAnswer([each for each in found if each is not None])), media_type=_JSON)

    def _key_of(self, key_id: bytes) -> KnownKey | None:
        """Also of one that was revoked since: what it signed before was believed here, and stays."""
        if key_id == self._key.key_id:
            return _known(key_id, self._name, self._key.private.public_key())
        found = self._authority.find(key_id)
        return None if found is None else _known(key_id, found.node, found.public)

    async def _past(self, request: Request) -> Response:
        caller = await caller_of(request)
        question = await _read(request, PastQuestion)
        allowed = await asyncio.to_thread(self._authority.reads, caller.node)
        points = [point for point in question.points[:MOST_POINTS] if point.partition("/")[0] in allowed]
        past = await self._reader.past(points, question.before_day)
        return Response(msgspec.msgpack.encode(list(past)), media_type=_BINARY)


def _known(key_id: bytes, node: str, public: Ed25519PublicKey) -> KnownKey:
    return KnownKey(key_id.hex(), node, public.public_bytes_raw().hex())


def _key_ids(text: str) -> list[bytes]:
    try:
        return [bytes.fromhex(each) for each in text.split(",")][:MOST_POINTS]
    except ValueError as error:
        raise Problem(400, "malformed", "Key ids are hex, with commas between them.") from error


async def _read(request: Request, shape: type[T]) -> T:
    try:
        return decode(await body_of(request, _MOST_QUESTION_BYTES), shape)
    except NotUnderstood as error:
        raise Problem(400, "malformed", str(error)) from error
