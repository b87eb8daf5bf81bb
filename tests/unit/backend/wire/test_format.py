"""The page for whoever writes a client tells the truth: its vectors are what the code reads and makes."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from backend.model.event import Event, EventKind
from backend.model.quality import Quality
from backend.wire import batch as batches
from backend.wire.parcel import SignedBatch, pack_parcel, unpack_parcel
from backend.wire.plain import read_plain
from backend.wire.signature import key_id_of, read_key_id, sign, verify

PAGE = (Path(batches.__file__).parent / "FORMAT.md").read_text("utf-8")
PUBLIC, KEY_ID, BATCH, ENVELOPE = (bytes.fromhex(block) for block in re.findall(r"```hex\n(.*?)```", PAGE, re.DOTALL))
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_the_batch_is_read() -> None:
    batch = batches.unseal(BATCH, batches.FIRST_PREDECESSOR)
    assert (batch.header.node, batch.header.first, batch.header.span, batch.header.readings) == ("school", 1, 4, 3)
    assert batch.readings.point.tolist() == [1, 1, 2]
    assert batch.readings.value.tolist()[:2] == [3210.5, 3300.0]
    assert batch.readings.quality.tolist() == [0, 0, Quality.BAD_NO_COMMUNICATION]
    assert batch.events == [Event(1795402803000, EventKind.NODE_STARTED, "node", {"version": "0.1.0"})]


def test_the_signature_is_ours() -> None:
    public = Ed25519PublicKey.from_public_bytes(PUBLIC)
    assert key_id_of(public) == KEY_ID == read_key_id(ENVELOPE)
    assert sign(PRIVATE, KEY_ID, BATCH) == ENVELOPE
    verify(ENVELOPE, BATCH, public)


def test_the_parcel() -> None:
    parcel = bytes.fromhex("45500101000f010000") + BATCH + ENVELOPE
    assert pack_parcel([SignedBatch(BATCH, ENVELOPE)]) == parcel
    assert unpack_parcel(parcel) == [SignedBatch(BATCH, ENVELOPE)]


def test_the_plain_form() -> None:
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    batch = read_plain(found[1].encode())
    assert batch.sequence == 1
    assert [reading.to_reading() for reading in batch.readings] == [
        ("school/roof/ac_power", 1795402800000, 3210.5, Quality.GOOD, 0)
    ]


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65535, 65536])
def test_the_signed_bytes_are_deterministic_cbor(size: int) -> None:
    """Lengths as RFC 8949, 4.2.1 wants them: never longer than needed."""
    from backend.wire.signature import signed_bytes

    head = {0: "40", 23: "57", 24: "5818", 255: "58ff", 256: "590100", 65535: "59ffff", 65536: "5a00010000"}[size]
    start = bytes.fromhex("846a5369676e61747572653155a201270450") + KEY_ID + b"\x4f" + b"enemado batch 1"
    assert signed_bytes(KEY_ID, bytes(size)) == start + bytes.fromhex(head) + bytes(size)
