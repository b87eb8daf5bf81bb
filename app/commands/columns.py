"""Rows of words, one beneath the other."""

from collections.abc import Sequence
from unicodedata import east_asian_width


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of words, each column as wide as its widest word (full-width characters count two)."""
    if not rows:
        return []
    widths = [max(_width(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        "  ".join(word + " " * (width - _width(word)) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _width(word: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in word)
