"""No byte differs unnoticed, and nothing stands in another's place."""

import numpy as np
import pytest

from backend.store.checksums import close, disclose, with_sum, without_sum
from backend.store.rows import pack_chunk, unpack_chunk
from backend.wire.compression import compress
from backend.wire.numbers import Damaged
from tests.support.town import good

HOUR = 497_000
POINT = 7
ROWS = good(POINT, [HOUR * 3_600_000 + 1000 * second for second in range(600)], [20.0] * 600)
"""So regular that the number of readings leaves no trace in their bytes."""


def test_every_flipped_bit_is_found() -> None:
    body = pack_chunk(ROWS, HOUR, 1)
    for place in range(8 * len(body)):
        harmed = bytearray(body)
        harmed[place // 8] ^= 1 << place % 8
        with pytest.raises(Damaged):
            unpack_chunk(bytes(harmed), 600, POINT, HOUR, 1)


@pytest.mark.parametrize(("count", "point", "hour"), [(599, POINT, HOUR), (600, POINT + 1, HOUR), (600, POINT, HOUR + 1)])
def test_readings_are_nobody_else_s(count: int, point: int, hour: int) -> None:
    with pytest.raises(Damaged):
        unpack_chunk(pack_chunk(ROWS, HOUR, 1), count, point, hour, 1)


def test_what_was_kept_without_a_sum_is_taken_as_it_is() -> None:
    assert disclose(compress(b"old"), 3) == b"old"
    assert without_sum(b"\x93abc", 3) == b"\x93abc"


def test_there_and_back() -> None:
    assert disclose(close(b"content", 1, 2), 1, 2) == b"content"
    assert without_sum(with_sum(b"", -1), -1) == b""
    assert np.array_equal(unpack_chunk(pack_chunk(ROWS, HOUR, 1), 600, POINT, HOUR, 1).value, ROWS.value)
