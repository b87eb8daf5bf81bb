"""A text file as rows of cells: its delimiter, its decimal sign, and where its numbers begin."""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.drivers.csvfile.finding import Findings, Unreadable, Why
from backend.model.message import Message

HEAD_ROWS: Final = 60
_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_COMMA_NUMBER: Final = re.compile(r"[+-]?\d+,\d+")
_NUMBERLIKE: Final = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
LONGEST_CELL: Final = 1 << 16

Cells = list[str]
Row = tuple[int, Cells]
"""Number of its line, counted from 1, and its cells."""


@dataclass(frozen=True, slots=True)
class Text:
    """How the rows of a file are read."""

    path: Path
    encoding: str
    delimiter: str = ","

    def rows(self) -> Iterator[Row]:
        """Every row that holds anything, from the first line on. What cannot be decoded is replaced, and refused later."""
        csv.field_size_limit(LONGEST_CELL)
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            lines = csv.reader((line.replace("\0", "") for line in file), delimiter=self.delimiter)
            try:
                for cells in lines:
                    yield lines.line_num, cells
            except csv.Error as error:
                raise Unreadable(
                    Message("Line {line} cannot be read: {reason}", {"line": lines.line_num, "reason": str(error)})
                ) from error

    def head(self) -> list[Row]:
        """The first rows."""
        return list(itertools.islice(self.rows(), HEAD_ROWS))


def find_delimiter(path: Path, encoding: str, findings: Findings) -> str:
    """The sign between cells: the one that cuts most lines into the same number of them."""
    scores = {name: _score(Text(path, encoding, sign).head()) for name, sign in _DELIMITERS.items()}
    best = max(scores, key=lambda name: scores[name])
    name = findings.know("delimiter", best, Why.SEEN)
    if name not in _DELIMITERS:
        raise Unreadable(Message("The delimiter is one of: {names}", {"names": ", ".join(_DELIMITERS)}))
    return _DELIMITERS[name]


def _score(rows: Sequence[Row]) -> tuple[int, int]:
    """Rows that have the usual number of cells, and that number; one cell alone is no division."""
    widths = Counter(len(cells) for _, cells in rows if any(cells))
    wide = [(count, width) for width, count in widths.items() if width > 1]
    return max(wide, default=(0, 0))


def find_decimal(rows: Sequence[Row], delimiter: str, findings: Findings) -> str:
    """``.`` or ``,``: a comma inside of cells can only be a decimal sign where it is not the delimiter."""
    comma = delimiter != "," and any(_COMMA_NUMBER.fullmatch(cell.strip()) for _, cells in rows for cell in cells)
    return "," if findings.know("decimal", "comma" if comma else "point", Why.SEEN) == "comma" else "."


def is_number(cell: str) -> bool:
    """Whether a cell holds a number and nothing else."""
    return _NUMBERLIKE.fullmatch(cell.strip()) is not None


def first_data_row(rows: Sequence[Row]) -> int:
    """Index of the first row that is no heading: from it on, most rows hold numbers at the same places."""
    for index, (_, cells) in enumerate(rows):
        if sum(map(is_number, cells)) >= 1 and _has_digits(cells[0]):
            return index
    raise Unreadable(Message("No row of this file begins with a time and holds a number."))


def _has_digits(cell: str) -> bool:
    return any(letter.isdigit() for letter in cell)


def titles(rows: Sequence[Row], first: int) -> list[str]:
    """Headings of the columns: the last row above the data that is filled best; parts in several rows are joined."""
    width = max((len(cells) for _, cells in rows[first : first + 5]), default=0)
    above = [cells for _, cells in rows[:first] if len(cells) > 1 and any(cell.strip() for cell in cells)]
    if not above:
        return [""] * width
    heads = [" ".join(filter(None, (_cell(cells, index) for cells in above))) for index in range(max(map(len, above)))]
    if len(heads) == width - 1:
        # R's write.table names no column for the numbers of its rows.
        heads = ["", *heads]
    return [*heads, *[""] * (width - len(heads))]


def _cell(cells: Cells, index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""
