"""The blueprint's table: decoding, absence, nonsense."""

import pytest

from backend.drivers.blueprint.table import ROWS, decode, number
from backend.model.quality import Quality

POWER, ENERGY = ROWS


def test_values_come_in_the_stored_unit() -> None:
    values = decode(b"SN=A1;P=-12.5;E=77\n")
    assert (number(POWER, values), number(ENERGY, values)) == (-12.5, 7700)


@pytest.mark.parametrize("values", [{"P": "--"}, {}])
def test_what_the_device_does_not_have_is_absent(values: dict[str, str]) -> None:
    assert number(POWER, values) is Quality.BAD_NOT_SUPPORTED


@pytest.mark.parametrize("line", [b"\xff\xfe", b"P", b""])
def test_nonsense_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode(line)
