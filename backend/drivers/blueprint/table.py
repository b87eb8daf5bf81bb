"""Step 2: the table. Which value of the device becomes which point; a reviewer lays it beside the maker's document."""

from dataclasses import dataclass
from typing import Final

from backend.model.point import PointKind, PointSpec, Unit
from backend.model.quality import Quality


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the device and the point that it feeds."""

    key: str
    """As the device calls it."""
    spec: PointSpec
    factor: float = 1.0
    """From the device's unit to the stored one; negative where its sign is not ours (domain.md section 1)."""


NOT_IMPLEMENTED: Final = "--"
"""What the device writes where it has no value: absent, never 0."""

ROWS: Final = (
    Row("P", PointSpec("ac_power", Unit.WATT, digits=1)),
    Row("E", PointSpec("ac_energy", Unit.WATT_HOUR, PointKind.ACCUMULATING, digits=0, low=0, modulus=1e9), factor=100),
)


def decode(line: bytes) -> dict[str, str]:
    """Step 3: decoding, pure. Raises ``ValueError`` for a line that the protocol does not allow."""
    pairs = line.decode("ascii").strip().split(";")
    return dict(pair.split("=", 1) for pair in pairs)


def number(row: Row, values: dict[str, str]) -> float | Quality:
    """The row's value in the stored unit, or why there is none. Raises ``ValueError``."""
    text = values.get(row.key, NOT_IMPLEMENTED)
    return Quality.BAD_NOT_SUPPORTED if text == NOT_IMPLEMENTED else float(text) * row.factor
