"""What ``PROTOCOL.md`` puts into JSON, as types; bytes are hex there."""

from collections.abc import Sequence
from enum import StrEnum, auto
from typing import Annotated, TypeVar

import msgspec

from backend.identity.registry import Standing
from backend.model.chain import Chain
from backend.model.spans import Spans

T = TypeVar("T")
AUTHORITIES = "/sync/v1/authorities"
ENROL = "/sync/v1/enrol"
RENEW = "/sync/v1/renew"
VOUCH = "/sync/v1/vouch"
PROOF = "Enemado-Proof"
"""Header by which whoever has the code believes the authorities."""


class NotUnderstood(Exception):
    """A body that is not what the protocol says."""


class Said(StrEnum):
    """Verdict of a batch, as the sender is told."""

    KEPT = auto()
    KNOWN = auto()
    UNDEFINED = auto()
    REFUSED = auto()


class HeldChain(msgspec.Struct, frozen=True):
    """What is held of one chain."""

    node: str
    epoch: str
    held: list[tuple[int, int]]

    @property
    def chain(self) -> Chain:
        """Raises ``ValueError`` for an epoch that is no hex."""
        return Chain(self.node, bytes.fromhex(self.epoch))

    @property
    def spans(self) -> Spans:
        """The same as a set."""
        return Spans.of(self.held)


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one batch of a parcel."""

    verdict: Said
    reason: str = ""


class BatchesAnswer(msgspec.Struct, frozen=True):
    """To a parcel; sent after COMMIT."""

    results: list[Result]
    chains: list[HeldChain]
    receipt: str


class ChainsAnswer(msgspec.Struct, frozen=True):
    """All chains of a caller."""

    now_ms: int
    chains: list[HeldChain]


class ReconcileQuestion(msgspec.Struct, frozen=True):
    """What the sender has of a span of one of its chains."""

    node: str
    epoch: str
    first: int
    last: int
    batches: int
    readings: int
    digest: str
    refused: list[tuple[int, int]] = []


class ReconcileAnswer(msgspec.Struct, frozen=True):
    """What the parent has of it."""

    same: bool
    batches: int
    readings: int
    digest: str
    held: list[tuple[int, int]]


class Vouching(msgspec.Struct, frozen=True):
    """Keys of the caller's own children."""

    certificates: list[str]
    """PEM."""
    revoked: list[str] = []
    """Key ids."""


class Application(msgspec.Struct, frozen=True):
    """A node asks to belong."""

    code: str
    """Empty where it asks again."""
    request: str
    """PEM."""


class RenewalQuestion(msgspec.Struct, frozen=True):
    """A node that belongs asks for a new certificate."""

    certificate: str
    """PEM of the present one."""
    request: str
    """PEM, for the same key or the one that takes over."""
    envelope: str
    """Signature of the present key over the request."""


class Admittance(msgspec.Struct, frozen=True):
    """To both of them."""

    standing: Standing
    certificate: str = ""
    """PEM, once an operator has confirmed the key."""
    authorities: str = ""
    """PEM of everyone who is to be believed from now on."""


class FeedQuestion(msgspec.Struct, frozen=True):
    """What a viewer wants, and what it has."""

    sites: list[str]
    since_day: Annotated[int, msgspec.Meta(ge=0, le=100_000)]
    """UTC day, days since 1970: batches that were sealed from then on."""
    held: list[HeldChain]
    wait_s: Annotated[float, msgspec.Meta(ge=0, le=25)] = 0.0
    """How long to wait for something that the viewer lacks."""


class KnownKey(msgspec.Struct, frozen=True):
    """Whose signature a key id names."""

    key_id: str
    node: str
    public: str
    """Raw Ed25519 public key."""


class KeysAnswer(msgspec.Struct, frozen=True):
    """Those of the asked ones that the parent knows."""

    keys: list[KnownKey]


class PastQuestion(msgspec.Struct, frozen=True):
    """Roll-ups of points before a UTC day (days since 1970)."""

    points: list[str]
    before_day: Annotated[int, msgspec.Meta(ge=0, le=100_000)]


def held_chain(chain: Chain, held: Spans) -> HeldChain:
    """As it is told."""
    return HeldChain(chain.node, chain.epoch.hex(), list(held))


def encode(message: msgspec.Struct) -> bytes:
    """JSON, always the same bytes for the same content."""
    return msgspec.json.encode(message)


def canonical(chains: Sequence[HeldChain]) -> bytes:
    """Canonical JSON of what a receipt is about: keys in order, no blanks."""
    return msgspec.json.encode(chains, order="sorted")


def decode(body: bytes, shape: type[T]) -> T:
    """Raises ``NotUnderstood``."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
