"""The dark band under a scene: short facts at the left, age and health at the right."""

from dataclasses import dataclass

from app.kit.presenters.bilingual import UNSAID, Pair
from app.kit.presenters.tone import Shape, Tone
from app.kit.presenters.vitals import Vitals
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.label import Align, Label
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import FOOTER
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press, solid
from app.kit.widgets.screen import Screen
from app.kit.widgets.typeset import ASCENT, CUT, width

_WAYS = ((True, True, False), (False, True, False), (False, True, True), (False, False, False), (False, False, True))
"""Second language, lead, tightly set: what is tried in turn to find room for every fact."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A shape, a word and a count; a plain text where there is no shape."""

    word: Pair
    shape: Shape | None = None
    tone: Tone = Tone.INK
    count: str = ""
    counter: str = ""


def footer_height(screen: Screen, facts: bool) -> float:
    """In pixels; a portrait screen stacks its facts, where it has any, over the vitals."""
    return screen.unit * (22.5 if facts and screen.is_portrait else 12.6)


def footer(screen: Screen, lead: Pair, facts: tuple[Fact, ...], vitals: Vitals) -> tuple[Item, ...]:
    """The band at the lower edge. ``lead`` names what the facts are about, or whose screen it is."""
    u = screen.unit
    stacked = screen.is_portrait and bool(facts)
    height = footer_height(screen, bool(facts))
    band = Box(0, screen.height - height, screen.width, height)
    press = Press(screen, solid(FOOTER.plate))
    inner = band.inset(margin(screen), 0)
    half = (band.h - 2.2 * u) / 2 if stacked else band.h
    pad = 1.1 * u if stacked else 0.0
    low = Box(inner.x, band.bottom - half - pad, inner.w, half)
    left, right = (), ()
    for brief in (False, True):
        right = _vitals(press, low, vitals, brief, Align.LEFT if stacked else Align.RIGHT)
        taken = inner.right if stacked else min((item.box.x for item in right), default=inner.right) - 3.2 * u
        room = Box(inner.x, band.y + pad, max(0.0, taken - inner.x), half)
        left, complete = _facts(press, room, lead, facts)
        if (complete or stacked) and not any(_is_cut(item) for item in (*left, *right)):
            break
    return (Plate(band, FOOTER.plate), *left, *right)


def margin(screen: Screen) -> float:
    """Free space at the left and right edge of every scene."""
    return min(5.6 * screen.unit, screen.width * 0.045)


def _reach(items: tuple[Item, ...]) -> float:
    return max((item.box.right for item in items), default=0.0)


def _is_cut(item: Item) -> bool:
    return isinstance(item, Label) and item.text.endswith(CUT)


def _vitals(press: Press, room: Box, vitals: Vitals, brief: bool, align: Align) -> tuple[Item, ...]:
    """Main language over the second one; brief: the main language alone, in two lines."""
    rows = [_joined(vitals.first.main, vitals.second.main), _joined(vitals.first.second, vitals.second.second)]
    if brief:
        rows = [vitals.first.main, vitals.second.main]
    sizes = [press.size(row, TYPE.small) for row in rows if row]
    gap = 0.9 * press.unit
    y = room.y + (room.h - sum(sizes) - gap * (len(sizes) - 1)) / 2
    items: tuple[Label, ...] = ()
    colours = (FOOTER.ink, FOOTER.muted)
    indent = 5.2 * press.unit if vitals.shape and align is Align.LEFT else 0.0
    for row, size, colour in zip([row for row in rows if row], sizes, colours, strict=False):
        items += press.line(row, Box(room.x + indent, y, room.w - indent, size), TYPE.small, colour, align=align)
        y += size + gap
    if vitals.shape is None or not items:
        return items
    side = 3.4 * press.unit
    x = min(item.box.x for item in items) - side - 1.6 * press.unit
    return (Mark(Box(x, room.y + (room.h - side) / 2, side, side), vitals.shape, FOOTER.amber), *items)


def _joined(first: str, second: str) -> str:
    return "・".join(part for part in (first, second) if part)


def _facts(press: Press, room: Box, lead: Pair, facts: tuple[Fact, ...]) -> tuple[tuple[Item, ...], bool]:
    """As many words as there is room for, and whether the lead and every fact are among them.

    The second language gives way first, then the air, then the lead, then the last facts.
    """
    for with_second, with_lead, tight in _WAYS:
        items = _row(press, room, lead if with_lead or not facts else UNSAID, facts, with_second, tight)
        if _reach(items) <= room.right + 0.5:
            return items, bool(items) and (with_lead or not lead)
    for count in range(len(facts) - 1, 0, -1):
        items = _row(press, room, UNSAID, facts[:count], with_second=False, tight=True)
        if _reach(items) <= room.right + 0.5:
            return items, False
    return (), False


def _row(press: Press, room: Box, lead: Pair, facts: tuple[Fact, ...], with_second: bool, tight: bool) -> tuple[Item, ...]:
    u = press.unit
    two = with_second and any(pair.second for pair in (lead, *(fact.word for fact in facts)))
    size = press.size("木", TYPE.body)
    second_size = press.size("E", TYPE.small)
    top = room.y + (room.h - size - (second_size + 0.8 * u if two else 0)) / 2
    below = top + size + 0.8 * u if two else None
    x, items = room.x, ()
    if lead:
        items, x = _words(press, lead, x, top, below, room.right - x if not facts else 1e6)
        x += (1.8 if tight else 4.0) * u
    for fact in facts:
        added, x = _fact(press, fact, x, top, below, TYPE.label if tight else TYPE.title)
        items += added
        x += (1.8 if tight else 4.2) * u
    return items


def _words(press: Press, pair: Pair, x: float, top: float, below: float | None, room: float) -> tuple[tuple[Item, ...], float]:
    labels = press.line(pair.main, Box(x, top, room, 0), TYPE.body, FOOTER.ink)
    if below is not None:
        labels += press.line(pair.second, Box(x, below, room, 0), TYPE.small, FOOTER.muted)
    return labels, max((label.box.right for label in labels), default=x)


def _fact(
    press: Press, fact: Fact, x: float, top: float, below: float | None, count_share: float
) -> tuple[tuple[Item, ...], float]:
    u = press.unit
    items: tuple[Item, ...] = ()
    if fact.shape is not None:
        side = 3.7 * u
        size = press.size("木", TYPE.body)
        items += (Mark(Box(x, top + (size - side) / 2, side, side), fact.shape, FOOTER.text(fact.tone)),)
        x += side + 1.3 * u
    words, right = _words(press, fact.word, x, top, below, 1e6)
    items += words
    if not fact.count or not words:
        return items, right
    main = words[0].box
    count_size = press.size(fact.count, count_share)
    y = main.y + (main.h - count_size) * ASCENT
    count = press.line(fact.count, Box(main.right + 1.2 * u, y, 1e6, 0), count_share, FOOTER.ink, bold=True)
    items += count
    if count and fact.counter:
        needed = width(fact.counter, main.h)
        items += press.line(fact.counter, Box(count[0].box.right + 0.6 * u, main.y, needed + 1, 0), TYPE.body, FOOTER.ink)
    return items, max(item.box.right for item in items)
