"""Scenes are built once and follow snapshots, the clock and their size."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.kit.theme import load_fonts
from app.kit.widgets.canvas import Canvas
from app.kit.widgets.label import Label
from app.kit.widgets.mark import Mark
from app.kit.widgets.plate import Dots
from kiosk.scenes import SCENES
from kiosk.scenes.contract import Scene
from kiosk.scenes.ev import EvScene
from kiosk.scenes.flow.stream import Arrow
from kiosk.scenes.now import NowScene
from tests.support.snapshots import CHARGERS, charger, plan, town
from tests.support.surroundings import equipped

MANY = (*CHARGERS, *(charger(f"cityhall/x{n:02}", f"第{n}駐車場", f"Car park {n}", "CCS", 90_000) for n in range(20)))


@pytest.fixture(autouse=True)
def _fonts(qtbot: QtBot) -> None:
    load_fonts()


def words(scene: NowScene | EvScene) -> list[str]:
    """Every text of the scene's picture."""
    return [item.text for item in scene.canvas.items if isinstance(item, Label)]


def test_the_index_names_scenes_as_they_name_themselves() -> None:
    assert {name: scene.name for name, scene in SCENES.items()} == {name: name for name in SCENES}


@pytest.mark.parametrize("kind", SCENES.values(), ids=SCENES.keys())
def test_before_the_first_snapshot_there_is_a_calm_picture(kind: type[Scene], qtbot: QtBot) -> None:
    scene = kind()
    qtbot.addWidget(scene)
    scene.resize(640, 360)
    assert not scene.grab().isNull()


def test_a_tick_moves_clock_and_ages(qtbot: QtBot) -> None:
    scene = NowScene()
    qtbot.addWidget(scene)
    scene.resize(1920, 1080)
    snapshot = town()
    scene.update_snapshot(snapshot)
    assert "11:42" in words(scene)
    scene.tick(snapshot.now_ms + 60_000)
    assert "11:43" in words(scene)


def test_the_language_follows_the_plan(qtbot: QtBot) -> None:
    scene = NowScene()
    qtbot.addWidget(scene)
    scene.resize(1920, 1080)
    scene.update_snapshot(town())
    assert words(scene)[2] == "あおば小学校"
    scene.update_snapshot(replace(town(), plan=plan(("en",))))
    assert words(scene)[2] == "Aoba Elementary School"


def test_an_unchanged_snapshot_keeps_the_very_same_picture(qtbot: QtBot) -> None:
    scene = NowScene()
    qtbot.addWidget(scene)
    scene.resize(1920, 1080)
    scene.update_snapshot(town())
    before = scene.canvas.items
    scene.update_snapshot(town())
    assert scene.canvas.items is before


def test_only_what_changed_differs_after_a_second(qtbot: QtBot) -> None:
    scene = NowScene()
    qtbot.addWidget(scene)
    scene.resize(1920, 1080)
    snapshot = town()
    scene.update_snapshot(snapshot)
    ground, before = scene.canvas.ground, set(scene.canvas.items)
    scene.tick(snapshot.now_ms + 1_000)
    assert scene.canvas.ground == ground
    changed = {item.text for item in set(scene.canvas.items) - before if isinstance(item, Label)}
    assert changed == {"4秒前に計測"}


@pytest.mark.parametrize("name", ["flow", "history", "environment"])
def test_a_second_repaints_only_what_it_changed(name: str, qtbot: QtBot) -> None:
    scene = SCENES[name]()
    qtbot.addWidget(scene)
    scene.resize(1920, 1080)
    snapshot = equipped(town())
    scene.update_snapshot(snapshot)
    canvas = scene.findChild(Canvas)
    assert canvas is not None
    ground, before, children = canvas.ground, set(canvas.items), len(scene.findChildren(QObject))
    for second in range(1, 4):
        scene.tick(snapshot.now_ms + 1_000 * second)
    assert canvas.ground == ground
    assert ground
    assert all(isinstance(item, Label | Mark | Arrow) for item in canvas.items)
    assert len(scene.findChildren(QObject)) == children
    changed = [item.text for item in set(canvas.items) - before if isinstance(item, Label)]
    assert all("計測" in text or "Measured" in text for text in changed)


def test_pages_turn_and_come_round(qtbot: QtBot) -> None:
    scene = EvScene()
    qtbot.addWidget(scene)
    scene.resize(1920, 1080)
    snapshot = town(chargers=MANY)
    scene.update_snapshot(snapshot)
    seen: list[int] = []
    for second in range(40):
        scene.tick(snapshot.now_ms + 1_000 * second)
        dots = next(item for item in scene.canvas.items if isinstance(item, Dots))
        if not seen or seen[-1] != dots.current:
            seen.append(dots.current)
    assert seen == [0, 1, 2, 0, 1]


def test_few_chargers_need_no_pages(qtbot: QtBot) -> None:
    scene = EvScene()
    qtbot.addWidget(scene)
    scene.resize(1920, 1080)
    scene.update_snapshot(town())
    assert not any(isinstance(item, Dots) for item in scene.canvas.items)
