"""The full-screen player: keeps scenes, turns them by the plan, and always has something to show."""

import time
from collections.abc import Callable, Mapping

import structlog
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.kit.bridge.bridge import CacheBridge
from app.kit.bridge.snapshot import Snapshot
from backend.model.kiosk import KioskPlan
from kiosk.player.drift import REACH_PX, offset_at
from kiosk.player.fade import Fade
from kiosk.player.fallback import FallbackScene
from kiosk.player.gesture import ExitGesture, Touch, touch_at
from kiosk.player.guard import Guard
from kiosk.player.playlist import FALLBACK, Playlist
from kiosk.player.wake import keep_awake
from kiosk.scenes.contract import Scene

_SECOND_MS = 1000
_log = structlog.get_logger(__name__)


class Player(QWidget):
    """One screen of signage. Scenes are made once, when first needed, and updated in place."""

    def __init__(
        self,
        bridge: CacheBridge,
        scenes: Mapping[str, type[Scene]],
        *,
        only: str = "",
        languages: tuple[str, ...] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._bridge, self._kinds, self._monotonic = bridge, scenes, monotonic
        self._only, self._languages = only, languages
        self._scenes: dict[str, Scene] = {}
        self._snapshot: Snapshot | None = None
        self._playlist = Playlist()
        self._gesture = ExitGesture()
        self._started = monotonic()
        self._fallback = FallbackScene(self)
        self._fade = Fade(self, self._settle)
        self.guard = Guard(self, self._scene_failed)
        self.shown = FALLBACK
        """Name of the scene that is on; empty for the fallback."""
        self._wake = keep_awake()
        self._prepare_window()
        bridge.changed.connect(self._take)
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, singleShot=True)
        self._timer.timeout.connect(self._second)
        self._timer.start(0)

    def _prepare_window(self) -> None:
        self.setWindowTitle("Enemado")
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def is_fading(self) -> bool:
        """Whether one scene is just giving way to the next."""
        return self._fade.is_running()

    def _take(self, snapshot: Snapshot) -> None:
        """The bridge has something new."""
        previous, self._snapshot = self._snapshot, self._spoken(snapshot)
        if previous is None or previous.plan != self._snapshot.plan:
            self._follow_plan(self._snapshot.plan)
        self._update_scene(self.shown)
        self._turn()

    def _spoken(self, snapshot: Snapshot) -> Snapshot:
        """With the languages that this screen was started with, where it was."""
        from dataclasses import replace

        if not self._languages:
            return snapshot
        plan = snapshot.plan or KioskPlan(site=next(iter(snapshot.sites), ""))
        return replace(snapshot, plan=replace(plan, languages=self._languages))

    def _follow_plan(self, plan: KioskPlan | None) -> None:
        plan = plan or KioskPlan(site="")
        unknown = [slot.name for slot in plan.scenes if slot.name not in self._kinds]
        if unknown:
            _log.warning("plan names scenes that do not exist", scenes=unknown)
        self._playlist.set_slots([s for s in plan.scenes if s.name in self._kinds and self._only in ("", s.name)])
        self._fallback.set_languages(plan.languages)

    def _second(self) -> None:
        """Once a second, just after the node's clock has turned."""
        now_ms = self._bridge.now_ms()
        self._timer.start(_SECOND_MS - now_ms % _SECOND_MS)
        scene = self._scenes.get(self.shown)
        if scene is not None:
            self.guard.attempt(self.shown, lambda: scene.tick(now_ms))
        self.guard.watch(self._widget(self.shown), self.shown, self._monotonic())
        self._drift()
        self._turn()

    def _turn(self) -> None:
        """Show what the playlist wants now."""
        if self._fade.is_running():
            return
        wanted = self._playlist.advance(self._monotonic(), self._showable())
        if wanted != self.shown:
            self._switch(wanted)

    def _showable(self) -> set[str]:
        snapshot = self._snapshot
        if snapshot is None:
            return set()
        names = [name for name in self._kinds if not self.guard.is_resting(name)]
        return {name for name in names if self._has_something(name, snapshot)}

    def _has_something(self, name: str, snapshot: Snapshot) -> bool:
        found: list[bool] = []
        self.guard.attempt(name, lambda: found.append(self._kinds[name].has_something(snapshot)))
        return found == [True]

    def _switch(self, name: str) -> None:
        before = self.grab() if self._may_move() and self.isVisible() else QPixmap()
        widget = self._prepared(name)
        if widget is None:
            self._playlist.give_up()
            name, widget = FALLBACK, self._fallback
        hidden, self.shown = self._widget(self.shown), name
        widget.show()
        if hidden is not widget:
            hidden.hide()
        if not before.isNull():
            self._fade.begin(before, self.grab())

    def _prepared(self, name: str) -> QWidget | None:
        """The widget of a scene, brought up to date; None when it failed."""
        if name == FALLBACK:
            return self._fallback
        if not self.guard.attempt(name, lambda: self._make(name)) or not self._update_scene(name):
            return None
        return self._scenes[name]

    def _make(self, name: str) -> None:
        if name in self._scenes:
            return
        scene = self._kinds[name]()
        scene.setParent(self)
        scene.setGeometry(self._scene_geometry())
        self.guard.adopt(scene, name)
        self._scenes[name] = scene

    def _update_scene(self, name: str) -> bool:
        scene, snapshot = self._scenes.get(name), self._snapshot
        if scene is None or snapshot is None:
            return name == FALLBACK

        def update() -> None:
            scene.update_snapshot(snapshot)
            scene.tick(self._bridge.now_ms())

        return self.guard.attempt(name, update)

    def _scene_failed(self, name: str) -> None:
        """Take a failed scene away; it is made anew when its rest is over."""
        QTimer.singleShot(0, self, lambda: self._remove(name))

    def _remove(self, name: str) -> None:
        if self.shown == name:
            self._fade.stop()
            self._playlist.give_up()
            self._fallback.show()
            self.shown = FALLBACK
        scene = self._scenes.pop(name, None)
        if scene is not None:
            scene.hide()
            scene.deleteLater()

    def _widget(self, name: str) -> QWidget:
        return self._scenes.get(name, self._fallback)

    def _settle(self) -> None:
        self._widget(self.shown).update()

    def _may_move(self) -> bool:
        plan = self._snapshot.plan if self._snapshot else None
        return plan is None or plan.motion

    def _scene_geometry(self) -> QRect:
        x, y = offset_at(self._monotonic() - self._started) if self._may_move() else (0, 0)
        return self.rect().adjusted(-REACH_PX, -REACH_PX, REACH_PX, REACH_PX).translated(QPoint(x, y))

    def _drift(self) -> None:
        geometry = self._scene_geometry()
        for scene in self._scenes.values():
            if scene.geometry() != geometry:
                scene.setGeometry(geometry)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything fills the screen."""
        super().resizeEvent(event)
        self._fallback.setGeometry(self.rect())
        self._drift()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Only the exit gesture listens."""
        place = event.position()
        self._press(touch_at(place.x(), place.y(), self.width(), self.height()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Only the exit gesture listens."""
        self._press(Touch.ESCAPE if event.key() == Qt.Key.Key_Escape else Touch.ELSEWHERE)

    def _press(self, touch: Touch) -> None:
        if self._gesture.press(touch, self._monotonic()):
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let the display sleep again."""
        self._timer.stop()
        self._wake.release()
        super().closeEvent(event)
