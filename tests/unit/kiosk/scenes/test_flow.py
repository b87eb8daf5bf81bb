"""The arrows of the scene "Energy flow": they wander where the plan wants it, and nowhere else."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.kit.theme import load_fonts
from kiosk.scenes.flow import FlowScene
from kiosk.scenes.flow.stream import Arrow
from tests.support.snapshots import plan, town
from tests.support.surroundings import equipped


@pytest.fixture(autouse=True)
def _fonts(qtbot: QtBot) -> None:
    load_fonts()


def shown(qtbot: QtBot, motion: bool) -> FlowScene:
    scene = FlowScene()
    qtbot.addWidget(scene)
    scene.resize(1280, 720)
    scene.update_snapshot(replace(equipped(town()), plan=replace(plan(), motion=motion)))
    scene.show()
    return scene


def arrows(scene: FlowScene) -> set[Arrow]:
    return {item for item in scene.canvas.items if isinstance(item, Arrow)}


def test_arrows_wander_and_nothing_else_is_painted_for_it(qtbot: QtBot) -> None:
    scene = shown(qtbot, motion=True)
    ground, still = scene.canvas.ground, [item for item in scene.canvas.items if not isinstance(item, Arrow)]
    before = arrows(scene)
    qtbot.waitUntil(lambda: arrows(scene) != before)
    assert scene.canvas.ground == ground
    assert [item for item in scene.canvas.items if not isinstance(item, Arrow)] == still


def test_a_hidden_scene_does_not_move(qtbot: QtBot) -> None:
    scene = shown(qtbot, motion=True)
    assert scene._timer.isActive()
    scene.hide()
    assert not scene._timer.isActive()
    scene.show()
    assert scene._timer.isActive()


def test_without_motion_arrows_stand_and_still_tell_the_direction(qtbot: QtBot) -> None:
    scene = shown(qtbot, motion=False)
    assert not scene._timer.isActive()
    assert len({arrow.angle for arrow in arrows(scene)}) > 4


def test_a_changed_plan_stops_the_arrows(qtbot: QtBot) -> None:
    scene = shown(qtbot, motion=True)
    scene.update_snapshot(replace(equipped(town()), plan=replace(plan(), motion=False)))
    assert not scene._timer.isActive()


def test_arrows_go_on_from_where_they_are_when_a_figure_changes(qtbot: QtBot) -> None:
    scene = shown(qtbot, motion=True)
    first = arrows(scene)
    qtbot.waitUntil(lambda: arrows(scene) != first)
    scene._timer.stop()
    before = arrows(scene)
    snapshot = equipped(town())
    key = "aoba/derived/generation_power"
    scene.update_snapshot(replace(snapshot, latest={**snapshot.latest, key: snapshot.latest[key]._replace(value=13_000.0)}))
    assert arrows(scene) == before
