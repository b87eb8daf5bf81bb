"""How the cards of the scene "EV chargers" share the room: columns, rows, pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kit.presenters.ev import EvCard, EvGroup
from app.kit.widgets.box import Box

GAP = 2.2
"""Between cards, in units of the screen."""
_NARROWEST = 38.5
_LOWEST = 19.6
_TALL = 29.0
_HIGHEST = 34.0
_HIGHEST_PORTRAIT = 42.0
_HIGHEST_ALONE = 50.0
_WIDEST = 96.0
_HEADING = 5.2
_BEST_COLUMNS = (1, 1, 2, 3, 2, 3, 3, 4, 4)
"""Columns for so many cards where all rows fit; a fuller board takes as many as there is room for."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One card or one operator's heading, and where it stands."""

    box: Box
    content: EvCard | str


@dataclass(frozen=True, slots=True)
class Row:
    """A heading, or cards side by side."""

    heading: str = ""
    cards: tuple[EvCard, ...] = ()


def paginate(groups: Sequence[EvGroup], area: Box, u: float) -> tuple[tuple[Placed, ...], ...]:
    """The pages, each a full board; always at least one, perhaps empty."""
    columns = _columns(groups, area, u)
    rows = [row for group in groups for row in _rows(group, columns)]
    pages = _pages(rows, area.h / u)
    most = max((sum(1 for row in page if row.cards) for page in pages), default=1)
    headings = max((sum(1 for row in page if row.heading) for page in pages), default=0)
    room = area.h - headings * _HEADING * u - GAP * u * (most - 1)
    alone = most == 1 and columns < 3
    highest = _HIGHEST_ALONE if alone else _HIGHEST_PORTRAIT if area.h > area.w else _HIGHEST
    height = min(highest * u, room / max(1, most))
    board = _middle(area, columns, height, u) if alone and not headings else area
    return tuple(_place(page, board, columns, height, u) for page in pages) or ((),)


def _middle(area: Box, columns: int, height: float, u: float) -> Box:
    """Room for one row of few cards, a little above the middle."""
    width = min(area.w, columns * _WIDEST * u + (columns - 1) * GAP * u)
    return Box(area.x + (area.w - width) / 2, area.y + (area.h - height) * 0.4, width, height)


def _columns(groups: Sequence[EvGroup], area: Box, u: float) -> int:
    most = max(1, int((area.w / u + GAP) // (_NARROWEST + GAP)))
    count = sum(len(group.cards) for group in groups)
    best = _BEST_COLUMNS[count] if count < len(_BEST_COLUMNS) and len(groups) == 1 else most
    if len(groups) > 1:
        best = max(len(group.cards) for group in groups)
    if area.h > area.w:
        best = 1 if count * (_TALL + GAP) <= area.h / u else most
    return min(best, most)


def _rows(group: EvGroup, columns: int) -> list[Row]:
    heading = [Row(heading=group.operator)] if group.operator else []
    return heading + [Row(cards=group.cards[i : i + columns]) for i in range(0, len(group.cards), columns)]


def _pages(rows: Sequence[Row], room: float) -> list[list[Row]]:
    """Fill page after page; a heading never stands alone at the foot of one, and is repeated on the next."""
    pages: list[list[Row]] = []
    page: list[Row] = []
    used = 0.0
    heading: Row | None = None
    for row in rows:
        if row.heading:
            heading = row
            continue
        needed = _LOWEST + GAP + (_HEADING if heading and heading not in page else 0.0)
        if page and used + needed > room + GAP:
            pages.append(page)
            page, used = [], 0.0
            needed = _LOWEST + GAP + (_HEADING if heading else 0.0)
        if heading and heading not in page:
            page.append(heading)
        page.append(row)
        used += needed
    return [*pages, page] if page else pages


def _place(page: Sequence[Row], area: Box, columns: int, height: float, u: float) -> tuple[Placed, ...]:
    width = (area.w - GAP * u * (columns - 1)) / columns
    y = area.y
    placed: list[Placed] = []
    for row in page:
        if row.heading:
            placed.append(Placed(Box(area.x, y, area.w, _HEADING * u), row.heading))
            y += _HEADING * u
            continue
        for place, card in enumerate(row.cards):
            placed.append(Placed(Box(area.x + place * (width + GAP * u), y, width, height), card))
        y += height + GAP * u
    return tuple(placed)
