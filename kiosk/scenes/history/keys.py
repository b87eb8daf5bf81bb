"""What the kinds of bars mean: a small one of each kind beside its word."""

from collections.abc import Sequence
from dataclasses import replace

from app.kit.presenters.bilingual import Pair
from app.kit.presenters.past_days import Known
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.label import Label
from app.kit.widgets.palette import Palette
from app.kit.widgets.press import Press
from kiosk.scenes.history.bars import Pillar
from kiosk.scenes.history.chart import PEN, ink_of

ROW = 4.6
"""Height of one row, in units of the screen."""
_HIGH = 3.6
_APART = 3.2

Key = tuple[Pillar | Label, ...]
"""A bar and its words, as they stand at the left edge."""


def key_rows(
    press: Press, keys: Sequence[tuple[Known | None, Pair]], room: float, palette: Palette
) -> tuple[tuple[Key, ...], ...]:
    """In both languages where one row is enough for that, else in the main one, in as many rows as it takes."""
    for with_second in (True, False):
        made = tuple(_key(press, known, pair, with_second, palette) for known, pair in keys)
        rows = _broken(made, room, _APART * press.unit)
        if len(rows) <= 1:
            return rows
    return rows


def key_items(rows: Sequence[Sequence[Key]], area: Box, u: float) -> tuple[Pillar | Label, ...]:
    """All rows from the top of the area on."""
    items: tuple[Pillar | Label, ...] = ()
    for number, row in enumerate(rows):
        x = area.x
        for key in row:
            y = area.y + number * ROW * u
            items += tuple(replace(item, box=item.box._replace(x=item.box.x + x, y=item.box.y + y)) for item in key)
            x += _width(key) + _APART * u
    return items


def _key(press: Press, known: Known | None, pair: Pair, with_second: bool, palette: Palette) -> Key:
    u = press.unit
    sample = Box(0, 0, 3.4 * u, _HIGH * u)
    height, last = (None, 0.5) if known is None else (0.9, None)
    pillar = Pillar(sample, known or Known.AHEAD, height, last, True, ink_of(palette), PEN * u)
    room = Box(sample.right + 0.8 * u, 0.2 * u, 1e6, 0)
    words = press.line(pair.main, room, TYPE.small, palette.ink)
    if with_second and pair.second:
        words += press.after(words[0], pair.second, room, TYPE.small, palette.muted, gap=0.4)
    return (pillar, *words)


def _width(key: Key) -> float:
    return max(item.box.right for item in key)


def _broken(keys: Sequence[Key], room: float, apart: float) -> tuple[tuple[Key, ...], ...]:
    rows: list[list[Key]] = []
    reached = room + 1
    for key in keys:
        if reached + _width(key) > room:
            rows.append([])
            reached = 0.0
        rows[-1].append(key)
        reached += _width(key) + apart
    return tuple(tuple(row) for row in rows)
