"""What stands in a table, without Qt: presenters make rows of it, the delegate paints them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.kit.presenters.tone import Shape, Tone


@dataclass(frozen=True, slots=True, eq=False)
class Spark:
    """A small curve: shares of width and height, 0 to 1, broken where y is NaN. Equal only to itself."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    text: str = ""
    tone: Tone = Tone.INK
    shape: Shape | None = None
    bold: bool = False
    spark: Spark | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row; the key stays while its cells change."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """How a column stands."""

    title: str
    share: int
    """Part of the room that is left once every column has what its texts need."""
    figures: bool = False
    """Right-aligned, figures of equal width."""
    yields: bool = False
    """Gives way before the others, altogether where need be."""
    least_px: int = 0
    """For what is no text; texts tell their own width."""
