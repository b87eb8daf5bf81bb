"""The player in a real window: it turns, it fades, it outlives a scene that throws."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.kit.bridge.bridge import CacheBridge
from app.kit.bridge.snapshot import Snapshot
from app.kit.theme import load_fonts
from backend.model.kiosk import KioskPlan, SceneSlot
from backend.store.contract import Reader
from kiosk.player import Player
from kiosk.player.guard import PAINT_DEADLINE_S, REST_S
from kiosk.scenes.contract import Scene
from tests.support.clock import FakeClock

NOW_MS = 1_795_401_720_000
HARD_CUTS = KioskPlan("school", (SceneSlot("red", 10.0), SceneSlot("blue", 10.0)), motion=False)
SOFT = KioskPlan("school", (SceneSlot("red", 10.0), SceneSlot("blue", 10.0)))


class Plain(Scene):
    """One colour, and a note of what it was told."""

    colour: ClassVar[str]
    made: ClassVar[list[str]] = []
    throws: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.made.append(self.name)
        self.ticks: list[int] = []
        self.snapshots: list[Snapshot] = []

    @classmethod
    def has_something(cls, snapshot: Snapshot) -> bool:
        return cls.name in snapshot.points

    def update_snapshot(self, snapshot: Snapshot) -> None:
        self._maybe_throw("update")
        self.snapshots.append(snapshot)

    def tick(self, now_ms: int) -> None:
        self.ticks.append(now_ms)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._maybe_throw("paint")
        QPainter(self).fillRect(self.rect(), QColor(self.colour))

    def _maybe_throw(self, where: str) -> None:
        if f"{self.name} {where}" in self.throws:
            raise RuntimeError(where)


class Red(Plain):
    name = "red"
    colour = "#FF0000"


class Blue(Plain):
    name = "blue"
    colour = "#0000FF"


async def _no_reader(cache: Path) -> Reader:
    raise FileNotFoundError


class World:
    """A player whose bridge says what the test wants."""

    def __init__(self, qtbot: QtBot, languages: tuple[str, ...] = ()) -> None:
        load_fonts()
        Plain.made.clear()
        Plain.throws.clear()
        self.clock = FakeClock(NOW_MS)
        self.bridge = CacheBridge(Path("none"), _no_reader)
        self.player = Player(self.bridge, {"red": Red, "blue": Blue}, languages=languages, monotonic=self.clock.monotonic)
        qtbot.addWidget(self.player)
        self.player.resize(320, 180)
        self.player.show()
        qtbot.waitExposed(self.player)

    def tell(self, plan: KioskPlan = HARD_CUTS, having: tuple[str, ...] = ("red", "blue")) -> None:
        points = dict.fromkeys(having)
        self.bridge.changed.emit(Snapshot(NOW_MS, NOW_MS, plan, points=points))  # type: ignore[arg-type]

    def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.player._second()

    def scene(self, name: str) -> Plain:
        found = self.player._scenes[name]
        assert isinstance(found, Plain)
        return found

    def colour(self) -> str:
        return self.player.grab().toImage().pixelColor(160, 90).name().upper()


@pytest.fixture
def world(qtbot: QtBot) -> Iterator[World]:
    world = World(qtbot)
    yield world
    world.player.close()


def test_before_anything_is_known_the_fallback_is_on(world: World):
    assert world.player.shown == ""
    assert world.colour() not in ("#FF0000", "#0000FF", "#000000")


def test_scenes_take_turns_and_are_made_once(world: World):
    world.tell()
    assert (world.player.shown, world.colour()) == ("red", "#FF0000")
    for shown in ("blue", "red", "blue"):
        world.pass_seconds(10.0)
        assert world.player.shown == shown
    assert world.colour() == "#0000FF"
    assert Plain.made == ["red", "blue"]


def test_only_the_visible_scene_is_updated_and_ticked(world: World):
    world.tell()
    world.pass_seconds(10.0)
    before = len(world.scene("red").snapshots)
    world.tell()
    assert len(world.scene("red").snapshots) == before
    assert len(world.scene("blue").snapshots) == 2


def test_a_scene_without_data_is_skipped_and_none_at_all_means_fallback(world: World):
    world.tell(having=("blue",))
    assert world.player.shown == "blue"
    world.tell(having=())
    assert world.player.shown == ""


def test_one_scene_gives_way_softly(world: World, qtbot: QtBot):
    world.tell(SOFT)
    qtbot.waitUntil(lambda: not world.player.is_fading)
    world.pass_seconds(10.0)
    assert world.player.is_fading
    assert world.player.shown == "blue"
    qtbot.waitUntil(lambda: not world.player.is_fading, timeout=1000)
    assert world.colour() == "#0000FF"


def test_a_scene_that_cannot_be_painted_rests_and_is_made_anew(world: World, qtbot: QtBot):
    Plain.throws.add("red paint")
    world.tell()
    qtbot.waitUntil(lambda: world.player.shown != "red")
    world.pass_seconds(1.0)
    assert (world.player.shown, world.colour()) == ("blue", "#0000FF")
    Plain.throws.clear()
    world.pass_seconds(10.0)
    assert world.player.shown == "blue"
    world.pass_seconds(REST_S)
    assert (world.player.shown, world.colour()) == ("red", "#FF0000")
    assert Plain.made == ["red", "blue", "red"]


def test_a_scene_that_cannot_take_data_never_shows(world: World, qtbot: QtBot):
    Plain.throws.update({"red update", "blue update"})
    world.tell()
    qtbot.waitUntil(lambda: not world.player._scenes)
    assert world.player.shown == ""
    assert world.colour() not in ("#FF0000", "#0000FF", "#000000")


def test_painting_is_counted_and_asked_for(world: World, qtbot: QtBot):
    world.tell()
    before = world.player.guard.painted
    world.pass_seconds(1.0)
    qtbot.waitUntil(lambda: world.player.guard.painted > before)


def test_a_still_scene_behind_its_canvas_is_no_dead_scene(world: World, qtbot: QtBot):
    world.tell()
    canvas = QWidget(world.scene("red"))
    canvas.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
    canvas.setGeometry(world.scene("red").rect())
    canvas.show()
    world.player.guard.adopt(world.scene("red"), "red")
    for _ in range(3 * int(PAINT_DEADLINE_S)):
        world.clock.advance(1.0)
        world.player.guard.watch(world.scene("red"), "red", world.clock.monotonic())
        qtbot.wait(1)
    assert not world.player.guard.is_resting("red")


def test_a_scene_that_paints_no_more_is_taken_away(world: World, qtbot: QtBot):
    world.tell()
    world.colour()
    world.scene("red").setUpdatesEnabled(False)
    for _ in range(int(PAINT_DEADLINE_S) + 6):
        world.player.guard.watch(world.scene("red"), "red", world.clock.monotonic())
        world.clock.advance(1.0)
        if world.player.guard.is_resting("red"):
            break
    qtbot.waitUntil(lambda: world.player.shown != "red")


def test_the_screen_speaks_the_languages_it_was_started_with(qtbot: QtBot):
    world = World(qtbot, languages=("en", "ja"))
    world.tell()
    plan = world.scene("red").snapshots[-1].plan
    assert plan is not None
    assert plan.languages == ("en", "ja")
    world.player.close()


def test_scenes_overscan_and_drift(world: World):
    world.tell(SOFT)
    start = world.scene("red").geometry()
    assert (start.x(), start.y(), start.width(), start.height()) == (-4, -4, 328, 188)
    world.pass_seconds(151.0)
    assert world.scene("red").geometry().topLeft() != start.topLeft()
    assert world.scene("red").geometry().contains(world.player.rect())


def test_the_cursor_is_hidden_and_escape_three_times_closes(world: World, qtbot: QtBot):
    assert world.player.cursor().shape() is Qt.CursorShape.BlankCursor
    for _ in range(3):
        assert world.player.isVisible()
        qtbot.keyClick(world.player, Qt.Key.Key_Escape)
    assert not world.player.isVisible()
