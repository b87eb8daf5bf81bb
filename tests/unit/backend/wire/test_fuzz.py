"""Whatever a stranger sends is read or refused: nothing else comes out of the parsers, and nothing takes much memory or time."""

import hashlib
import random
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.wire.batch import HASH_BYTES, unseal
from backend.wire.compression import compress, decompress
from backend.wire.numbers import Damaged
from backend.wire.parcel import SignedBatch, fill, pack_parcel, unpack_parcel
from backend.wire.plain import read_plain
from backend.wire.signature import Forged, key_id_of, read_key_id, sign, verify
from tests.unit.backend.wire.test_format import BATCH, ENVELOPE, PRIVATE

ROUNDS = 3_000
LONGEST_S = 1.0
PLAIN = b'{"sequence":1,"readings":[{"point":"a/b/c","at":"2026-11-23T12:00:00Z","value":1.5}]}'


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Flips, cuts, repeats and splices."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(4):
            case 0 if at < len(out):
                out[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
            case 1:
                del out[at : at + chance.randint(1, 8)]
            case 2:
                out[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
            case _:
                out[at : at + 8] = out[: chance.randint(1, 8)]
    return bytes(out)


def rehashed(body: bytes) -> bytes:
    return body + hashlib.sha256(body).digest()


def with_content(chance: random.Random) -> bytes:
    """A batch whose hash and compression are right and whose columns are not."""
    start = BATCH.index(b"\x28\xb5\x2f\xfd")
    content = mutated(decompress(BATCH[start:-HASH_BYTES]), chance)
    return rehashed(BATCH[:start] + compress(content))


@pytest.mark.parametrize(
    ("make", "read", "refusal"),
    [
        (lambda chance: rehashed(mutated(BATCH[:-HASH_BYTES], chance)), unseal, Damaged),
        (with_content, unseal, Damaged),
        (lambda chance: mutated(pack_parcel([SignedBatch(BATCH, ENVELOPE)] * 3), chance), unpack_parcel, Damaged),
        (lambda chance: mutated(ENVELOPE, chance), read_key_id, Forged),
        (lambda chance: mutated(PLAIN, chance), read_plain, Damaged),
    ],
    ids=["batch", "content", "parcel", "envelope", "plain"],
)
def test_mutations(make: Callable[[random.Random], bytes], read: Callable[[bytes], object], refusal: type[Exception]) -> None:
    chance = random.Random(20261123)
    refused = 0
    for _ in range(ROUNDS):
        data = make(chance)
        began = time.perf_counter()
        try:
            read(data)
        except refusal:
            refused += 1
        assert time.perf_counter() - began < LONGEST_S, data.hex()
    assert refused > ROUNDS // 10


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_noise(data: bytes) -> None:
    for read, refusal in ((unseal, Damaged), (unpack_parcel, Damaged), (read_plain, Damaged), (read_key_id, Forged)):
        with pytest.raises(refusal):
            read(data)


def test_every_flipped_bit_of_batch_and_envelope_is_noticed() -> None:
    public = PRIVATE.public_key()
    for position in range(len(BATCH)):
        data = bytearray(BATCH)
        data[position] ^= 1
        with pytest.raises(Forged):
            verify(ENVELOPE, bytes(data), public)
    for position in range(len(ENVELOPE)):
        data = bytearray(ENVELOPE)
        data[position] ^= 1
        with pytest.raises(Forged):
            verify(bytes(data), BATCH, public)


def test_another_key_cannot_borrow_the_name() -> None:
    """The key id is protected: an attacker's signature under our id, or ours under the attacker's, does not hold."""
    other = Ed25519PrivateKey.generate()
    ours = key_id_of(PRIVATE.public_key())
    for envelope in (sign(other, ours, BATCH), sign(PRIVATE, key_id_of(other.public_key()), BATCH)):
        for public in (PRIVATE.public_key(), other.public_key()):
            with pytest.raises(Forged):
                verify(envelope, BATCH, public)


def test_a_parcel_takes_what_fits_and_always_the_first() -> None:
    batch = SignedBatch(BATCH, ENVELOPE)
    assert len(fill([batch] * 9, 5 + 2 * batch.size)) == 2
    assert len(fill([batch] * 9, 10)) == 1
    assert len(fill([batch] * 2000)) == 1024
    with pytest.raises(ValueError, match="too much"):
        pack_parcel([batch] * 1025)


@pytest.mark.parametrize(
    "text",
    [
        '{"sequence":0,"readings":[{"point":"a","at":"2026-11-23T12:00:00Z"}]}',
        '{"sequence":1,"readings":[]}',
        '{"sequence":1,"readings":[{"point":"a","at":"2026-11-23T12:00:00"}]}',
        '{"sequence":1,"readings":[{"point":"a","at":"2026-11-23T12:00:00Z","value":1e999}]}',
        '{"sequence":1,"readings":[{"point":"a","at":"2026-11-23T12:00:00Z","valeu":1}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_plain_batch(text: str) -> None:
    with pytest.raises(Damaged):
        read_plain(text.encode())
