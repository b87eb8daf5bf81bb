"""Every scene in every language, state and size: nothing clipped, nothing overlapping, all of it readable."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.kit.bridge.snapshot import Snapshot
from app.kit.theme import load_fonts
from app.kit.theme.tokens import contrast
from app.kit.theme.type import CAP_RATIO, KANJI_RATIO, Script, minimum_height_px
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Canvas
from app.kit.widgets.label import Label
from app.kit.widgets.mark import Mark
from app.kit.widgets.screen import FARTHEST_M
from app.kit.widgets.typeset import CUT, is_wide, width
from backend.model.site import Co2Wording
from kiosk.scenes import SCENES
from tests.support.snapshots import CHARGERS, Scenery, charger, plan, town
from tests.support.surroundings import balance, equipped

SIZES = {
    "720p": (1280, 720),
    "768": (1366, 768),
    "1080p": (1920, 1080),
    "4K": (3840, 2160),
    "portrait": (1080, 1920),
    "portrait 4K": (2160, 3840),
    "five to four": (1280, 1024),
    "four to three": (1600, 1200),
    "sixteen to ten": (1920, 1200),
    "ultra wide": (2560, 1080),
}
LANGUAGES = (("ja", "en"), ("en", "ja"), ("ja",), ("en",))
NAMES = ("Aoba", "City", "あおば", "市役所", "Beside the")
"""Beginnings of names that people have chosen: only these may be elided."""
MOMENTS = ("2026-11-23T06:31:00+09:00", "2026-11-23T16:27:00+09:00", "2026-11-23T16:50:00+09:00", "2026-06-21T12:00:00+09:00")


@pytest.fixture(scope="module", autouse=True)
def _fonts(qapp: QApplication) -> None:
    load_fonts()


def faults_of(canvas: Canvas, distance_m: float = 4.0) -> Iterator[str]:
    """What is wrong with a picture, in words."""
    size = (float(canvas.width()), float(canvas.height()))
    labels = [item for item in canvas.items if isinstance(item, Label)]
    shapes = [item for item in canvas.items if isinstance(item, Mark)]
    for label in labels:
        yield from _faults_of_label(label, size, distance_m)
    things = [(label.text, label.ink) for label in labels] + [(mark.shape.value, mark.box) for mark in shapes]
    for (first, first_box), (second, second_box) in combinations(things, 2):
        if first_box.meets(second_box, slack=1.0):
            yield f"{first!r} and {second!r} overlap: {first_box} {second_box}"


def _faults_of_label(label: Label, size: tuple[float, float], distance_m: float) -> Iterator[str]:
    if width(label.text, label.size, label.bold) > label.box.w + 0.6:
        yield f"{label.text!r} is wider than its box"
    if not _inside(label.box, size):
        yield f"{label.text!r} is outside of the picture: {label.box}"
    if label.text.endswith(CUT) and not label.text.startswith(NAMES):
        yield f"{label.text!r} is cut"
    ratio = KANJI_RATIO if is_wide(label.text) else CAP_RATIO
    if label.size * ratio < _least_height(label, min(size), distance_m) - 0.5:
        yield f"{label.text!r} is too small: {label.size}"
    worst = min(contrast(label.colour, ground) for ground in label.grounds)
    if worst < 7.0:
        yield f"{label.text!r} has a contrast of {worst:.2f}: {label.colour} on {label.grounds}"


def _inside(box: Box, size: tuple[float, float]) -> bool:
    return box.x >= 0 and box.y >= 0 and box.right <= size[0] + 0.5 and box.bottom <= size[1] + 0.5


def _least_height(label: Label, side: float, distance_m: float) -> float:
    """What signage guidelines ask for on a 55-inch screen; small print 1.5 % of the shorter side."""
    if label.credit:
        return 0.015 * CAP_RATIO * side
    return minimum_height_px(distance_m, Script.JAPANESE if is_wide(label.text) else Script.LATIN, 685.0, side)


def whole(scenery: Scenery = Scenery.LIVE, **how: Any) -> Snapshot:
    """The town with everything that a scene can show."""
    return equipped(town(scenery, **how), scenery)


def show(name: str, size: tuple[int, int], snapshot: object) -> Canvas:
    """The canvas of a fresh scene."""
    scene = SCENES[name]()
    scene.resize(*size)
    canvas = scene.findChild(Canvas)
    assert canvas is not None
    canvas.resize(*size)
    scene.update_snapshot(snapshot)  # type: ignore[arg-type]
    canvas.setParent(None)
    return canvas


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize("name", SCENES)
def test_every_state_in_every_language(name: str, size: tuple[int, int]) -> None:
    found = [
        f"{scenery} {'+'.join(languages)}: {fault}"
        for scenery in Scenery
        for languages in LANGUAGES
        for fault in faults_of(show(name, size, whole(scenery, languages=languages, demo=True)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_now_under_every_sky_and_wording(size: tuple[int, int]) -> None:
    skies = [town(scenery, moment=moment) for moment in MOMENTS for scenery in Scenery]
    wordings = [town(wording=wording, languages=lang) for wording in Co2Wording for lang in LANGUAGES]
    found = [fault for snapshot in skies + wordings for fault in faults_of(show("now", size, snapshot))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize("name", ["flow", "history", "environment"])
def test_every_sky(name: str, size: tuple[int, int]) -> None:
    found = [fault for moment in MOMENTS for fault in faults_of(show(name, size, whole(moment=moment)))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize(("name", "older"), [("environment", 7), ("flow", 2)])
def test_every_older_figure_stands_beside_its_time(name: str, older: int, size: tuple[int, int]) -> None:
    for languages in LANGUAGES:
        canvas = show(name, size, whole(Scenery.STALE, languages=languages))
        told = [item.text for item in canvas.items if isinstance(item, Label) and "11:38" in item.text]
        second = sum(len(languages) > 1 and text.startswith("As of" if languages[0] == "ja" else "11:38 現在") for text in told)
        assert len(told) - second >= older, told


@pytest.mark.parametrize("count", range(8))
def test_any_number_of_quantities(count: int) -> None:
    snapshot = whole()
    air = [key for key in snapshot.latest if key.startswith("aoba/roof/") or key.endswith("/wbgt")][:count]
    kept = {key: reading for key, reading in snapshot.latest.items() if key in air}
    fewer = replace(snapshot, latest=kept, traces={key: trace for key, trace in snapshot.traces.items() if key in air})
    found = [f"{size}: {fault}" for size in SIZES.values() for fault in faults_of(show("environment", size, fewer))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_every_level_of_heat(size: tuple[int, int]) -> None:
    found = [
        f"{wbgt} {lang}: {fault}"
        for wbgt in (14.2, 21.0, 25.0, 28.0, 31.0, 38.8)
        for lang in LANGUAGES
        for fault in faults_of(show("environment", size, equipped(town(languages=lang), wbgt=wbgt)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_flows_of_every_magnitude_and_direction(size: tuple[int, int]) -> None:
    flows = (
        balance(0.0, 0.0, 0.0, 940.0),
        balance(14_000.0, 4_990.0, 0.0, -12_000.0),
        balance(2_340_000.0, -120_000.0, 88_800.0, -500_000.0),
        balance(9_000.0) | {"load_power": 1_000.0},
    )
    shown = [equipped(town(languages=lang), flows=flow) for flow in flows for lang in LANGUAGES]
    found = [fault for snapshot in shown for fault in faults_of(show("flow", size, snapshot))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "names",
    [
        ("generation_power", "load_power"),
        ("grid_power", "load_power"),
        ("grid_power", "load_power", "battery_power"),
        ("generation_power", "charging_power"),
    ],
)
def test_flows_of_places_that_measure_little(names: tuple[str, ...]) -> None:
    flows = {name: watts for name, watts in balance(9_000.0).items() if name in names}
    found = [
        f"{size}: {fault}" for size in SIZES.values() for fault in faults_of(show("flow", size, equipped(town(), flows=flows)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 9, 12, 13, 30])
def test_any_number_of_chargers(count: int) -> None:
    more = tuple(charger(f"cityhall/x{n:02}", f"第{n}駐車場", f"Car park {n}", "CHAdeMO", 50_000) for n in range(30))
    found = [
        f"{size}: {fault}"
        for size in SIZES.values()
        for fault in faults_of(show("ev", size, town(chargers=(*CHARGERS, *more)[:count])))
    ]
    assert not found, "\n".join(found)


def test_several_operators_stand_apart() -> None:
    other = tuple(charger(f"aoba/p{n}", f"民間 {n}", f"Private {n}", "CCS", 90_000, operator="民間チャージ") for n in range(3))
    canvas = show("ev", (1920, 1080), town(chargers=(*CHARGERS[:3], *other)))
    assert list(faults_of(canvas)) == []
    assert {"あおば市", "民間チャージ"} <= {item.text for item in canvas.items if isinstance(item, Label)}


@pytest.mark.parametrize("distance_m", [2.0, 3.0, 5.0, FARTHEST_M])
@pytest.mark.parametrize("name", SCENES)
def test_text_grows_with_the_viewing_distance(name: str, distance_m: float) -> None:
    plans = [replace(plan(languages), viewing_distance_m=distance_m) for languages in LANGUAGES]
    found = [
        f"{size}: {fault}"
        for size in ((1920, 1080), (1080, 1920), (1280, 720))
        for scenery in (Scenery.LIVE, Scenery.SILENT, Scenery.NIGHT)
        for screen_plan in plans
        for fault in faults_of(show(name, size, replace(whole(scenery), plan=screen_plan)), distance_m)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize("name", SCENES)
def test_a_demo_is_always_named(name: str, size: tuple[int, int]) -> None:
    for languages in LANGUAGES:
        texts = [item.text for item in show(name, size, whole(languages=languages, demo=True)).items if isinstance(item, Label)]
        assert any(text.startswith(("デモ", "Demo")) for text in texts)
        texts = [item.text for item in show(name, size, whole(languages=languages)).items if isinstance(item, Label)]
        assert not any(text.startswith(("デモ", "Demo")) for text in texts)
