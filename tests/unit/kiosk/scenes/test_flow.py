"""The arrows of the scene "Energy flow": they wander where the plan wants it, and nowhere else."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.kit.theme import load_fonts
from kiosk.scenes.flow import FlowScene
from kiosk.scenes.flow.stream import Stream
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


def phases(scene: FlowScene) -> set[float]:
    return {item.phase for item in scene.canvas.items if isinstance(item, Stream)}


def test_arrows_wander_and_nothing_else_is_painted_for_it(qtbot: QtBot) -> None:
    scene = shown(qtbot, motion=True)
    ground, still = scene.canvas.ground, [item for item in scene.canvas.items if not isinstance(item, Stream)]
    before = phases(scene)
    qtbot.waitUntil(lambda: phases(scene) != before)
    assert scene.canvas.ground == ground
    assert [item for item in scene.canvas.items if not isinstance(item, Stream)] == still


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
    assert phases(scene) == {0.0}


def test_a_changed_plan_stops_the_arrows(qtbot: QtBot) -> None:
    scene = shown(qtbot, motion=True)
    scene.update_snapshot(replace(equipped(town()), plan=replace(plan(), motion=False)))
    assert not scene._timer.isActive()


def test_arrows_go_on_from_where_they_are_when_a_figure_changes(qtbot: QtBot) -> None:
    scene = shown(qtbot, motion=True)
    qtbot.waitUntil(lambda: phases(scene) != {0.0})
    scene._timer.stop()
    before = phases(scene)
    snapshot = equipped(town())
    key = "aoba/derived/generation_power"
    scene.update_snapshot(replace(snapshot, latest={**snapshot.latest, key: snapshot.latest[key]._replace(value=13_000.0)}))
    assert phases(scene) == before
